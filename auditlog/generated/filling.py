"""Writing an invented history straight into the log tables, in chunks."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from ..engines import engine_of
from ..models import (
    AppendOnlyModel,
    AuditLogEntry,
    AuditLogEntryDescription,
    AuditLogEntryDetail,
    AuditLogEntryName,
)
from ..search import fold_name
from .calendar import Days
from .happenings import HAPPENINGS, Happening
from .names import District, Named

CHANNEL = "generated"
#: Channels whose entries are nobody's work: installing, the demo district, and what is made here.
NOBODYS = ("install", "demo", CHANNEL)
CHUNK = 10_000

#: An entry to be, with its time, who clicked and the change set.
Told = tuple[Happening, datetime.datetime, Named, uuid.UUID]
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
    kinds, weights = list(HAPPENINGS), list(HAPPENINGS.values())
    told = 0
    while told < entries:
        (happen,) = random.choices(kinds, weights)
        click = (
            days.at(told / entries),
            district.administrator(random),
            uuid.UUID(int=random.getrandbits(128), version=4),
        )
        for happening in islice(happen(district, random), entries - told):
            yield happening, *click
            told += 1


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
}


def write(connection: BaseDatabaseWrapper, chunk: list[Told]) -> None:
    """Write the rows of a chunk, one bulk insert per log table."""
    engine, adapt = engine_of(connection), connection.ops.adapt_datetimefield_value
    stored = {at: str(adapt(at)) for at in {told[1] for told in chunk}}
    ids = engine.draw_ids(connection, AuditLogEntry._meta.db_table, len(chunk))
    numbered = [(pk, stored[told[1]], told) for pk, told in zip(ids, chunk, strict=True)]
    makers: tuple[Callable[[list[Numbered]], list[Row]], ...] = (_entries, _descriptions, _details, _names)
    for (model, columns), rows in zip(COLUMNS.items(), makers, strict=True):
        engine.insert_rows(connection, model._meta.db_table, columns, rows(numbered))


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
        for pk, at, (it, _when, who, change_set) in numbered
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
