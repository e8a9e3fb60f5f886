"""The entries that were made together with an entry: by the same click, command or transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..lines import Line, lines
from ..models import AuditLogEntry

#: How many entries are shown at most, and how many of them stand before the one that is read.
MOST, MOST_BEFORE = 50, 25


@dataclass(frozen=True)
class Together:
    """Entries of one change set in their order; ``earlier`` and ``later`` say that there are more at that end."""

    lines: Sequence[Line]
    earlier: bool
    later: bool


def together(entry: AuditLogEntry, using: str) -> Together | None:
    """The entries made together with this one, with it in its place; None where it was made alone. Three statements."""
    others = AuditLogEntry.objects.using(using).filter(change_set=entry.change_set)
    before = list(others.filter(pk__lt=entry.pk).order_by("-pk")[: MOST_BEFORE + 1])
    shown = before[:MOST_BEFORE][::-1]
    room = MOST - len(shown) - 1
    after = list(others.filter(pk__gt=entry.pk).order_by("pk")[: room + 1])
    if not before and not after:
        return None
    return Together(lines([*shown, entry, *after[:room]], using), len(before) > MOST_BEFORE, len(after) > room)
