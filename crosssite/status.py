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
from .runs.lines import rows_left_out

Outcome = SyncRun.Outcome

#: What brought the home copy up to date.
DONE = (Outcome.APPLIED, Outcome.UNCHANGED)


@dataclass(frozen=True)
class DistrictStatus:
    """A serving district's last run. Without a run only ``district`` and ``warnings`` say something.

    ``entries``: how many it made for the school; a held one would make. ``warnings``: what wants attention, in words.
    ``rows_left_out``: some rows could not be read; how many is told on the run's page, to who may know.
    """

    district: str
    run: int | None
    at: str
    outcome: str
    entries: str
    warnings: tuple[str, ...]
    rows_left_out: bool


def statuses(
    school: ChosenSchool, now: datetime.datetime | None = None, *, decides: bool = False
) -> list[DistrictStatus]:
    """The districts that serve a school, by name, each with its last run. Three statements.

    ``decides``: they are told to a person who may decide about held runs.
    """
    known = _serving(school).annotate(known=_known(), last_run=_newest(), last_done=_newest(outcome__in=DONE))
    districts = list(known)
    pks = {pk for district in districts for pk in (district.last_run, district.last_done) if pk}
    runs = SyncRun.objects.only("started", "outcome", "finding_counts").in_bulk(pks)
    counts = dict(
        school.rows(SyncRunCount.objects.filter(run__in=pks)).order_by().values_list("run").annotate(Sum("count"))
    )
    now = now or timezone.now()
    return [
        _status(district, runs.get(district.last_run), runs.get(district.last_done), counts, now, decides)
        for district in districts
    ]


def _serving(school: ChosenSchool) -> QuerySet[Any]:
    """The districts that have students of the school, or had entries for it; those not known yet might serve it."""
    districts = ServingDistrict.objects.all()
    if school.school is None:
        return districts
    counts = school.rows(SyncRunCount.objects.filter(run__district=OuterRef("pk")))
    rosters = Roster.objects.filter(district=OuterRef("pk"), student__school=school.school)
    return districts.filter(Q(Exists(counts)) | Q(Exists(rosters)) | ~Q(_known()))


def _known() -> Q:
    """Whether it is known which schools a district serves: a run of it brought something, to whichever school.

    One that left all rows out, or met no student of ours, says nothing about that.
    """
    counts = SyncRunCount.objects.filter(run__district=OuterRef("pk"), run__outcome__in=DONE)
    return Q(Exists(counts)) | Q(Exists(Roster.objects.filter(district=OuterRef("pk"))))


def _newest(**conditions: Any) -> Subquery:
    runs = SyncRun.objects.filter(district=OuterRef("pk"), **conditions)
    return Subquery(runs.order_by("-started", "-pk").values("pk")[:1])


def _status(
    district: Any,
    run: SyncRun | None,
    done: SyncRun | None,
    counts: dict[int, int],
    now: datetime.datetime,
    decides: bool,
) -> DistrictStatus:
    return DistrictStatus(
        district=visible(district.name),
        run=run.pk if run else None,
        at=moment(run.started) if run else "",
        outcome=run.get_outcome_display() if run else "",
        entries=_entries(run, counts.get(run.pk, 0)) if run else "",
        warnings=tuple(_warnings(district, run, done, now, decides)),
        rows_left_out=run is not None and rows_left_out(run),
    )


def _entries(run: SyncRun, count: int) -> str:
    if run.outcome in DONE:
        words = ngettext("%(count)s entry", "%(count)s entries", count)
    elif run.outcome == Outcome.HELD:
        words = ngettext("%(count)s entry waits", "%(count)s entries wait", count)
    else:
        return ""
    return words % {"count": f"{count:,}"}


def _warnings(
    district: Any, run: SyncRun | None, done: SyncRun | None, now: datetime.datetime, decides: bool
) -> Iterator[str]:
    if run is None:
        yield _("There was no run yet.")
        return
    if run.outcome == Outcome.HELD:
        yield _held(decides)
    if run.outcome == Outcome.FAILED:
        yield _("Failed: nothing of it was applied.")
    if run.outcome == Outcome.RUNNING:
        yield _("Still running: its entries are not here yet.")
    if done and not district.known:
        yield _("Which schools it serves is not known yet.")
    expected = datetime.timedelta(hours=district.expected_hours)
    if expected and now - run.started > expected:
        yield _("Older than expected: a run is due every %(hours)d hours.") % {"hours": district.expected_hours}
    if run != done:
        yield _("Last applied: %(when)s.") % {"when": moment(done.started)} if done else _("None was applied yet.")


def _held(decides: bool) -> str:
    """What is waited for; who cannot decide is told who can."""
    if decides:
        return _("Held: nothing of it is applied until a person confirms it.")
    return _("Held: it waits for a person who has all schools. Nothing of it is applied until then.")
