"""What the command says about an import: the same facts for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from .run import Imported

APPLIED, UNCHANGED, FAILED, REFUSED = "applied", "unchanged", "failed", "refused"


def outcome(imported: Imported) -> str:
    if imported.error:
        return FAILED
    if imported.reasons:
        return REFUSED
    return UNCHANGED if imported.is_empty else APPLIED


def summary(imported: Imported) -> dict[str, Any]:
    """An import as JSON takes it. Where it is not applied the counts say what it would have done."""
    return {
        "outcome": outcome(imported),
        "reason": str(imported.error or " ".join(imported.reasons)),
        "source": imported.source.encode(errors="replace").decode(),
        "sha256": imported.digest,
        "kind": str(imported.kind),
        **counts(imported),
        "findings": {name: count for name, count in imported.findings.counts.items() if count},
        "listed": imported.findings.listed(),
    }


def counts(imported: Imported) -> dict[str, dict[str, int]]:
    schools, calendars, students, roll = imported.schools, imported.calendars, imported.students, imported.roll
    if not (schools and calendars and students and roll):
        return {}
    return {
        "schools": {"found": len(schools.found) - len(schools.new), "new": len(schools.new)},
        "calendars": {"new": len(calendars.new), "changed": len(calendars.changed)},
        "students": {
            "new": len(students.new),
            "changed": len(students.changed) - students.returned,
            "returned": students.returned,
            "left": len(students.left),
            "unchanged": students.unchanged,
            "left out": len(roll.faulty) + roll.nameless,
            "not students": roll.others,
        },
    }


def told(found: dict[str, Any]) -> Iterator[str]:
    """A summary in lines for people."""
    yield found["outcome"]
    if found["reason"]:
        yield found["reason"]
    if found["outcome"] == REFUSED:
        yield _("Nothing was changed. If it is right, start it again with --confirm.")
    for name in ("schools", "calendars", "students"):
        if name in found:
            yield f"  {name}: {', '.join(f'{count} {what}' for what, count in found[name].items())}"
    for name, count in found["findings"].items():
        yield f"  {name}: {count}"
    for finding in found["listed"]:
        place = [finding["file"], finding["line"] and _("line %d") % finding["line"], finding["column"]]
        yield f"    {finding['severity']}: {', '.join(filter(None, place))}: {finding['message']}"
