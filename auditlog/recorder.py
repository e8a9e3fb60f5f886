"""Turning what happened to rows into log entries: receivers and querysets both only call this."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.utils import timezone

from . import rows as rows_of
from .areas import Area, Row, area_of
from .context import current_actor, current_work, process_actor, silent_columns
from .diff import as_text, changed
from .engines import Batch, engine_of
from .rows import Snapshot
from .search import fold_name

Pair = tuple[Row | None, Row | None]


class AuditNotAtomic(RuntimeError):
    """A write to an audited record outside of a transaction: its entry could be lost. Nothing was written."""


def require_transaction(using: str) -> None:
    if not connections[using].in_atomic_block:
        raise AuditNotAtomic("Audited records are written inside transaction.atomic(), together with their entries.")


def record(area: Area, pairs: Iterable[Pair], using: str) -> None:
    """Write the entries for rows that went from one state to another.

    A pair is (before, after): no before is an add, no after a delete. Pairs without a difference leave nothing.
    """
    pairs = list(_as_changes(area, pairs))
    if not pairs:
        return
    require_transaction(using)
    # A row that is gone was named when it was read; the others are named now, in one go.
    rows_of.name_references(area, (row for pair in pairs for row in pair if row and not row.names), using)
    batch = _empty_batch(area, using)
    for before, after in pairs:
        _add_entry(batch, area, before, after)
    engine_of(connections[using]).write(connections[using], batch)


def _as_changes(area: Area, pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Drop what is no difference, and say it in the area's own terms."""
    silent = silent_columns()
    watched = [name for name in area.watched if not silent or area.column(name) not in silent]
    for before, after in pairs:
        if area.absent is not None:
            before = before or (area.absent(after) if after else None)
            after = after or (area.absent(before) if before else None)
        if before is None or after is None:
            if before or after:
                yield before, after
        elif changed(before.values, after.values, watched):
            if area.moves:
                yield before, None
                yield None, after
            else:
                yield before, after


def _empty_batch(area: Area, using: str) -> Batch:
    actor, work = current_actor(), current_work()
    return Batch(
        timestamp=(work.at if work else None) or timezone.now(),
        table=area.name,
        changed_by=actor.name[:255] or process_actor().name,
        changed_by_name=actor.person[:320],
        changed_by_id=actor.user_id,
        change_set=work.change_set if work else transaction_id(connections[using]),
        channel=work.channel if work else "shell",
        address=work.address[:64] if work else "",
    )


def _add_entry(batch: Batch, area: Area, before: Row | None, after: Row | None) -> None:
    shown = after or before
    assert shown is not None
    number = len(batch.entries)
    action = "change" if before and after else "add" if after else "delete"
    parts = list(area.object_names(shown))
    batch.entries.append((action, ", ".join(parts), shown.pk))
    for position, (name, value) in enumerate(area.description(shown)):
        batch.descriptions.append((number, position, name, value))
    found_by = parts + list(area.object_names(before)) if before and after else parts
    batch.names.extend((number, folded) for folded in dict.fromkeys(map(fold_name, found_by)))
    for position, detail in enumerate(_details(area, before, after)):
        batch.details.append((number, position, *detail))


def _details(area: Area, before: Row | None, after: Row | None) -> Iterator[tuple[Any, ...]]:
    """(property name, existing value, new value, existing name, new name, masked) of what is worth a line."""
    for name in _worth_a_line(area, before, after):
        if name in area.masked:
            yield area.column(name), None, None, None, None, True
            continue
        old, new = (as_text(row.values[name]) if row else None for row in (before, after))
        old_name, new_name = (row.names.get(name) if row else None for row in (before, after))
        yield area.column(name), old, new, old_name, new_name, False


def _worth_a_line(area: Area, before: Row | None, after: Row | None) -> list[str]:
    if before and after:
        return changed(before.values, after.values, area.watched)
    row = before or after
    assert row is not None
    return [name for name in area.watched if row.values[name] is not None]


