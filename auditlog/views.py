"""The Audit Log's pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from .asking import spelled_out
from .badges import badges, entry_marks
from .chips import beginning_of, chips, choices
from .entry.page import entry_page
from .export.about import in_words
from .filters import AuditLogFilterSet
from .folding import FoldedLine, Folding, foldable, groups
from .histogram import Histogram, histogram
from .lines import Line, lines
from .models import Action, AuditLogEntry
from .pages import SitePageMixin, Text
from .permissions import TracedPermissionMixin
from .ranges import Range
from .saved.searches import beside, default_query
from .shown_criteria import Box, shown_criteria
from .silence import silent_areas
from .unrecorded import Period, unrecorded_periods
from .viewer import LogListView

PERMISSION = "auditlog.view_auditlogentry"
#: What traces of refused tries call both pages.
SUBJECT = "Audit Log"
SCREEN = gettext_lazy("Audit Log")

#: The criteria that a click on a value in a row sets.
NARROWED = ("table", "action", "affected_object", "actor", "mark")
#: The criteria that say from when to when.
RANGE = ("range", "start_date", "start_time", "end_date", "end_time")
#: How many periods without recording the notice names.
SILENCES_SHOWN = 3


@dataclass(frozen=True)
class Folds:
    """Whether the list is folded, the query of the list the other way round, and on how many lines it stands."""

    on: bool
    other_way: str
    lines: int = 0


class AuditLogView(LogListView):
    """The Audit Log: criteria, list, and the chosen entry beside it."""

    model = AuditLogEntry
    permission = PERMISSION
    subject = SUBJECT
    filterset_class = AuditLogFilterSet
    filterset: AuditLogFilterSet
    template_name = "auditlog/log.html"
    export_page = "auditlog:export"
    parts = {"log": "auditlog/_log_part.html", "entry": "auditlog/_entry.html"}
    screen = SCREEN

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The log; without any parameter the person's default search, where there is one.

        A change that was typed as one text leads to the address that has it in its fields.
        """
        if not request.GET and not self.part and (query := default_query(request.user)):
            return redirect(f"{request.path}?{query}")
        if (spelled := spelled_out(request.GET)) is not request.GET:
            return redirect(f"{request.path}?{spelled.urlencode()}")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        chosen = self.filterset.chosen
        if self.part == self.entry_part:
            return {**self._entry(), "chosen": chosen, "query": self.query, "row_address": self.row_address}
        return super().get_context_data(
            lines=self.folded or self.lines,
            oldest=self.lines[-1].timestamp if self.lines else "",
            folds=self._folds(),
            saved=beside(self.request.user, self.request.GET, valid=self.filterset.is_valid()),
            fields=shown_criteria(self.filterset, self.request.GET),
            **self._narrowing(),
            tables=list(self._tables()),
            actions=[self._box("action", value, str(label)) for value, label in Action.choices],
            chosen=chosen,
            periods=self.periods[: -SILENCES_SHOWN - 1 : -1],
            further_periods=len(self.periods[:-SILENCES_SHOWN]),
            histogram=self._histogram(),
            printed=in_words(self.filterset.form, self.filterset.shown_how) if self.filterset.is_valid() else [],
            legend=badges({mark for line in self.lines for mark in line.marks}),
            silent=silent_areas(),
            export_address=f"{reverse('auditlog:export')}?{self.query_without(*self.filterset.shown_how)}",
            row_address=self.row_address,
            **self._entry(),
            **kwargs,
        )

    @property
    def row_address(self) -> str:
        """The address of the list with an entry beside it, up to the entry's id."""
        return f"{reverse('auditlog:list')}?{self.query}{'&' if self.query else ''}entry="

    @cached_property
    def periods(self) -> list[Period]:
        """When something was not recorded in the time that the list covers."""
        if not self.filterset.is_valid():
            return []
        criteria = self.filterset.criteria
        start = self.object_list[-1].timestamp if self.more else criteria.start
        return unrecorded_periods(start, criteria.end, self.filterset.everything.db, criteria.tables)

    def _histogram(self) -> Histogram | None:
        moments = [entry.timestamp for entry in self.object_list]
        query = self.query_without("entry", "unfold", *RANGE)
        return histogram(moments, self.periods, query)

    @cached_property
    def lines(self) -> list[Line]:
        """The entries shown, one line each."""
        return lines(list(self.object_list), self.filterset.everything.db)

    @cached_property
    def folded(self) -> list[FoldedLine]:
        """The lines with change sets folded; none where that is not asked for."""
        if not self.filterset.folds:
            return []
        folding = Folding(
            kept=self.query_without("entry", "unfold"),
            unfolded=self.filterset.unfolded,
            chosen=self.filterset.chosen,
            cut=self.beyond[0].change_set if self.beyond else None,
        )
        return list(folding.lines(self.lines))

    def get_screen_state(self) -> str:
        state = super().get_screen_state()
        if not self.folded:
            return state
        return _("%(entries)s on %(count)d lines") % {"entries": state, "count": groups(self.folded)}

    def _folds(self) -> Folds | None:
        """The way to the list folded, or unfolded again; none where there is nothing to fold."""
        if self.filterset.folds:
            return Folds(True, self.query_without("entry", "unfold", "fold"), groups(self.folded))
        if foldable(self.lines):
            return Folds(False, "&".join(filter(None, [self.query_without("entry", "unfold", "fold"), "fold=1"])))
        return None

    def _entry(self) -> dict[str, Any]:
        chosen = self.filterset.chosen
        if chosen is None:
            return {}
        # Where the list with this entry is: a part of it may be asked for.
        return {**entry_context(chosen, beside=True, kept=self.query), "here": self.request.get_full_path()}

    def _narrowing(self) -> dict[str, Any]:
        """What narrows the list further: chips, quick ranges, and what links of the rows begin with."""
        asked = self.request.GET
        return {
            "chips": chips(self.filterset, asked),
            "ranges": choices(asked, "range", Range.choices, instead_of=RANGE),
            "only": {name: beginning_of(asked, name) for name in NARROWED},
        }

    def _tables(self) -> Iterator[Box]:
        """One box for each area that has entries, and for those that the query names."""
        named = self.request.GET.getlist("table")
        for value, label in self.filterset.form.fields["table"].choices:  # type: ignore[attr-defined]
            if value in self.filterset.tables_in_log or value in named:
                yield self._box("table", value, label)

    def _box(self, field: str, value: str, label: str) -> Box:
        """A box; all of a group are ticked where the query names none."""
        named = self.request.GET.getlist(field)
        return Box(value, label, not named or value in named)


class AuditLogEntryView(SitePageMixin, TracedPermissionMixin, TemplateView):
    """One entry, under an address of its own."""

    permission = PERMISSION
    subject = SUBJECT
    template_name = "auditlog/entry.html"

    def get_screen(self) -> Text:
        return _("Audit Log entry %(id)d") % {"id": self.kwargs["pk"]}

    def get_breadcrumbs(self) -> Sequence[tuple[Text, str]]:
        return [(SCREEN, reverse("auditlog:list"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = entry_context(self.kwargs["pk"])
        if context["entry"] is None:
            raise Http404
        return super().get_context_data(**context, here=self.request.path, alone=True, **kwargs)


def entry_context(pk: int, *, beside: bool = False, kept: str = "") -> dict[str, Any]:
    """What the template of an entry shows: the entry, and its marks. ``beside``: in short, beside the list."""
    entry = entry_page(pk, beside=beside, kept=kept)
    return {"entry": entry, "marks": entry_marks(entry.id, UUID(entry.change_set)) if entry else None}
