"""The pages of one entry of the Data Sync Log, and marking entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View
from django.views.generic.base import TemplateResponseMixin

from auditlog.access import trace_refused
from auditlog.fields import LARGEST_ID
from auditlog.pages import SitePageMixin, Text, way_back
from auditlog.permissions import TracedPermissionMixin

from .access import visible_entries
from .details import EntryDetails, entry_details, may_review
from .reviews import ReviewForm, mark, mark_all

PERMISSION = "crosssite.view_synclogentry"
#: What traces of refused tries call these pages.
SUBJECT = "Data Sync Log"
SCREEN = gettext_lazy("Data Sync Log")

#: How many entries are marked at once: what a list shows.
MOST = 500


class EntryPage(SitePageMixin, TracedPermissionMixin, TemplateResponseMixin):
    """The page of one entry; one that does not exist and one that is not to be seen are the same 404."""

    permission = PERMISSION
    subject = SUBJECT
    template_name = "crosssite/entry.html"

    def get_screen(self) -> Text:
        return _("Data Sync Log entry %(id)d") % {"id": self.kwargs["pk"]}

    def get_breadcrumbs(self) -> Sequence[tuple[Text, str]]:
        return [(SCREEN, reverse("crosssite:list"))]

    def details(self, form: ReviewForm | None = None) -> EntryDetails:
        details = entry_details(self.request.user, self.kwargs["pk"], form)
        if details is None:
            raise Http404
        return details

    def whole_page(self, details: EntryDetails, back: str) -> HttpResponse:
        """``back`` is where a review leads to."""
        return self.render_to_response(self.get_context_data(details=details, alone=True, next=back))


class SyncLogEntryView(EntryPage):
    """One entry, under an address of its own."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.whole_page(self.details(), request.path)


class ReviewView(EntryPage):
    """Says what was done about an entry. Answers htmx with the entry's part, everybody else with the way back."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        details = self.details()
        if details.form is None:
            refuse(request, f"review entry {details.id}")
        form = ReviewForm(request.POST)
        if not form.is_valid():
            return self.shown(self.details(form), "")
        said = form.cleaned_data
        new = mark(details.id, said["status"], said["note"])
        text = _("The review is kept.") if new else _("This was said already: nothing was added.")
        if request.htmx:  # type: ignore[attr-defined]
            return self.shown(self.details(), text)
        messages.success(request, text)
        return redirect(way_back(request, reverse("crosssite:entry", args=[details.id])))

    def shown(self, details: EntryDetails, announced: str) -> HttpResponse:
        """The entry with its reviews, or with what is wrong in the form."""
        back = way_back(self.request, reverse("crosssite:entry", args=[details.id]))
        if not self.request.htmx:  # type: ignore[attr-defined]
            return self.whole_page(details, back)
        context = {"details": details, "next": back, "announced": announced}
        return TemplateResponse(self.request, "crosssite/_reviewed.html", context)


class ReviewShownView(TracedPermissionMixin, View):
    """Marks as reviewed what a list shows; entries that are not the reader's to see are a 404, and none is marked."""

    http_method_names = ["post"]
    permission = PERMISSION
    subject = SUBJECT

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_review(request.user):
            refuse(request, "mark all shown entries as reviewed")
        ids = shown_ids(request.POST.get("entries", ""))
        if max(ids) > LARGEST_ID or visible_entries(request.user).filter(pk__in=ids).count() < len(ids):
            raise Http404
        marked = mark_all(ids)
        messages.success(request, told(marked, len(ids) - marked))
        return redirect(way_back(request, reverse("crosssite:list")))


def refuse(request: HttpRequest, tried: str) -> NoReturn:
    """A try without the right Write: traced, and a 403."""
    trace_refused(request, subject=SUBJECT, tried=tried)
    raise PermissionDenied


def shown_ids(text: str) -> list[int]:
    """The ids that a list sends, separated by commas; raises ``BadRequest`` for what no list sends."""
    parts = text.split(",", MOST)
    if not all(part.isascii() and part.isdecimal() and len(part) < 30 for part in parts) or len(parts) > MOST:
        raise BadRequest("entries")
    return sorted({int(part) for part in parts})


def told(marked: int, left: int) -> str:
    """How many were marked, and how many had been already."""
    text = ngettext("%(count)d entry is marked as reviewed.", "%(count)d entries are marked as reviewed.", marked) % {
        "count": marked
    }
    if not left:
        return text
    rest = ngettext("%(count)d was reviewed before.", "%(count)d were reviewed before.", left) % {"count": left}
    return f"{text} {rest}"
