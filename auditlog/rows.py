"""Reading the true state of audited rows, and what their references stand for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models import Expression, Field, QuerySet, Value

from .areas import Area, NameLookup, Row
from .engines import engine_of
from .marks import RECENT, facts_of


@dataclass(frozen=True)
class Snapshot:
    """Rows by primary key as the database held them, and whether their area was being recorded then."""

    rows: dict[Any, Row]
    recorded: bool


def with_ids(model: Any, using: str, ids: Collection[Any]) -> QuerySet[Any]:
    """The rows with these ids, in one statement with one parameter."""
    return with_values(model, using, model._meta.pk, ids)


def with_values(model: Any, using: str, field: Field[Any, Any], values: Iterable[Any]) -> QuerySet[Any]:
    """The rows that have one of these values in a column of whole numbers or texts."""
    prepared = sorted({field.get_prep_value(value) for value in values if value is not None})
    engine = engine_of(connections[using])
    numbers = all(isinstance(value, int) for value in prepared)
    listed = engine.id_list(prepared) if numbers else engine.text_list(prepared)
    rows: QuerySet[Any] = model._base_manager.using(using).filter(**{f"{field.attname}__in": listed})
    return rows


def read(
    area: Area,
    queryset: QuerySet[Any],
    *,
    lock: bool = False,
    going: bool = False,
    facts: bool = True,
    new: bool = False,
) -> Snapshot:
    """Read the watched columns of a plain queryset in one statement, with the area's switch and the facts about them.

    ``lock`` keeps other writers off the rows until the transaction ends, as an UPDATE would: who only refers to a
    row need not wait, or two that refer to it and then change it would wait for each other for ever. ``going``
    keeps those off too, as a DELETE would. The order is that of the ids, for the same reason. Without ``facts`` the
    rows are only what others are compared with. ``new``: they were just added.
    """
    watched = area.watched
    deciding: list[Expression] = facts_of(area, connections[queryset.db], new=new) if facts else []
    if lock or going:
        queryset = queryset.select_for_update(no_key=not going)
    switch = area.switch() if area.switch else Value(True)
    found = queryset.order_by("pk").values_list(
        switch, "pk", *(area.field(name).attname for name in watched), *deciding
    )
    rows: dict[Any, Row] = {}
    recorded = True
    for on, pk, *values in found:
        recorded = bool(on)
        rows[pk] = row = Row(pk, dict(zip(watched, values, strict=not deciding)))
        if deciding:
            row.recent, row.facts = values[-1][0] == RECENT, values[-1][1:]
    return Snapshot(rows if recorded else {}, recorded)


def present(area: Area, identity: Mapping[str, Any], using: str) -> Row | None:
    """A record as it is just now, whether or not its area is being recorded, and never its secrets.

    None where there is none. ``identity`` is a look-up of fields, as ``Area.identity`` gives it.
    """
    found: QuerySet[Any] = area.model_class._base_manager.using(using).filter(**identity).order_by("pk")
    columns = [area.field(name).attname for name in area.recorded]
    row = found.values_list("pk", *columns).first()
    return Row(row[0], dict(zip(area.recorded, row[1:], strict=True))) if row else None


def name_references(area: Area, rows: Iterable[Row], using: str) -> None:
    """Note what the references of these rows stand for just now: one statement per reference."""
    rows = list(rows)
    for name, lookup in area.references.items():
        ids = {row.values[name] for row in rows} - {None}
        if not ids:
            continue
        names = lookup(using, ids)
        for row in rows:
            if row.values[name] in names:
                row.names[name] = names[row.values[name]]


def names_from(model: str, field: str) -> NameLookup:
    """A look-up of names in one column of a model, as ``Area.references`` wants them."""

    def lookup(using: str, ids: Collection[Any]) -> Mapping[Any, str]:
        return dict(with_ids(apps.get_model(model), using, ids).values_list("pk", field))

    return lookup
