"""The kit that every log screen is built on: one capped, filtered list, and one entry beside it.

A new log screen costs its columns, its FilterSet and its templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import ListView

from .filters import LogFilterSet
from .pages import SitePageMixin
from .permissions import TracedPermissionMixin


class LogListView(SitePageMixin, TracedPermissionMixin, ListView):
    """A log: criteria on top, entries newest first, never more than ``cap``.

    ``parts`` gives the templates of the parts of the page that htmx asks for, by the id of the element they fill.
    ``entry_part`` is the one that shows the chosen entry and needs no rows.
    """

    filterset_class: type[LogFilterSet]
    cap = 500
    parts: Mapping[str, str] = {}
    entry_part = "entry"
    #: The name of the export's address: a list that is asked for in another format is its business.
    export_page = ""
    context_object_name = "entries"
    filterset: LogFilterSet
    #: What was found past the cap: nothing, or the next row.
    beyond: Sequence[Any] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        # The same address answers htmx with a part of the page.
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.export_page and request.GET.get("format"):
            return redirect(f"{reverse(self.export_page)}?{request.GET.urlencode()}")
        return super().get(request, *args, **kwargs)

    @property
    def part(self) -> str:
        """The id of the part of the page that is asked for; nothing for the whole page."""
        htmx = self.request.htmx  # type: ignore[attr-defined]
        return (htmx.target or "") if htmx and not htmx.history_restore_request else ""

    def get_template_names(self) -> Sequence[str]:  # type: ignore[override]
        return [self.parts.get(self.part, self.template_name or "")]

    def get_filterset(self) -> LogFilterSet:
        """The criteria; a log of which a person may see a part gives its own queryset here."""
        return self.filterset_class(self.request.GET)

    def get_queryset(self) -> Any:
        """The rows on the page; one more is asked for than shown, to know whether there are more."""
        self.filterset = self.get_filterset()
        self.filterset.form.label_suffix = ""
        if self.part == self.entry_part:
            return []
        found = self.filterset.newest(self.cap + 1)
        self.beyond = found[self.cap :]
        return found[: self.cap]

    @property
    def more(self) -> bool:
        """Whether more match than are shown."""
        return bool(self.beyond)

    def get_screen_state(self) -> str:
        """How the list stands, for the title of the window and for who cannot see it."""
        if not self.filterset.is_valid():
            return _("the search criteria have errors")
        return entries_in_words(len(self.object_list), more=self.more)

    @property
    def query(self) -> str:
        """The criteria as a query, without the chosen row: what its links, and the export, go on with."""
        return self.query_without("entry")

    def query_without(self, *names: str) -> str:
        """The query of this request without some parameters."""
        return without(self.request.GET, *names).urlencode()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(
            filterset=self.filterset,
            form=self.filterset.form,
            searched=not set(self.request.GET) <= self.filterset.shown_how,
            more=self.more,
            query=self.query,
            **kwargs,
        )
        # List and entry stand side by side; the way to other tools is Home.
        return {**context, "is_nav_sidebar_enabled": False}


def entries_in_words(shown: int, *, more: bool) -> str:
    """How many entries a list shows: “37 entries”, or “first 500 entries” where there are more."""
    if more:
        return _("first %(shown)d entries") % {"shown": shown}
    return ngettext("%(shown)d entry", "%(shown)d entries", shown) % {"shown": shown}


def without(query: QueryDict, *names: str) -> QueryDict:
    """A copy of a query without some parameters."""
    rest = query.copy()
    for name in names:
        rest.pop(name, None)
    return rest
