"""The list of runs, ready to be printed: what each did to the reader's schools, and nothing of other schools."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum
from django.utils.translation import gettext as _

from auditlog.texts import moment, visible

from ..models import Action, SyncRun
from .scope import Scope

Outcome = SyncRun.Outcome

#: Outcomes whose counts say what the run would have done.
PLANNED = (Outcome.HELD, Outcome.DISCARDED, Outcome.REPLACED)

#: Counts of entries by action, of the actions that have any, in the order of the log's actions.
Counts = dict[Action, int]


@dataclass(frozen=True)
class RunLine:
    """A run in the list. ``planned``: its counts are what it would do.

    ``findings`` is empty for readers of single schools: they concern the whole bundle.
    """

    id: int
    started: str
    district: str
    outcome: str
    outcome_label: str
    planned: bool
    kind: str
    source: str
    started_by: str
    person: str
    duration: str
    total: str
    counts: Sequence[tuple[str, str]]
    findings: str


def run_lines(runs: Sequence[SyncRun], scope: Scope) -> list[RunLine]:
    """The runs as lines; their counts are read in one statement."""
    counts = _counts(runs, scope)
    return [run_line(run, counts[run.pk], scope) for run in runs]


def run_line(run: SyncRun, counts: Counts, scope: Scope) -> RunLine:
    return RunLine(
        id=run.pk,
        started=moment(run.started),
        district=visible(run.district.name) if run.district else _("not known"),
        outcome=run.outcome,
        outcome_label=run.get_outcome_display(),
        planned=run.outcome in PLANNED,
        kind=run.get_kind_display() if run.kind else "",
        source=visible(run.source_name),
        started_by=visible(run.started_by),
        person=visible(run.started_by_name),
        duration=duration_text(run.duration),
        total=f"{sum(counts.values()):,}",
        counts=[(str(action.label), f"{count:,}") for action, count in counts.items() if count],
        findings=f"{findings_total(run):,}" if scope.all_schools else "",
    )


def _counts(runs: Sequence[SyncRun], scope: Scope) -> dict[int, Counts]:
    """What each run did (a held one: would do) to the reader's schools."""
    sums: dict[int, dict[str, int]] = defaultdict(dict)
    if runs:
        found = scope.counts().filter(run__in=[run.pk for run in runs]).order_by()
        for run, action, count in found.values_list("run", "action").annotate(sum=Sum("count")):
            sums[run][action] = count
    return {run.pk: {action: sums[run.pk].get(action, 0) for action in Action} for run in runs}


def findings_total(run: SyncRun) -> int:
    """All that was met in the bundle, listed or not; what stopped a run is listed and not counted."""
    counted: int = sum(run.finding_counts.values())
    return max(counted, len(run.findings))


def rows_left_out(run: SyncRun) -> bool:
    """Whether rows of the bundle could not be read and were passed over."""
    return bool(run.finding_counts.get("error"))


def duration_text(duration: datetime.timedelta | None) -> str:
    """``0.4 s``, ``12 s``, ``3 min 5 s``; nothing where it is not known."""
    if duration is None:
        return ""
    seconds = max(duration.total_seconds(), 0.1)
    if seconds < 10:
        return _("%(seconds).1f s") % {"seconds": seconds}
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return _("%(seconds)d s") % {"seconds": rest}
    return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}
