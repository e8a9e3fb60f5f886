"""Turning what happened to rows into log entries: receivers and querysets both only call this."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import groupby
from typing import Any

from django.db import OperationalError, connections
from django.db.models import Model

from . import entries
from . import rows as rows_of
from .areas import Area, Pair, Row, area_of
from .context import current_moment
from .engines import engine_of
from .reached import reached_by
from .rows import Snapshot


class AuditNotAtomic(RuntimeError):
    """A write to an audited record outside of a transaction: its entry could be lost. Nothing was written."""


def require_transaction(using: str) -> None:
    if not connections[using].in_atomic_block:
        raise AuditNotAtomic("Audited records are written inside transaction.atomic(), together with their entries.")


def record(area: Area, pairs: Iterable[Pair], using: str, *, announced: bool = False) -> None:
    """Write the entries for rows that went from one state to another, and whom they reach.

    A pair is (before, after): no before is an add, no after a delete. Pairs without a difference leave nothing.
    ``announced``: whom they reach is kept already (``_keep_reached``).
    """
    pairs = list(entries.as_changes(area, pairs))
    if not pairs:
        return
    require_transaction(using)
    entries.refuse_unstorable(area, [after for _before, after in pairs if after])
    # A row that is gone was named when it was read; the others are named now, in one go.
    rows_of.name_references(area, (row for pair in pairs for row in pair if row and not row.names), using)
    batch = entries.batch_of(area, pairs, using)
    if not announced:
        batch.reached = reached_by(((area, pair) for pair in pairs), batch.change_set, batch.timestamp)
    engine_of(connections[using]).write(connections[using], batch)


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
    noted, found = _noted(instance), Snapshot({}, written is None or area.watches(written))
    if found.recorded and instance.pk is not None:
        found = rows_of.read(area, rows_of.with_ids(type(instance), using, [instance.pk]), lock=True, facts=bool(noted))
    if noted:
        # A receiver saves what is just being saved: what the outer save wrote comes first.
        _record_saved(area, noted[-1], found, using)
    noted.append(found)


def after_save(area: Area, instance: Model, using: str, *, created: bool) -> None:
    """Compare what the database holds now with what it held, and record the difference."""
    noted = _noted(instance)
    if not noted or not (before := noted.pop()).recorded:
        return
    mine = rows_of.with_ids(type(instance), using, [instance.pk])
    after = rows_of.read(area, mine, new=created and not before.rows)
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
    _keep_reached(going, using)
    return going


def _keep_reached(going: Going, using: str) -> None:
    """Keep who is in the groups that are about to change, while they still are: one statement, however many go."""
    if any(area.affected for _using, area, _pk in going):
        change_set, *_more = entries.current_click(using)
        changes = ((area, (row, None)) for (_using, area, _pk), row in going.items())
        for reached in reached_by(changes, change_set, current_moment()):
            engine_of(connections[using]).keep(connections[using], reached)


def _record_deleted(going: Going) -> None:
    """What hangs on another record goes before it: the collector found it later."""
    for (using, area), found in groupby(reversed(going.items()), key=lambda item: item[0][:2]):
        record(area, [(row, None) for _key, row in found][::-1], using, announced=True)


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
