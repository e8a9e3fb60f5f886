"""The page of everything that was done to one person or group, and by a person; and the way to her last day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import TemplateView, View

from ..badges import badges
from ..filters import AuditLogFilterSet
from ..lines import Line, lines
from ..models import AuditLogEntry
from ..pages import SitePageMixin, Text
from ..permissions import TracedPermissionMixin
from ..silence import silent_areas
from ..texts import moment
from ..viewer import entries_in_words
from ..views import PERMISSION, SCREEN, SUBJECT
from .record import Name, Record, acts, described, newest_by, record_of

#: How many entries each list shows.
CAP = 500


@dataclass(frozen=True)
class Listed:
    """One of the page's lists, and its criteria as a query: what the log, and the export, go on with."""

    id: str
    heading: Text
    nothing: Text
    query: str
    lines: Sequence[Line]
    more: bool

    @property
    def state(self) -> str:
        return entries_in_words(len(self.lines), more=self.more)

    @property
    def oldest(self) -> str:
        return self.lines[-1].timestamp if self.lines else ""


@dataclass(frozen=True)
class NameLine:
    """A name that the record had, and from when to when, in words; each with the entry that says so."""

    name: str
    began: bool
    since: str
    since_entry: int
    until: str
    until_entry: int | None
    deleted: bool


@dataclass(frozen=True)
class Day:
    """A day on which the person changed something, and the query of what she did then."""

    label: Text
    moment: str
    query: str


class OfMixin(TracedPermissionMixin):
    """A page about the record that the address names; 404 for what is neither there nor known to the log."""

    permission = PERMISSION
    subject = SUBJECT


class OfView(SitePageMixin, OfMixin, TemplateView):
    """Entries of one person or group: done to it, and by it."""

    template_name = "auditlog/of.html"

    @cached_property
    def record(self) -> Record:
        area = described(self.kwargs["area"])
        found = record_of(area, self.kwargs["pk"]) if area else None
        if found is None:
            raise Http404
        return found

    def get_screen(self) -> Text:
        kind = str(self.record.area.model_class._meta.verbose_name)
        return _("Entries of %(kind)s %(name)s") % {"kind": kind, "name": self.record.called}

    def get_screen_state(self) -> Text:
        return "" if self.record.now else _("deleted")

    def get_breadcrumbs(self) -> Sequence[tuple[Text, str]]:
        return [(SCREEN, reverse("auditlog:list"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        record, lists = self.record, list(self.lists())
        context = super().get_context_data(
            record=record,
            names=[_name_line(name) for name in reversed(record.names)],
            days=list(_days(record)),
            lists=lists,
            legend=badges({mark for listed in lists for line in listed.lines for mark in line.marks}),
            silent=silent_areas(),
            **kwargs,
        )
        return {**context, "is_nav_sidebar_enabled": False}

    def lists(self) -> Sequence[Listed]:
        name = self.record.called
        to = listed("to", _("Done to %(name)s") % {"name": name}, {"subject": self.record.subject})
        if not self.record.acts:
            return [to]
        return [to, listed("by", _("Done by %(name)s") % {"name": name}, {"by": str(self.record.id)})]


class LastDayView(OfMixin, View):
    """Leads to what an account did on the last day on which it changed something."""

    def get(self, request: HttpRequest, area: str, pk: int) -> HttpResponseBase:
        found = described(area)
        if found is None or not acts(found):
            raise Http404
        last = newest_by(pk)
        if last is None:
            return redirect("auditlog:of", area=area, pk=pk)
        return redirect(f"{reverse('auditlog:list')}?{day_query(pk, last)}")


def listed(name: str, heading: Text, criteria: dict[str, str]) -> Listed:
    """The newest entries that meet criteria of the log."""
    query = QueryDict(mutable=True)
    query.update(criteria)
    filterset = AuditLogFilterSet(query)
    found = filterset.newest(CAP + 1)
    nothing = _("Nothing is on record.")
    shown = lines(found[:CAP], filterset.everything.db)
    return Listed(name, heading, nothing, query.urlencode(), shown, len(found) > CAP)


def day_query(pk: int, entry: AuditLogEntry) -> str:
    """The query of what an account did on the day of an entry, in the district's time."""
    day = timezone.localtime(entry.timestamp, timezone.get_default_timezone()).date().isoformat()
    return urlencode({"by": pk, "start_date": day, "end_date": day})


def _days(record: Record) -> list[Day]:
    ends = ((_("First change"), record.first), (_("Last change"), record.last))
    return [Day(label, moment(entry.timestamp), day_query(record.id, entry)) for label, entry in ends if entry]


def _name_line(name: Name) -> NameLine:
    until = name.until
    return NameLine(
        name=name.name,
        began=name.began,
        since=moment(name.since.timestamp),
        since_entry=name.since.pk,
        until=moment(until.timestamp) if until else "",
        until_entry=until.pk if until else None,
        deleted=until is not None and until.action == "delete",
    )