def transaction_id(connection: BaseDatabaseWrapper) -> uuid.UUID:
    """The change set of work that nobody announced: one for each outermost transaction.

    It rides on the transaction's own list of things to do after the commit, so that it ends with it, and with
    the savepoint in which it began.
    """
    for _savepoints, function, *_robust in connection.run_on_commit:  # type: ignore[var-annotated]
        if isinstance(function, _TransactionMark):
            return function.change_set
    mark = _TransactionMark()
    transaction.on_commit(mark, using=connection.alias)
    return mark.change_set


class _TransactionMark:
    """Carries a change set on a transaction; there is nothing to do after the commit."""

    def __init__(self) -> None:
        self.change_set = uuid.uuid4()

    def __call__(self) -> None:
        return None


# --- single objects: what the signal receivers call ----------------------------------------------------------


def before_save(area: Area, instance: Model, using: str) -> None:
    """Read and lock what the database holds of a row that is about to be saved."""
    require_transaction(using)
    found = Snapshot({}, True)
    if instance.pk is not None:
        found = rows_of.read(area, type(instance)._base_manager.using(using).filter(pk=instance.pk), lock=True)
    instance._audit_before = found  # type: ignore[attr-defined]


def after_save(area: Area, instance: Model, using: str) -> None:
    """Compare what the database holds now with what it held, and record the difference."""
    before: Snapshot = instance.__dict__.pop("_audit_before", Snapshot({}, True))
    if not before.recorded:
        return
    after = rows_of.read(area, type(instance)._base_manager.using(using).filter(pk=instance.pk))
    record(area, [(before.rows.get(instance.pk), row) for row in after.rows.values()], using)


# --- deletion: all rows that go in one call -------------------------------------------------------------------


@dataclass
class Deletion:
    """The audited rows that one delete call takes with it, as they were, and those that are gone already."""

    found: dict[tuple[Area, Any], Row]
    gone: list[tuple[Area, Row]] = field(default_factory=list)


_deletion: ContextVar[Deletion | None] = ContextVar("auditlog_deletion", default=None)


@contextmanager
def deleting(instances: Mapping[type[Model], Iterable[Model]], using: str) -> Iterator[None]:
    """Within, deletions are gathered, and recorded together at the end in a fixed number of statements."""
    deletion = Deletion(_rows_to_delete(instances, using))
    token = _deletion.set(deletion)
    try:
        yield
    finally:
        _deletion.reset(token)
    for area, gone in groupby(deletion.gone, key=lambda pair: pair[0]):
        record(area, [(row, None) for _area, row in gone], using)


def _rows_to_delete(instances: Mapping[type[Model], Iterable[Model]], using: str) -> dict[tuple[Area, Any], Row]:
    require_transaction(using)
    found: dict[tuple[Area, Any], Row] = {}
    for model, objects in instances.items():
        if area := area_of(model):
            ids = [instance.pk for instance in objects]
            snapshot = rows_of.read(area, rows_of.with_ids(model, using, ids), lock=True)
            rows_of.name_references(area, snapshot.rows.values(), using)
            found |= {(area, pk): row for pk, row in snapshot.rows.items()}
    return found


def before_delete(area: Area, instance: Model, using: str) -> None:
    """For a deletion that was not announced by ``deleting``: read this one row now."""
    if _deletion.get() is None:
        instance._audit_found = _rows_to_delete({type(instance): [instance]}, using)  # type: ignore[attr-defined]


def after_delete(area: Area, instance: Model, using: str) -> None:
    """Note that a row is gone; outside of ``deleting`` record it at once."""
    deletion = _deletion.get()
    found = deletion.found if deletion else instance.__dict__.pop("_audit_found", {})
    row = found.get((area, instance.pk))
    if row is None:
        return
    if deletion:
        deletion.gone.append((area, row))
    else:
        record(area, [(row, None)], using)
