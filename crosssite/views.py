"""The Data Sync Log: what serving schools changed, as the chosen home school sees it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from auditlog.export.about import in_words
from auditlog.viewer import LogListView

from .access import ChosenSchool, permitted_schools
from .details import entry_details, may_review
from .entry_views import PERMISSION, SUBJECT
from .filters import ReviewFilter, SyncLogFilterSet
from .lines import COLUMNS, HOME_SCHOOL, Line, lines
from .models import SyncLogEntry, SyncRun
from .reviews import newest_reviews
from .runs.scope import Scope
from .status import DONE, DistrictStatus, statuses

#: The query parameter with which a browser without scripts asks for a search field to be emptied.
CLEAR = "clear"
#: The criterion that asks for what nobody has reviewed yet.
REVIEW = "review"


class SyncLogView(LogListView):
    """School and search fields, the list, and the chosen entry with it.

    Narrowing while typing asks for the part ``rows``: what stands around them stays, the search fields above all.
    """

    model = SyncLogEntry
    permission = PERMISSION
    subject = SUBJECT
    filterset_class = SyncLogFilterSet
    filterset: SyncLogFilterSet
    template_name = "crosssite/log.html"
    export_page = "crosssite:export"
    parts = {"log": "crosssite/_log_part.html", "rows": "crosssite/_rows_part.html", "entry": "crosssite/_entry.html"}
    rows_part = "rows"
    screen = gettext_lazy("Cross-Site Enrollment Interdistrict Data Sync Log")
    school: ChosenSchool | None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get(CLEAR) in COLUMNS:
            return self.cleared(request.GET[CLEAR])
        return super().get(request, *args, **kwargs)

    def cleared(self, name: str) -> HttpResponse:
        """The way to the same list without the text of one search field."""
        criteria = self.request.GET.copy()
        del criteria[CLEAR]
        criteria.pop(name, None)
        return redirect(f"{self.request.path}?{criteria.urlencode()}")

    def get_filterset(self) -> SyncLogFilterSet:
        filterset = SyncLogFilterSet(self.request.GET, user=self.request.user)
        self.school = filterset.chosen_school
        return filterset

    @property
    def headings(self) -> dict[str, str]:
        """The columns of the list with their headings."""
        found = {name: str(self.filterset.form.fields[name].label) for name in COLUMNS}
        if self.school is not None and self.school.school is None:
            found[HOME_SCHOOL] = _("Home School")
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if self.part == self.entry_part:
            return self._entry()
        shown = self._lines()
        return super().get_context_data(
            school=self.school,
            rows_only=self.part == self.rows_part,
            schools=permitted_schools(self.request.user),
            columns=[self.filterset.form[name] for name in COLUMNS],
            headings=self.headings,
            lines=shown,
            oldest=shown[-1].timestamp if shown else "",
            reviewable=self._reviewable(shown),
            statuses=self._statuses(),
            **self._addresses(),
            **self._criteria(),
            **self._entry(),
            **kwargs,
        )

    def _statuses(self) -> list[DistrictStatus]:
        """How the sync stands for the school; narrowing leaves it as it is on the page."""
        if self.school is None or self.part == self.rows_part:
            return []
        return statuses(self.school, decides=Scope(self.request.user).decides)

    def _lines(self) -> list[Line]:
        entries = list(self.object_list)
        reviews = newest_reviews([entry.pk for entry in entries])
        return lines(entries, self.headings, {pk: review.status for pk, review in reviews.items()})

    def _reviewable(self, shown: list[Line]) -> str:
        """The ids of what is shown, for whoever may mark it; nothing where everything is marked already."""
        if all(line.review for line in shown) or not may_review(self.request.user):
            return ""
        return ",".join(str(line.id) for line in shown)

    def _entry(self) -> dict[str, Any]:
        chosen = self.filterset.chosen
        details = entry_details(self.request.user, chosen) if chosen is not None else None
        return {"details": details, "chosen": chosen, "next": self.request.get_full_path()}

    def _addresses(self) -> dict[str, str]:
        """Where the page leads: the whole file, an entry, the list without criteria, the list without an entry."""
        listed = reverse("crosssite:list")
        return {
            "export_address": f"{reverse('crosssite:export')}?{self.query}",
            "row_address": f"{listed}?{self.query}{'&' if self.query else ''}entry=",
            "reset_address": f"{listed}?school={self.school.value}" if self.school else listed,
            "list_address": f"{listed}?{self.query}",
        }

    def _criteria(self) -> dict[str, Any]:
        """What limits the list beyond the school; where nothing does and nothing is there, whether a run ever was."""
        form, no_criteria = self.filterset.form, self.filterset.shown_how | {"school"}
        criteria = in_words(form, leave_out=no_criteria) if self.filterset.is_valid() else []
        nothing = not self.object_list and not criteria
        return {
            "criteria": criteria,
            "never_synced": nothing and not SyncRun.objects.filter(outcome__in=DONE).exists(),
            "all_reviewed": bool(criteria) and not self.object_list and self._all_reviewed(),
        }

    def _all_reviewed(self) -> bool:
        """Whether the list is empty because no entry is left to review, and not because none matches."""
        others = self.request.GET.copy()
        if others.pop(REVIEW, None) != [ReviewFilter.NONE]:
            return False
        return bool(SyncLogFilterSet(others, user=self.request.user).newest(1))
