"""The page of one run, ready to be printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from auditlog.pages import Text
from auditlog.texts import moment, visible

from ..histories import section_name, student_name
from ..models import Action, SyncLogEntry, SyncRun, SyncRunCount
from ..sync.decide import planned_entries
from ..sync.entries import LogRow
from .asking import Asking, asking
from .lines import Counts, RunLine, findings_total, rows_left_out, run_line
from .reasons import reason, who
from .scope import Scope

Outcome = SyncRun.Outcome

#: How many of a run's entries its page shows.
CAP = 500

#: The actions that take something from the home copy.
DELETING = (Action.DELETED_ROSTER, Action.INVALIDATED_SECTION)

#: How severe a finding is, in words.
SEVERITIES: dict[str, Text] = {
    "fatal": gettext_lazy("Stopped the run"),
    "error": gettext_lazy("Row left out"),
    "exception": gettext_lazy("Student passed over"),
    "warning": gettext_lazy("Warning"),
}


@dataclass(frozen=True)
class CountRow:
    """A home school, and how many entries of each shown action (label, number) the run made for it, then of all."""

    home_school: str
    cells: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class EntryRow:
    """An entry of the run. ``id`` is None for one that is only planned."""

    id: int | None
    action: str
    student: str
    section: str
    old_value: str
    new_value: str
    serving_school: str
    home_school: str


@dataclass(frozen=True)
class Finding:
    """Something met in the bundle, and where."""

    severity: str
    file: str
    line: str
    column: str
    message: str


@dataclass(frozen=True)
class RunPage:
    """A whole run as one person may see it.

    ``findings`` is None for who may not know them; ``rows_left_out`` everybody may. ``asking`` is None where nothing
    is to be asked.
    """

    line: RunLine
    facts: Sequence[tuple[str, str]]
    reason: str
    held: bool
    asking: Asking | None
    counts: Sequence[CountRow]
    totals: CountRow
    entries: Sequence[EntryRow]
    more: bool
    rows_left_out: bool
    findings: Sequence[Finding] | None
    findings_note: str
    figures: Sequence[tuple[str, str]]
    all_schools: bool
    decides: bool
    deletes: str


def run_page(run: SyncRun, scope: Scope) -> RunPage:
    """The run as this person may see it. Three statements."""
    counts = list(scope.counts().filter(run=run).order_by("home_school", "home_school_id"))
    entries = run_entries(run, scope)
    totals = sums(counts)
    actions = [action for action in Action if totals[action]]
    return RunPage(
        line=run_line(run, totals, scope),
        facts=[(str(label), value) for label, value in facts(run, scope) if value],
        reason=reason(run, scope),
        held=run.outcome == Outcome.HELD,
        asking=asking(run, scope),
        counts=count_rows(counts, actions),
        totals=count_row(_("Together"), totals, actions),
        entries=[entry_row(entry) for entry in entries[:CAP]],
        more=len(entries) > CAP,
        rows_left_out=rows_left_out(run),
        findings=[finding(found) for found in run.findings] if scope.all_schools else None,
        findings_note=findings_note(run),
        figures=figures(run) if scope.all_schools else (),
        all_schools=scope.all_schools,
        decides=scope.decides,
        deletes=deletes(totals),
    )


def run_entries(run: SyncRun, scope: Scope) -> list[SyncLogEntry] | list[LogRow]:
    """One more than is shown of what the run logged, or would log.

    What it would log is told to who sees all schools: a plan has no index by which to find the rows of some.
    """
    if run.outcome == Outcome.HELD:
        return planned_entries(run, CAP + 1) if scope.all_schools else []
    # In the order of an index, by school: they all carry the same time.
    return list(scope.entries().filter(run=run).order_by("home_school_id", "pk")[: CAP + 1])


def facts(run: SyncRun, scope: Scope) -> Iterator[tuple[Text, str]]:
    """What is known of a run, by label; a fact without a value is not shown."""
    line = run_line(run, {}, scope)
    yield _("Started"), line.started
    yield _("Finished"), moment(run.finished) if run.finished else ""
    yield _("Duration"), line.duration
    yield _("Started by"), who(run.started_by, run.started_by_name)
    yield _("Serving District"), line.district
    yield _("Source"), line.source
    yield _("Kind"), line.kind
    yield _("SHA-256"), run.source_hash
    yield _("Decided"), moment(run.decided_at) if run.decided_at else ""
    yield _("Decided by"), who(run.decided_by, run.decided_by_name)
    yield _("Note"), visible(run.note) if scope.all_schools else ""
    yield _("First run of"), visible(", ".join(initial_schools(run, scope)))


def initial_schools(run: SyncRun, scope: Scope) -> list[str]:
    """Serving schools that came for the first time; for readers of single schools, those that teach their students."""
    schools: list[str] = run.initial_schools
    if scope.all_schools or not schools:
        return schools
    found = scope.entries().filter(run=run, serving_school__in=schools)
    return sorted(found.order_by().values_list("serving_school", flat=True).distinct())


def sums(counts: Sequence[SyncRunCount]) -> Counts:
    return {action: sum(count.count for count in counts if count.action == action) for action in Action}


def count_rows(counts: Sequence[SyncRunCount], actions: Sequence[Action]) -> list[CountRow]:
    by_school = groupby(counts, key=lambda count: (count.home_school, count.home_school_id))
    return [count_row(visible(name), sums(list(found)), actions) for (name, _id), found in by_school]


def count_row(name: str, counts: Counts, actions: Sequence[Action]) -> CountRow:
    cells = [(str(action.label), counts[action]) for action in actions]
    # One action needs no sum beside it.
    cells += [(_("All"), sum(counts.values()))] if len(actions) > 1 else []
    return CountRow(name, [(label, f"{number:,}") for label, number in cells])


def entry_row(entry: SyncLogEntry | LogRow) -> EntryRow:
    return EntryRow(
        id=entry.pk if isinstance(entry, SyncLogEntry) else None,
        action=str(Action(entry.action).label),
        student=visible(student_name(entry)),
        section=visible(section_name(entry)),
        old_value=entry.old_value,
        new_value=entry.new_value,
        serving_school=visible(entry.serving_school),
        home_school=visible(entry.home_school),
    )


def finding(found: dict[str, Any]) -> Finding:
    """A finding as the reader of bundles keeps it."""
    severity, *place = (found.get(name) for name in ("severity", "file", "line", "column", "message"))
    cells = ("" if cell is None else visible(str(cell)) for cell in place)
    return Finding(str(SEVERITIES.get(str(severity), severity)), *cells)


def deletes(counts: Counts) -> str:
    """What is deleted, in the log's words: ``412 entries Deleted Roster, 3 entries Invalidated Section``.

    In entries: a section has one for each home school, so that their sum is no number of sections.
    """
    return ", ".join(_entries(action, counts[action]) for action in DELETING if counts[action])


def _entries(action: Action, count: int) -> str:
    text = ngettext("%(count)s entry %(action)s", "%(count)s entries %(action)s", count)
    return text % {"count": f"{count:,}", "action": action.label}


def findings_note(run: SyncRun) -> str:
    """How many there are of each severity, and how many of them are listed."""
    parts = [f"{SEVERITIES.get(severity, severity)}: {count:,}" for severity, count in run.finding_counts.items()]
    listed, total = len(run.findings), findings_total(run)
    if listed < total:
        parts.append(_("%(listed)s of %(total)s listed") % {"listed": f"{listed:,}", "total": f"{total:,}"})
    return "; ".join(parts)


def figures(run: SyncRun) -> list[tuple[str, str]]:
    """What was read and passed over, as the run keeps it: each by a name in words."""
    return [(visible(name).capitalize(), f"{number:,}") for name, number in run.figures.items()]
