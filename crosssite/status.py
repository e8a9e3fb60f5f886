"""How the sync stands: the last run of each district that serves a school, and what about it wants attention.

Without it an empty list could be taken for a quiet night (product: 2.2 The viewer).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from auditlog.texts import moment, visible

from .access import ChosenSchool
from .models import Roster, ServingDistrict, SyncRun, SyncRunCount

Outcome = SyncRun.Outcome

#: What brought the home copy up to date.
DONE = (Outcome.APPLIED, Outcome.UNCHANGED)


@dataclass(frozen=True)
class DistrictStatus:
    """A serving district's last run. Without a run only ``district`` and ``warnings`` say something.

    ``entries``: how many it made for the school; a held one would make. ``warnings``: what wants attention, in words.
    """

    district: str
    run: int | None
    at: str
    outcome: str
    entries: str
    warnings: tuple[str, ...]


def statuses(school: ChosenSchool, now: datetime.datetime | None = None) -> list[DistrictStatus]:
    """The districts that serve a school, by name, each with its last run. Three statements."""
    districts = list(_serving(school).annotate(last_run=_newest(), last_done=_newest(outcome__in=DONE)))
    pks = {pk for district in districts for pk in (district.last_run, district.last_done) if pk}
    runs = SyncRun.objects.only("started", "outcome").in_bulk(pks)
    counts = dict(
        school.rows(SyncRunCount.objects.filter(run__in=pks)).order_by().values_list("run").annotate(Sum("count"))
    )
    return [
        _status(district, runs.get(district.last_run), runs.get(district.last_done), counts, now or timezone.now())
        for district in districts
    ]


def _serving(school: ChosenSchool) -> QuerySet[Any]:
    """The districts that have students of the school, or had entries for it; those never heard of might serve it."""
    districts = ServingDistrict.objects.all()
    if school.school is None:
        return districts
    counts = school.rows(SyncRunCount.objects.filter(run__district=OuterRef("pk")))
    rosters = Roster.objects.filter(district=OuterRef("pk"), student__school=school.school)
    heard_of = SyncRun.objects.filter(district=OuterRef("pk"), outcome__in=DONE)
    return districts.filter(Q(Exists(counts)) | Q(Exists(rosters)) | ~Q(Exists(heard_of)))


def _newest(**conditions: Any) -> Subquery:
    runs = SyncRun.objects.filter(district=OuterRef("pk"), **conditions)
    return Subquery(runs.order_by("-started", "-pk").values("pk")[:1])


def _status(
    district: Any, run: SyncRun | None, done: SyncRun | None, counts: dict[int, int], now: datetime.datetime
) -> DistrictStatus:
    return DistrictStatus(
        district=visible(district.name),
        run=run.pk if run else None,
        at=moment(run.started) if run else "",
        outcome=run.get_outcome_display() if run else "",
        entries=_entries(run, counts.get(run.pk, 0)) if run else "",
        warnings=tuple(_warnings(district, run, done, now)),
    )


def _entries(run: SyncRun, count: int) -> str:
    if run.outcome in DONE:
        words = ngettext("%(count)s entry", "%(count)s entries", count)
    elif run.outcome == Outcome.HELD:
        words = ngettext("%(count)s entry waits", "%(count)s entries wait", count)
    else:
        return ""
    return words % {"count": f"{count:,}"}


def _warnings(district: Any, run: SyncRun | None, done: SyncRun | None, now: datetime.datetime) -> Iterator[str]:
    if run is None:
        yield _("There was no run yet.")
        return
    if run.outcome == Outcome.HELD:
        yield _("Held: nothing of it is applied until a person confirms it.")
    if run.outcome == Outcome.FAILED:
        yield _("Failed: nothing of it was applied.")
    if run.outcome == Outcome.RUNNING:
        yield _("Still running: its entries are not here yet.")
    expected = datetime.timedelta(hours=district.expected_hours)
    if expected and now - run.started > expected:
        yield _("Older than expected: a run is due every %(hours)d hours.") % {"hours": district.expected_hours}
    if run != done:
        yield _("Last applied: %(when)s.") % {"when": moment(done.started)} if done else _("None was applied yet.")
