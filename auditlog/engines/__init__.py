"""What differs between the database engines in recording: one module per engine, the same functions in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper

from . import postgresql, sqlite

#: Taking something back is marked within this time.
TAKEN_BACK_WITHIN = timedelta(hours=24)

ENGINES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}


#: What would be taken back: (entry, subject, action, and of a change the property, the value that it would go back to,
#: and this value folded, by which it is sought before the record's entries are gone through).
Undoing = tuple[int, str, str, str | None, str | None, str | None]


@dataclass(frozen=True)
class Reached:
    """Groups whose people are kept beside a change set, each once: (subject, id).

    ``people`` is SQL as ``areas.Affected`` has it.
    """

    people: str
    change_set: UUID
    timestamp: datetime
    groups: Sequence[tuple[str, int]]


@dataclass
class Batch:
    """The log rows of one ORM call, ready to be written.

    The children begin with the position of their entry in ``entries``, counted from 0.
    ``entries``: (action, affected_object, object_id). ``descriptions``: (entry, position, name, value).
    ``details``: (entry, position, property_name, existing_value, new_value, existing_name, new_name, masked).
    ``names``: (entry, folded). ``subjects``: (entry, subject).
    ``properties``: (entry, property_name, existing, new), the values folded and never absent.

    ``marks``: (entry, mark), those that are decided. Two more are decided by the engine while it writes, for they
    depend on what the log holds: the entry with which its change set reaches ``many`` entries (None: whether and with
    which is known), and those of ``undoing`` that take back what an entry of the day before did.

    ``reached``: the groups that the entries are about, whose people are kept where they are not yet.
    """

    timestamp: datetime
    table: str
    changed_by: str
    changed_by_name: str
    changed_by_id: int | None
    change_set: UUID
    channel: str
    address: str
    entries: list[tuple[str, str, int]] = field(default_factory=list)
    descriptions: list[tuple[int, int, str, str]] = field(default_factory=list)
    details: list[tuple[Any, ...]] = field(default_factory=list)
    names: list[tuple[int, str]] = field(default_factory=list)
    subjects: list[tuple[int, str]] = field(default_factory=list)
    properties: list[tuple[int, str, str, str]] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)
    many: int | None = None
    undoing: list[Undoing] = field(default_factory=list)
    reached: list[Reached] = field(default_factory=list)

    #: Of a subject with more entries in a day, so many of the newest are looked at.
    MOST_LOOKED_AT: ClassVar = 1000

    @property
    def since(self) -> datetime:
        """What happened before this time is not taken back any more, but changed."""
        return self.timestamp - TAKEN_BACK_WITHIN


def engine_of(connection: BaseDatabaseWrapper) -> Any:
    """The module for a connection's engine: ``write``, ``keep``, the lists, the locks and the trigger functions."""
    try:
        return ENGINES[connection.vendor]
    except KeyError:
        raise ImproperlyConfigured(
            f"DATABASE_URL: {connection.vendor} is not supported, use SQLite or PostgreSQL."
        ) from None


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows turned into columns; ``width`` empty columns for no rows."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
