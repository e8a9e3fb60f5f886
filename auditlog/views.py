"""The Audit Log's pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from .filters import AuditLogFilterSet
from .lines import EntryPage, entry_page, lines
from .models import Action, AuditLogEntry
from .pages import SitePageMixin, Text
from .permissions import TracedPermissionMixin
from .silence import silent_areas
from .viewer import LogListView

PERMISSION = "auditlog.view_auditlogentry"
#: What traces of refused tries call both pages.
SUBJECT = "Audit Log"
SCREEN = gettext_lazy("Audit Log")


@dataclass(frozen=True)
class Box:
    """A check box of the criteria."""

    value: str
    label: str
    ticked: bool


class AuditLogView(LogListView):
    """The Audit Log: criteria, list, and the chosen entry beside it."""

    model = AuditLogEntry
    permission = PERMISSION
    subject = SUBJECT
    filterset_class = AuditLogFilterSet
    filterset: AuditLogFilterSet
    template_name = "auditlog/log.html"
    parts = {"log": "auditlog/_log_part.html", "entry": "auditlog/_entry.html"}
    screen = SCREEN

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        chosen = self.filterset.chosen
        if self.part == self.entry_part:
            return {"entry": self._entry(), "chosen": chosen, "query": self.query}
        shown = lines(list(self.object_list), self.filterset.everything.db)
        return super().get_context_data(
            lines=shown,
            oldest=shown[-1].timestamp if shown else "",
            tables=list(self._tables()),
            actions=[self._box("action", value, str(label)) for value, label in Action.choices],
            chosen=chosen,
            entry=self._entry(),
            silent=silent_areas(),
            export_address=f"{reverse('auditlog:export')}?{self.query}",
            row_address=f"{reverse('auditlog:list')}?{self.query}{'&' if self.query else ''}entry=",
            **kwargs,
        )

    def _entry(self) -> EntryPage | None:
        chosen = self.filterset.chosen
        return entry_page(chosen) if chosen is not None else None

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
        entry = entry_page(self.kwargs["pk"])
        if entry is None:
            raise Http404
        return super().get_context_data(entry=entry, alone=True, **kwargs)
