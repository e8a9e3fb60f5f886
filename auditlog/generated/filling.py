"""Writing an invented history straight into the log tables, in chunks."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from random import Random
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from ..areas import own_key, subject_key
from ..engines import engine_of
from ..models import (
    AppendOnlyModel,
    AuditLogEntry,
    AuditLogEntryDescription,
    AuditLogEntryDetail,
    AuditLogEntryMark,
    AuditLogEntryName,
    AuditLogEntryProperty,
    AuditLogEntrySubject,
    Mark,
)
from ..search import fold_name, fold_value
from .calendar import Days, evening
from .happenings import ADD, HAPPENINGS, Happening
from .names import District, Named
from .standing import Standing

CHANNEL = "generated"
#: Channels whose entries are nobody's work: installing, the demo district, and what is made here.
NOBODYS = ("install", "demo", CHANNEL)
CHUNK = 10_000
#: What one can give to oneself.
GIVEN = ("UserGroupMember", "UserToolRights", "UserSchoolYearRights")
#: So many entries of one click are marked as many.
MANY = 25

#: An entry to be, with its time, who clicked, the change set and its marks.
Told = tuple[Happening, datetime.datetime, Named, uuid.UUID, tuple[Mark, ...]]
#: The same with its id, and its time as the database takes it.
Numbered = tuple[int, str, Told]
Row = tuple[Any, ...]


class RealEntriesError(Exception):
    """The log holds entries about real work: an invented history would falsify it."""


def refuse_real_entries(using: str) -> None:
    if AuditLogEntry.objects.using(using).exclude(channel__in=NOBODYS).exists():
        raise RealEntriesError


def fill(entries: int, seed: int, progress: Callable[[int, int], None], using: str = "default") -> None:
    """Add so many invented entries; RealEntriesError where the log holds real ones.

    A chunk is a transaction: what is there when it is broken off is whole entries.
    """
    refuse_real_entries(using)
    connection = connections[using]
    story, done = tell(entries, seed, datetime.datetime.now(datetime.UTC).date()), 0
    while chunk := list(islice(story, CHUNK)):
        with transaction.atomic(using=using):
            write(connection, chunk)
        done += len(chunk)
        progress(done, entries)
    engine_of(connection).refresh_statistics(connection, [model._meta.db_table for model in COLUMNS])


def tell(entries: int, seed: int, end: datetime.date) -> Iterator[Told]:
    """An invented history of so many entries, oldest first."""
    random, district, days = Random(seed), District(seed), Days(end)  # noqa: S311 (invented, no secret)
    kinds, weights, standing = list(HAPPENINGS), list(HAPPENINGS.values()), Standing()
    told = 0
    while told < entries:
        (happen,) = random.choices(kinds, weights)
        at, who = days.at(told / entries), district.administrator(random)
        change_set = uuid.UUID(int=random.getrandbits(128), version=4)
        standing.day = at.toordinal()
        for number, happening in enumerate(islice(happen(district, standing, random), entries - told), 1):
            yield happening, at, who, change_set, tuple(_marks(happening, at, who, number))
            told += 1


def _marks(happening: Happening, at: datetime.datetime, who: Named, number: int) -> Iterator[Mark]:
    """The marks of an entry: those of what happened, and those of who did it, when, and as which of a click."""
    yield from happening.marks
    if (
        happening.action == ADD
        and happening.table in GIVEN
        and subject_key("UserAccount", who.id) in happening.subjects
    ):
        yield Mark.OWN
    if evening(at):
        yield Mark.HOURS
    if number == MANY:
        yield Mark.MANY


COLUMNS: dict[type[AppendOnlyModel], tuple[str, ...]] = {
    AuditLogEntry: (
        "id",
        "timestamp",
        "table",
        "action",
        "affected_object",
        "changed_by",
        "changed_by_name",
        "changed_by_id",
        "object_id",
        "change_set",
        "channel",
        "address",
    ),
    AuditLogEntryDescription: ("entry_id", "position", "name", "value"),
    AuditLogEntryDetail: (
        "entry_id",
        "position",
        "property_name",
        "existing_value",
        "new_value",
        "existing_name",
        "new_name",
        "masked",
    ),
    AuditLogEntryName: ("entry_id", "folded", "timestamp"),
    AuditLogEntrySubject: ("entry_id", "subject", "timestamp"),
    AuditLogEntryProperty: ("entry_id", "property_name", "existing", "new", "timestamp"),
    AuditLogEntryMark: ("entry_id", "mark", "timestamp"),
}


def write(connection: BaseDatabaseWrapper, chunk: list[Told]) -> None:
    """Write the rows of a chunk, one bulk insert per log table."""
    engine, adapt = engine_of(connection), connection.ops.adapt_datetimefield_value
    stored = {at: str(adapt(at)) for at in {told[1] for told in chunk}}
    ids = engine.draw_ids(connection, AuditLogEntry._meta.db_table, len(chunk))
    numbered = [(pk, stored[told[1]], told) for pk, told in zip(ids, chunk, strict=True)]
    for model, make in MAKERS.items():
        engine.insert_rows(connection, model._meta.db_table, COLUMNS[model], make(numbered))


def _entries(numbered: list[Numbered]) -> list[Row]:
    return [
        (
            pk,
            at,
            it.table,
            it.action,
            ", ".join(it.names),
            who.name,
            who.person,
            who.id,
            it.object_id,
            change_set.hex,
            CHANNEL,
            f"10.20.{who.id % 7}.{who.id % 250}",
        )
        for pk, at, (it, _when, who, change_set, _marks) in numbered
    ]


def _descriptions(numbered: list[Numbered]) -> list[Row]:
    return [(pk, position, *line) for pk, _at, told in numbered for position, line in enumerate(told[0].lines)]


def _details(numbered: list[Numbered]) -> list[Row]:
    return [(pk, position, *line) for pk, _at, told in numbered for position, line in enumerate(told[0].properties)]


def _names(numbered: list[Numbered]) -> list[Row]:
    folded: dict[str, str] = {}
    rows = []
    for pk, at, (it, *_click) in numbered:
        for name in (*it.names, *it.was):
            if name not in folded:
                folded[name] = fold_name(name)
        rows += [(pk, name, at) for name in dict.fromkeys(map(folded.__getitem__, (*it.names, *it.was)))]
    return rows


def _subjects(numbered: list[Numbered]) -> list[Row]:
    return [(pk, subject, at) for pk, at, (it, *_click) in numbered for subject in _all_subjects(it.subjects)]


def _all_subjects(subjects: tuple[str, ...]) -> Iterable[str]:
    """With the key that only the record's own entries have."""
    return dict.fromkeys((subjects[0], own_key(subjects[0]), *subjects[1:]))


def _properties(numbered: list[Numbered]) -> list[Row]:
    return [
        (pk, name, fold_value(old), fold_value(new), at)
        for pk, at, told in numbered
        for name, old, new, *_more in told[0].properties
    ]


def _marked(numbered: list[Numbered]) -> list[Row]:
    return [(pk, mark.value, at) for pk, at, told in numbered for mark in told[4]]


MAKERS: dict[type[AppendOnlyModel], Callable[[list[Numbered]], list[Row]]] = {
    AuditLogEntry: _entries,
    AuditLogEntryDescription: _descriptions,
    AuditLogEntryDetail: _details,
    AuditLogEntryName: _names,
    AuditLogEntrySubject: _subjects,
    AuditLogEntryProperty: _properties,
    AuditLogEntryMark: _marked,
}
