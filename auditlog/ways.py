"""The tables beside the log as ways to its entries, and as conditions on entries that were met on another way.

A criterion on one of them is both: an index to walk along, newest first, and a scalar subquery. Both engines read
the same statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from .criteria import Criteria, Part, Property
from .search import anywhere

#: SQL that is true of a row, and its parameters.
Condition = tuple[str, list[Any]]

#: How far the entries of a way are counted, to walk along the one that has the fewest.
COUNTED = 5000

COUNT = "(SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {where} LIMIT {most}) AS counted)"
HAS = '(SELECT 1 FROM "{table}" AS o WHERE o.entry_id = {entry} AND {condition} LIMIT 1) {found}'
IS = '(SELECT 1 FROM "AuditLogEntry" AS o WHERE o.id = {{}} AND o.{column} = %s LIMIT 1) IS NOT NULL'


@dataclass(frozen=True)
class Way:
    """An index that leads to the entries of a criterion: each of ``keys`` is one walk along it.

    ``source`` has the alias n and a column each for entry and time. ``further`` holds for all walks. ``elsewhere`` is
    what an entry has to meet that was met on another way: with ``{}`` in the place of its id.
    """

    source: str
    keys: Sequence[Condition]
    elsewhere: Condition
    entry: str = "n.entry_id"
    further: Sequence[Condition] = field(default_factory=list)

    def of_entry(self, entry: str) -> Condition:
        sql, values = self.elsewhere
        return sql.replace("{}", entry), values

    @property
    def count(self) -> Condition:
        """How many entries it leads to, as far as they are counted."""
        where = " OR ".join(sql for sql, _values in self.keys)
        counted = COUNT.format(source=self.source, where=where, most=COUNTED)
        return counted, [value for _sql, some in self.keys for value in some]


def ways(criteria: Criteria, using: str) -> Iterator[Way]:
    """The criteria that lead to few entries, each as a way."""
    if criteria.change_set is not None:
        yield _of_entry("change_set", _change_set(criteria, using))
    if criteria.by is not None:
        yield _of_entry("changed_by_id", criteria.by)
    if criteria.subject is not None:
        yield _beside("AuditLogEntrySubject", "subject", [criteria.subject])
    if criteria.name is not None:
        yield _beside("AuditLogEntryName", "folded", [criteria.name])
    yield from (_part(part) for part in criteria.parts if part.rare)
    if criteria.with_property is not None and criteria.with_property.rare:
        yield _property(criteria.with_property)
    if criteria.marks is not None:
        yield _beside("AuditLogEntryMark", "mark", criteria.marks)


def conditions(criteria: Criteria, entry: str) -> list[Condition]:
    """What is no way: texts that are in many names or values, and what an entry must not have."""
    found = [_part(part).of_entry(entry) for part in criteria.parts if not part.rare]
    if criteria.with_property is not None and not criteria.with_property.rare:
        found.append(_property(criteria.with_property).of_entry(entry))
    without = (
        ("AuditLogEntryName", "folded", criteria.without_names),
        ("AuditLogEntrySubject", "subject", criteria.without_subjects),
        ("AuditLogEntryDetail", "property_name", criteria.without_properties),
    )
    for table, column, values in without:
        found += [_has(table, _is_one_of(f"o.{column}", [value]), entry, "IS NULL") for value in values]
    return found


def fewest(some: Sequence[Way], using: str) -> Way:
    """The way that leads to the fewest entries, as far as they are counted."""
    if len(some) == 1:
        return some[0]
    counts = [way.count for way in some]
    with connections[using].cursor() as cursor:
        counted = ", ".join(sql for sql, _values in counts)
        cursor.execute(f"SELECT {counted}", [value for _sql, values in counts for value in values])
        return min(zip(cursor.fetchone(), range(len(some)), some, strict=True))[2]


def _of_entry(column: str, value: Any) -> Way:
    """A way along an index of the entries themselves."""
    source = '"AuditLogEntry" AS n'
    return Way(source, [(f"n.{column} = %s", [value])], (IS.format(column=column), [value]), entry="n.id")


def _beside(table: str, column: str, values: Sequence[str]) -> Way:
    """A way along exact values of a table beside the log."""
    elsewhere = _has(table, _is_one_of(f"o.{column}", values), "{}")
    return Way(f'"{table}" AS n', [(f"n.{column} = %s", [value]) for value in values], elsewhere)


def _part(part: Part) -> Way:
    """A part of a searched object: on another way, any name that contains its text."""
    keys: list[Condition] = [("n.folded = %s", [name]) for name in part.names] if part.rare else []
    return Way('"AuditLogEntryName" AS n', keys, _has("AuditLogEntryName", _contains("o.folded", part.text), "{}"))


def _property(asked: Property) -> Way:
    keys: list[Condition] = [
        (f"n.property_name = %s AND n.{asked.along} = %s", [name, value]) for name, value in asked.pairs
    ]
    texts = [(column, text) for column, text in (("existing", asked.existing), ("new", asked.new)) if text]
    further = [_contains(f"n.{column}", text) for column, text in texts if column != asked.along]
    named = _is_one_of("o.property_name", asked.names)
    inside = [named, *(_contains(f"o.{column}", text) for column, text in texts)]
    condition = " AND ".join(sql for sql, _values in inside), [value for _sql, some in inside for value in some]
    return Way(
        '"AuditLogEntryProperty" AS n',
        keys if asked.rare else [],
        _has("AuditLogEntryProperty", condition, "{}"),
        further=further,
    )


def _has(table: str, condition: Condition, entry: str, found: str = "IS NOT NULL") -> Condition:
    sql, values = condition
    return HAS.format(table=table, entry=entry, condition=sql, found=found), values


def _is_one_of(column: str, values: Sequence[str]) -> Condition:
    # As an expression it is no use to an index: the few rows of one entry are what is looked through.
    return f"{column} || '' IN ({', '.join(['%s'] * len(values))})", list(values)


def _contains(column: str, text: str) -> Condition:
    return f"{column} LIKE %s ESCAPE '!'", [anywhere(text)]


def _change_set(criteria: Criteria, using: str) -> Any:
    from .models import AuditLogEntry

    return AuditLogEntry._meta.get_field("change_set").get_db_prep_value(criteria.change_set, connections[using])
