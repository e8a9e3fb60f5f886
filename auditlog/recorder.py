"""Turning what happened to rows into log entries: receivers and querysets both only call this."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import groupby
from typing import Any

from django.db import DataError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.utils import timezone

from . import rows as rows_of
from .areas import Area, Row, area_of
from .context import current_actor, current_work, process_actor, silent_columns
from .diff import as_text, changed
from .engines import Batch, engine_of
from .rows import Snapshot
from .search import fold_name, fold_value

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
    _refuse_unstorable(area, [after for _before, after in pairs if after])
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
        moved = before and after and changed(before.values, after.values, area.moves)
        for old, new in [(before, None), (None, after)] if moved else [(before, after)]:
            if area.absent is not None:
                old = old or (area.absent(new) if new else None)
                new = new or (area.absent(old) if old else None)
            if old is None or new is None or changed(old.values, new.values, watched):
                yield old, new


def _refuse_unstorable(area: Area, rows: Iterable[Row]) -> None:
    """Refuse on every engine what only PostgreSQL refuses: NUL, and texts too long for their column."""
    limits = {name: area.field(name).max_length for name in area.recorded}
    for row in rows:
        for name, limit in limits.items():
            text = row.values[name]
            if not isinstance(text, str):
                continue
            if "\0" in text:
                raise ValueError(f"{area.name}.{area.column(name)} cannot hold a NUL character.")
            if limit is not None and len(text) > limit:
                raise DataError(f"{area.name}.{area.column(name)} cannot hold more than {limit} characters.")


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
        name, old, new, *_more = detail
        batch.details.append((number, position, *detail))
        batch.properties.append((number, name, fold_value(old), fold_value(new)))
    batch.subjects.extend((number, subject) for subject in _subjects(area, before, after))


def _subjects(area: Area, before: Row | None, after: Row | None) -> Iterable[str]:
    """What an entry is about, before and after a change: a row can come to belong to another."""
    return dict.fromkeys(subject for row in (after, before) if row for subject in area.subjects(row))


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


@contextmanager
def saving(instance: Model) -> Iterator[None]:
    """Around a save: when it ends, failed or not, nothing that was noted for it is left on the instance."""
    depth = len(_noted(instance))
    try:
        yield
    finally:
        del _noted(instance)[depth:]
        if not depth:
            instance.__dict__.pop("_audit_before", None)


def _noted(instance: Model) -> list[Snapshot]:
    """What was read before the saves of an instance that are under way: more than one where a receiver saves."""
    noted: list[Snapshot] = instance.__dict__.setdefault("_audit_before", [])
    return noted


def before_save(area: Area, instance: Model, using: str, written: Collection[str] | None = None) -> None:
    """Read and lock what the database holds of a row that is about to be saved.

    ``written`` names the fields that are going to be saved, None for all: a save of columns that are not
    watched (a sign-in's stamp) costs nothing.
    """
    require_transaction(using)
    found = Snapshot({}, written is None or area.watches(written))
    if found.recorded and instance.pk is not None:
        found = rows_of.read(area, rows_of.with_ids(type(instance), using, [instance.pk]), lock=True)
    noted = _noted(instance)
    if noted:
        # A receiver saves what is just being saved: what the outer save wrote comes first.
        _record_saved(area, noted[-1], found, using)
    noted.append(found)


def after_save(area: Area, instance: Model, using: str, *, created: bool) -> None:
    """Compare what the database holds now with what it held, and record the difference."""
    noted = _noted(instance)
    if not noted or not (before := noted.pop()).recorded:
        return
    after = rows_of.read(area, rows_of.with_ids(type(instance), using, [instance.pk]))
    if not created and after.rows.keys() - before.rows.keys():
        raise OperationalError(f"{area.name} {instance.pk} was added by another at this moment: try again.")
    _record_saved(area, before, after, using)
    if noted:
        noted[-1] = after


def _record_saved(area: Area, before: Snapshot, after: Snapshot, using: str) -> None:
    if before.recorded:
        record(area, [(before.rows.get(pk), row) for pk, row in after.rows.items()], using)


# --- deletion: all rows that go in one call -------------------------------------------------------------------

#: Audited rows on their way out, as they were: by database alias, area and id.
Going = dict[tuple[str, Area, Any], Row]

_going: ContextVar[tuple[Going, ...]] = ContextVar("auditlog_going", default=())


@contextmanager
def deleting(instances: Mapping[type[Model], Iterable[Model]], using: str) -> Iterator[None]:
    """Record, in a fixed number of statements, all audited rows that go within: those that are still there now."""
    going = _rows_to_delete(instances, using)
    outer = _going.get()
    token = _going.set((*outer, going))
    try:
        yield
    finally:
        _going.reset(token)
    for others in outer:
        for key in going:
            others.pop(key, None)
    _record_deleted(going)


def _rows_to_delete(instances: Mapping[type[Model], Iterable[Model]], using: str) -> Going:
    require_transaction(using)
    going: Going = {}
    for model, objects in instances.items():
        if area := area_of(model):
            ids = [instance.pk for instance in objects]
            snapshot = rows_of.read(area, rows_of.with_ids(model, using, ids), going=True)
            rows_of.name_references(area, snapshot.rows.values(), using)
            going |= {(using, area, pk): row for pk, row in snapshot.rows.items()}
    return going


def _record_deleted(going: Going) -> None:
    """What hangs on another record goes before it: the collector found it later."""
    for (using, area), found in groupby(reversed(going.items()), key=lambda item: item[0][:2]):
        record(area, [(row, None) for _key, row in found][::-1], using)


def before_delete(area: Area, instance: Model, using: str) -> None:
    """For a deletion by another's collector, which was not announced by ``deleting``: read this one row now."""
    if not _announced(area, instance, using):
        instance._audit_going = _rows_to_delete({type(instance): [instance]}, using)  # type: ignore[attr-defined]


def after_delete(area: Area, instance: Model, using: str) -> None:
    """Record a row that went without having been announced."""
    if not _announced(area, instance, using):
        _record_deleted(instance.__dict__.pop("_audit_going", {}))


def _announced(area: Area, instance: Model, using: str) -> bool:
    key = (using, area, type(instance)._meta.pk.to_python(instance.pk))
    return any(key in going for going in _going.get())
