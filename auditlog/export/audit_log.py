"""The Audit Log's sheet (contract: Excel files): one row per property."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connections, router
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..engines import engine_of
from ..models import Action, AuditLogEntry, AuditLogEntryDescription, AuditLogEntryDetail, AuditLogEntryMark, Mark
from .export import EntriesGone, Log
from .workbook import Column

ENTRY = (
    "pk",
    "timestamp",
    "table",
    "action",
    "affected_object",
    "changed_by",
    "change_set",
    "channel",
    "address",
    "changed_by_name",
)

#: Property, existing value, new value of an entry that has no values.
NO_VALUES = (None, None, None)


class AuditLog(Log):
    title = "Audit Log"
    file_name = "audit-log"
    columns = (
        Column("Timestamp", 20),
        Column("UTC Offset", 11),
        Column("Table", 26),
        Column("Action", 9),
        Column("Affected Object", 44),
        Column("Changed By", 20),
        Column("Description", 60),
        Column("Property Name", 22),
        Column("Existing Value", 26),
        Column("New Value", 26),
        Column("Entry", 10),
        Column("Change Set", 38),
        Column("Channel", 11),
        Column("Address", 16),
    )

    further = (Column("Changed By Name", 26), Column("Marks", 40))

    def rows(self, ids: Sequence[int]) -> Iterator[Sequence[object]]:
        for _entry, rows in _read(ids):
            yield from rows

    def full_rows(self, ids: Sequence[int]) -> Iterator[Sequence[object]]:
        marks = _marks(ids)
        for (pk, *_rest, name), rows in _read(ids):
            for row in rows:
                yield *row, name or None, marks.get(pk)


def _read(ids: Sequence[int]) -> Iterator[tuple[tuple[Any, ...], Iterator[Sequence[object]]]]:
    """Each entry with its rows."""
    entries = {entry[0]: entry for entry in _of(AuditLogEntry, "pk", ids).values_list(*ENTRY)}
    if len(entries) < len(ids):
        raise EntriesGone(f"{len(ids) - len(entries)} entries of the Audit Log went away during an export.")
    descriptions = _descriptions(ids)
    values = _values(ids)
    for pk in ids:
        yield entries[pk], _rows(entries[pk], descriptions.get(pk, ""), values.get(pk, [NO_VALUES]))


def _rows(entry: tuple[Any, ...], description: str, values: list[tuple[str | None, ...]]) -> Iterator[Sequence[object]]:
    pk, timestamp, table, action, affected_object, changed_by, change_set, channel, address, _name = entry
    when = timestamp.astimezone(timezone.get_default_timezone())
    # Excel rounds what it does not show: without the fraction it shows the same second as the page.
    at = when.replace(tzinfo=None, microsecond=0)
    before = (at, when.strftime("%z"), table, action, affected_object, changed_by, description)
    after = (str(pk), str(change_set), channel, address)
    for name, existing, new in values:
        yield *before, name, existing, new, *after


def _of(model: type[Model], column: str, ids: Sequence[int]) -> QuerySet[Any]:
    """The rows of these entries, in no order, in one statement with one parameter."""
    wanted = engine_of(connections[router.db_for_read(model)]).id_list(ids)
    rows: QuerySet[Any] = model._default_manager.filter(**{f"{column}__in": wanted}).order_by()
    return rows


def _descriptions(ids: Sequence[int]) -> dict[int, str]:
    """The description of each entry on one line: ``User name: jdoe; Tool name: Behavior``."""
    lines = defaultdict(list)
    found = _of(AuditLogEntryDescription, "entry", ids).order_by("entry_id", "position")
    for pk, name, value in found.values_list("entry_id", "name", "value"):
        lines[pk].append(f"{name}: {value}")
    return {pk: "; ".join(parts) for pk, parts in lines.items()}


def _marks(ids: Sequence[int]) -> dict[int, str]:
    """The marks of each entry that has any, in words and in their order: ``Security tools; Outside working hours``."""
    marks = defaultdict(set)
    for pk, mark in _of(AuditLogEntryMark, "entry", ids).values_list("entry_id", "mark"):
        marks[pk].add(mark)
    return {pk: "; ".join(str(mark.label) for mark in Mark if mark in some) for pk, some in marks.items()}


def _values(ids: Sequence[int]) -> dict[int, list[tuple[str | None, ...]]]:
    """(property, existing value, new value) of each entry, as stored; a secret's values read "not shown"."""
    values: dict[int, list[tuple[str | None, ...]]] = defaultdict(list)
    found = _of(AuditLogEntryDetail, "entry", ids).order_by("entry_id", "position")
    columns = ("entry_id", "entry__action", "property_name", "existing_value", "new_value", "masked")
    for pk, action, name, existing, new, masked in found.values_list(*columns):
        if masked:
            existing = None if action == Action.ADD else _("not shown")
            new = None if action == Action.DELETE else _("not shown")
        values[pk].append((name, existing, new))
    return values
