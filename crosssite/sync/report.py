"""What the command says about a run: the same facts for people and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from ..models import Action, SyncRun
from .run import Preview


def run_summary(run: SyncRun) -> dict[str, Any]:
    """A run as JSON takes it."""
    counts: Counter[str] = Counter()
    for action, count in run.counts.values_list("action", "count"):
        counts[action] += count
    return {
        "run": run.pk,
        "outcome": run.outcome,
        "kind": run.kind,
        "district": run.district.name if run.district else None,
        "source": run.source_name,
        "sha256": run.source_hash,
        "reason": run.reason,
        "actions": _actions(counts),
        "initial_schools": run.initial_schools,
        "findings": run.finding_counts,
        "listed": run.findings,
        "figures": run.figures,
        "seconds": round(run.duration.total_seconds(), 3) if run.duration else None,
    }


def preview_summary(found: Preview) -> dict[str, Any]:
    """What a run would do, as JSON takes it."""
    counts: Counter[str] = Counter()
    for (_school, _name, action), count in found.counts.items():
        counts[action] += count
    return {
        "run": None,
        "outcome": "would be held" if found.reasons else "would be applied" if counts else "would change nothing",
        "kind": found.kind,
        "district": found.district.name if found.district else None,
        "sha256": found.source_hash,
        "reason": " ".join(found.reasons),
        "actions": _actions(counts),
        "findings": {name: count for name, count in found.findings.counts.items() if count},
        "listed": found.findings.listed(),
        "figures": found.figures,
        "entries": [row._asdict() for row in found.entries],
    }


def _actions(counts: Counter[str]) -> dict[str, int]:
    return {str(action): counts[str(action)] for action in Action.values}


def told(summary: dict[str, Any]) -> Iterator[str]:
    """A summary in lines for people."""
    run = f"{_('Run')} {summary['run']}: " if summary.get("run") else ""
    yield f"{run}{summary['outcome']}"
    for label, name in ((_("Serving district"), "district"), (_("Bundle"), "source")):
        if summary.get(name):
            yield f"{label}: {summary[name]}"
    yield from filter(None, (summary["reason"], _what_next(summary)))
    yield from _counts(summary)
    for finding in summary.get("listed", ()):
        # What stopped the run stands above as its reason.
        if finding["severity"] != "fatal":
            yield f"    {_finding(finding)}"


def _what_next(summary: dict[str, Any]) -> str:
    if summary["outcome"] != SyncRun.Outcome.HELD:
        return ""
    words = _("Look at it under /sync-runs/%(run)d/, and decide there, or with --confirm %(run)d or --discard %(run)d.")
    return words % {"run": summary["run"]}


def _counts(summary: dict[str, Any]) -> Iterator[str]:
    if summary["outcome"] != SyncRun.Outcome.FAILED:
        for action, count in summary.get("actions", {}).items():
            yield f"  {action}: {count}"
    for row in summary.get("entries", ()):
        yield f"    {_entry(row)}"
    for name, count in {**summary.get("findings", {}), **summary.get("figures", {})}.items():
        yield f"  {name}: {count}"


def _entry(row: dict[str, Any]) -> str:
    """An entry on one line, as it would stand in the log."""
    shown = ("action", "student_number", "student_name", "course_number", "section_number", "old_value", "new_value")
    return " | ".join(row[name] for name in shown if row[name])


def _finding(finding: dict[str, Any]) -> str:
    place = [finding["file"], finding["line"] and _("line %d") % finding["line"], finding["column"]]
    return f"{finding['severity']}: {', '.join(filter(None, place))}: {finding['message']}"
