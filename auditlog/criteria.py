"""What of the Audit Log is asked for: the same for the list, the detail and the export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

#: Up to how many values of a criterion are worth a walk along an index each; more are sure to be frequent.
FEW = 1000


@dataclass(frozen=True)
class Part:
    """One part of a searched object: its folded text, and the folded names in the log that contain it."""

    text: str
    names: tuple[str, ...]

    @property
    def rare(self) -> bool:
        return len(self.names) <= FEW


@dataclass(frozen=True)
class Criteria:
    """Conditions that entries must meet, all of them. None is no condition; nothing listed, nothing matches.

    ``start`` is inclusive, ``end`` is not. ``changed_by`` lists exact values. ``parts``: an entry has, for each
    of them, one name that contains it.
    """

    start: datetime | None = None
    end: datetime | None = None
    tables: tuple[str, ...] | None = None
    actions: tuple[str, ...] | None = None
    changed_by: tuple[str, ...] | None = None
    parts: tuple[Part, ...] = ()

    @property
    def impossible(self) -> bool:
        """Whether a condition lists nothing, so that nothing can match."""
        return () in (self.tables, self.actions, self.changed_by, *(part.names for part in self.parts))


def start_of_day(day: date) -> datetime | None:
    """The moment a day begins in the district's time zone; None past the ends of the calendar."""
    try:
        return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone()).astimezone(UTC)
    except OverflowError:
        return None


def end_of_day(day: date) -> datetime | None:
    """The moment the next day begins."""
    try:
        return start_of_day(day + timedelta(days=1))
    except OverflowError:
        return None
