"""The rights report's page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from auditlog.latest import latest
from auditlog.pages import Text
from auditlog.silence import silent_areas
from auditlog.texts import moment, visible
from auditlog.viewer import LogListView

from ..models import UserAccount, UserGroup
from .filters import NOT_ASKED, VIEWS, RightsFilterSet
from .lines import sections
from .rows import View

#: Read on the Audit Log (``district.backends.GOVERNED``).
PERMISSION = "district.view_rightsreport"
#: What traces of refused tries and of exports call it.
SUBJECT = "Rights Report"
SCREEN = gettext_lazy("Rights Report")

#: How many columns the table of a view has.
COLUMNS = {View.PERSON: 4, View.GROUP: 3, View.TOOL: 4, View.SCHOOL: 5}


@dataclass(frozen=True)
class Way:
    """A link to another view of the same criteria."""

    label: Text
    address: str
    here: bool


class RightsReportView(LogListView):
    """Criteria, and who holds what: by person, by group, by tool or by school."""

    model = UserAccount
    permission = PERMISSION
    subject = SUBJECT
    filterset_class = RightsFilterSet
    filterset: RightsFilterSet
    template_name = "district/rights_report.html"
    export_page = "rights_report:export"
    screen = SCREEN

    def get_screen_state(self) -> str:
        if not self.filterset.is_valid():
            return super().get_screen_state()
        shown = len(self.object_list)
        if self.more:
            return _("first %(shown)d lines") % {"shown": shown}
        return ngettext("%(shown)d line", "%(shown)d lines", shown) % {"shown": shown}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        view, rows = self.filterset.chosen_view, list(self.object_list)
        found = sections(self.filterset.held, rows, view, latest(_subjects(rows))) if rows else []
        return super().get_context_data(
            sections=found,
            view=view.value,
            columns=COLUMNS[view],
            views=[self.way(one, label) for one, label in VIEWS],
            fields=[field for field in self.filterset.form.visible_fields() if field.name not in NOT_ASKED[view]],
            account=self.filterset.one_account,
            now=moment(timezone.now()),
            criteria=[visible(text) for text in self.filterset.in_words] if self.filterset.is_valid() else [],
            without_account=f"{self.request.path}?{self.query_further('account')}",
            export_address=f"{reverse('rights_report:export')}?{self.query}",
            silent=silent_areas(),
            opens_accounts=self.opens(UserAccount),
            opens_groups=self.opens(UserGroup),
            **kwargs,
        )

    def way(self, view: View, label: Text) -> Way:
        query = self.query_further("view", *NOT_ASKED[view])
        return Way(
            label, f"{self.request.path}?view={view.value}&{query}".rstrip("&"), view == self.filterset.chosen_view
        )

    def query_further(self, *names: str) -> str:
        """The criteria as a query, without these and without those that say nothing."""
        return self.query_without(*names, *(name for name, value in self.request.GET.items() if not value))

    def opens(self, model: type[UserAccount] | type[UserGroup]) -> bool:
        """Whether this person may open the record pages of accounts, or of groups."""
        return admin.site.get_model_admin(model).has_view_permission(self.request)


def _subjects(rows: Iterable[Any]) -> set[str]:
    return {subject for row in rows for subject in row.subjects}
