"""What the log knows of one person or group by its id: its names with their times, and when it acted first and last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib.auth import get_user_model

from ..areas import Area, area_named, area_of, is_concerned, own_key, subject_key
from ..models import Action, AuditLogEntry, AuditLogEntrySubject
from ..rows import present
from ..texts import visible

#: How many of its entries are looked through for its names.
MOST = 5000

OWN_ENTRIES = """
SELECT e.id, e.timestamp, e.action, e.affected_object
FROM (SELECT n.entry_id, n.timestamp FROM "AuditLogEntrySubject" AS n WHERE n.subject = %s
    ORDER BY n.timestamp DESC, n.entry_id DESC LIMIT %s) AS newest
JOIN "AuditLogEntry" AS e ON e.id = newest.entry_id
ORDER BY e.timestamp, e.id
"""


@dataclass(frozen=True)
class Name:
    """A name that a record had. ``since`` is the first entry that knows it by that name, ``until`` the one with which
    another name, or the end, came; none as long as it has it.

    ``began``: with ``since`` it came to that name. Else it may have had it before, when that was not recorded.
    """

    name: str
    since: AuditLogEntry
    until: AuditLogEntry | None
    began: bool


@dataclass(frozen=True)
class Record:
    """A person or a group. ``now`` is what it is called today, None where there is no such record any more."""

    area: Area
    id: int
    now: str | None
    names: list[Name]
    #: The newest and the oldest entry that it made itself; none for what cannot act, and for who did nothing.
    last: AuditLogEntry | None = None
    first: AuditLogEntry | None = None

    @property
    def subject(self) -> str:
        return subject_key(self.area.name, self.id)

    @property
    def acts(self) -> bool:
        """Whether it is an account, which makes entries itself."""
        return acts(self.area)

    @property
    def called(self) -> str:
        """What it is called today, or was called last; its id where nothing is known but that."""
        known = [self.now, *(name.name for name in self.names[-1:]), self.last.changed_by if self.last else None]
        return visible(next(filter(None, known), str(self.id)))


def described(name: str) -> Area | None:
    """The area of this name where its records have a page; else None."""
    found = area_named(name)
    return found if found and is_described(found) else None


def is_described(area: Area) -> bool:
    """Whether an area is one of people or groups, whom entries of other areas concern too."""
    return is_concerned(area.name)


def acts(area: Area) -> bool:
    return area is area_of(get_user_model())


def record_of(area: Area, pk: int, using: str = "default") -> Record | None:
    """The record with this id; None where there is none today and the log knows of none. At most five statements."""
    row = present(area, {"pk": pk}, using)
    names = list(_names(_own_entries(area, pk, using)))
    last = newest_by(pk, using) if acts(area) else None
    first = _by(pk, using).order_by("timestamp", "id").first() if last else None
    if row is None and not names and last is None and not _concerned(area, pk, using):
        return None
    return Record(area, pk, ", ".join(area.object_names(row)) if row else None, names, last, first)


def newest_by(pk: int, using: str = "default") -> AuditLogEntry | None:
    """The newest entry that an account made."""
    found: AuditLogEntry | None = _by(pk, using).order_by("-timestamp", "-id").first()
    return found


def _by(pk: int, using: str) -> Any:
    return AuditLogEntry.objects.using(using).filter(changed_by_id=pk)


def _concerned(area: Area, pk: int, using: str) -> bool:
    """Whether an entry of another area is about it; it may have come and gone while nothing was recorded."""
    return AuditLogEntrySubject.objects.using(using).filter(subject=subject_key(area.name, pk)).exists()


def _own_entries(area: Area, pk: int, using: str) -> list[AuditLogEntry]:
    """The entries of the record itself, oldest first."""
    found = AuditLogEntry.objects.using(using).raw(OWN_ENTRIES, [own_key(subject_key(area.name, pk)), MOST])
    return list(found)


def _names(entries: Iterable[AuditLogEntry]) -> Iterator[Name]:
    """The names one after the other. An entry names the record as it was after a change, and before it was deleted."""
    runs = [list(run) for _name, run in groupby(entries, key=lambda entry: entry.affected_object)]
    for number, run in enumerate(runs):
        after = runs[number + 1][0] if number + 1 < len(runs) else None
        gone = run[-1] if run[-1].action == Action.DELETE else None
        began = number > 0 or run[0].action == Action.ADD
        yield Name(visible(run[0].affected_object), run[0], gone or after, began)
