"""A held run, decided by a person: its plan is applied as it was shown, or given up.

The plan is bound to the home copy that it was made from. Where anything has changed since, it is refused: what the
next bundle says counts then.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from auditlog.context import current_actor

from ..models import SyncPlan, SyncRun
from .apply import PlanOutdated, apply, write_counts
from .copy import home_version
from .entries import LogRow
from .memory import Memory
from .plan import Plan, unpacked
from .run import AlreadyRunning, alone, planned_rows

Outcome = SyncRun.Outcome


class Refused(Exception):
    """A decision that cannot be taken; as text a sentence that says why, and what to do."""


class Busy(Refused):
    """Another run works on the same serving district just now."""


def confirm(run: SyncRun, *, note: str = "") -> SyncRun:
    """Apply the plan of a held run. Refused where it is not held any more, or anything changed since."""
    with _deciding(run) as decided:
        assert decided.district is not None
        if home_version(decided.district) != decided.base:
            raise Refused(_outdated())
        plan, memory = _kept(decided)
        try:
            write_counts(decided, apply(plan, decided, timezone.now()))
        except (PlanOutdated, IntegrityError):
            raise Refused(_outdated()) from None
        remembered = Memory(decided.district)
        remembered.changes = memory
        remembered.write()
        _decide(decided, Outcome.APPLIED, note)
    return decided


def discard(run: SyncRun, *, note: str = "") -> SyncRun:
    """Give up the plan of a held run. Refused where it is not held any more."""
    with _deciding(run) as decided:
        _decide(decided, Outcome.DISCARDED, note)
    return decided


def planned_entries(run: SyncRun, limit: int) -> list[LogRow]:
    """The first of the entries that a held run would make; none where it is not held any more."""
    if run.district is None or not SyncPlan.objects.filter(run=run).exists():
        return []
    plan, _memory = _kept(run)
    return list(islice(planned_rows(run.district, plan), limit))


@contextmanager
def _deciding(run: SyncRun) -> Iterator[SyncRun]:
    """The run as it is now, locked, in a transaction; nobody else works on its district meanwhile."""
    if run.district is None:
        raise Refused(_not_held(run))
    try:
        with alone(run.district), transaction.atomic():
            now = SyncRun.objects.select_for_update(of=("self",)).select_related("district").get(pk=run.pk)
            if now.outcome != Outcome.HELD:
                raise Refused(_not_held(now))
            yield now
    except AlreadyRunning as busy:
        raise Busy(_("%(busy)s Try again when it is done.") % {"busy": busy}) from None


def _kept(run: SyncRun) -> tuple[Plan, dict[str, bytes]]:
    return unpacked(bytes(SyncPlan.objects.get(run=run).data))


def _decide(run: SyncRun, outcome: str, note: str) -> None:
    who = current_actor()
    SyncPlan.objects.filter(run=run).delete()
    run.outcome, run.note = outcome, note
    run.decided_at, run.decided_by, run.decided_by_name = timezone.now(), who.name, who.person
    run.save()


def _not_held(run: SyncRun) -> str:
    return _("Run %(run)d is not held any more, it is: %(outcome)s.") % {
        "run": run.pk,
        "outcome": run.get_outcome_display(),
    }


def _outdated() -> str:
    return _(
        "The home copy, students or their numbers have changed since this run was held. Discard it and start the sync "
        "again: its new plan will be shown."
    )
