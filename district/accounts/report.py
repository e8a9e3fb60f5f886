"""What an import did, or would do, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from auditlog.diff import as_text

from .file import Fault
from .plan import Step

#: Faults that are listed; the rest is counted.
MOST_FAULTS = 100


def table(steps: Sequence[Step]) -> Iterator[str]:
    """One row for each account that changes: line, user name, what happens."""
    rows = [(str(step.line), step.account.username, "; ".join(happenings(step))) for step in steps if not step.empty]
    if not rows:
        return
    head = (_("Line"), _("User name"), _("What happens"))
    widths = [max(len(row[column]) for row in (head, *rows)) for column in (0, 1)]
    for line, name, what in (head, *rows):
        yield f"{line:>{widths[0]}}  {name:<{widths[1]}}  {what}"


def happenings(step: Step) -> Iterator[str]:
    if step.new:
        yield _("new account")
    for name, (old, new) in step.changes.items():
        yield f"{name}: {new_value(new)}" if step.new else f"{name}: {new_value(old)} -> {new_value(new)}"
    if step.joins:
        yield _("joins %s") % ", ".join(group.name for group in step.joins)
    if step.leaves:
        yield _("leaves %s") % ", ".join(group.name for group in step.leaves)


def new_value(value: Any) -> str:
    return as_text(value) or _("nothing")


def totals(steps: Sequence[Step]) -> str:
    counts = {
        "new": sum(step.new for step in steps),
        "changed": sum(bool(step.changes) and not step.new for step in steps),
        "joins": sum(len(step.joins) for step in steps),
        "leaves": sum(len(step.leaves) for step in steps),
        "same": sum(step.empty for step in steps),
    }
    return (
        _(
            "%(new)d new accounts, %(changed)d changed, %(joins)d memberships added, %(leaves)d taken away, "
            "%(same)d lines as they are."
        )
        % counts
    )


def faults_in_words(faults: Sequence[Fault]) -> Iterable[str]:
    yield _("Nothing was imported. Correct these lines and import the file again:")
    yield from map(str, faults[:MOST_FAULTS])
    if len(faults) > MOST_FAULTS:
        yield _("... and %d more.") % (len(faults) - MOST_FAULTS)
