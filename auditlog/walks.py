"""The newest entries that match, found along indexes: what it costs does not grow with the log.

A criterion of several values is several walks along one index, each newest first and each no longer than the
list, and the newest of them all are kept. A plain IN would have the database sort everything that matches.
Further conditions are scalar subqueries, which neither engine turns into a join of its own choosing. Both engines
read the same statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from django.db import connections

from .criteria import FEW, Criteria
from .search import tables_in_log
from .ways import Condition, Way, conditions, fewest, ways

#: Walks in one statement; SQLite takes 500 at most.
AT_ONCE = 200
#: From how many walks on it pays to look first whether the most recent entries have enough, and how many those are.
MANY = 30
RECENT = 3000

HAS_ENTRY = 'SELECT 1 FROM "AuditLogEntry" AS e WHERE {} LIMIT 1'
COMBINATIONS = """
WITH actor(value) AS (VALUES {}), area(value) AS (VALUES {}), act(value) AS (VALUES {})
SELECT actor.value, area.value, act.value FROM actor CROSS JOIN area CROSS JOIN act
WHERE (SELECT 1 FROM "AuditLogEntry" AS e
    WHERE e.changed_by = actor.value AND e."table" = area.value AND e.action = act.value LIMIT 1) IS NOT NULL
"""


@dataclass(frozen=True)
class Walk:
    """One walk along an index: what is read, its columns for id and time, and what the rows must meet."""

    source: str
    entry: str
    at: str
    conditions: list[Condition]
    source_values: Sequence[Any] = ()

    def statement(self, limit: int, bound: Any) -> Condition:
        """The walk as SQL; ``bound`` is a time that nothing older than is wanted."""
        conditions = self.conditions + ([(f"{self.at} >= %s", [bound])] if bound is not None else [])
        where = " AND ".join(sql for sql, _values in conditions) or "1 = 1"
        order = f"ORDER BY {self.at} DESC, {self.entry} DESC LIMIT {limit}"
        return (
            f"SELECT {self.entry} AS id, {self.at} AS moment FROM {self.source} WHERE {where} {order}",
            [*self.source_values, *_values(conditions)],
        )


def newest_ids(criteria: Criteria, limit: int, using: str) -> list[int]:
    """Ids of the newest matching entries, newest first."""
    if criteria.impossible:
        return []
    walks = _walks(criteria, using)
    found: set[tuple[Any, int]] = set()
    some = list(islice(walks, AT_ONCE))
    if len(some) > MANY:
        found = _newest([_recent(criteria, using)], limit, None, using)
        if len(found) == limit:
            some = []
    while some:
        # What earlier walks found bounds the later ones.
        bound = min(found)[0] if len(found) == limit else None
        found = set(sorted(found | _newest(some, limit, bound, using), reverse=True)[:limit])
        some = list(islice(walks, AT_ONCE))
    return [entry for _at, entry in sorted(found, reverse=True)]


def _newest(walks: Sequence[Walk], limit: int, bound: Any, using: str) -> set[tuple[Any, int]]:
    """(time, id) of the newest that some walks find, in one statement."""
    statements = [walk.statement(limit, bound) for walk in walks]
    union = " UNION ALL ".join(f"SELECT id, moment FROM ({sql}) AS walk" for sql, _values in statements)
    statement = f"SELECT DISTINCT moment, id FROM ({union}) AS walks ORDER BY moment DESC, id DESC LIMIT {limit}"
    with connections[using].cursor() as cursor:
        cursor.execute(statement, _values(statements))
        return set(cursor.fetchall())


def _recent(criteria: Criteria, using: str) -> Walk:
    """What matches among the most recent entries: values that are many are mostly frequent, and found there."""
    period = _period(criteria, "e.timestamp", using)
    where = " AND ".join(sql for sql, _parameters in period) or "1 = 1"
    order = f"ORDER BY e.timestamp DESC, e.id DESC LIMIT {RECENT}"
    source = f'(SELECT * FROM "AuditLogEntry" AS e WHERE {where} {order}) AS e'
    rest = _columns(criteria) + [way.of_entry("e.id") for way in ways(criteria, using)] + conditions(criteria, "e.id")
    return Walk(source, "e.id", "e.timestamp", rest, _values(period))


def _walks(criteria: Criteria, using: str) -> Iterator[Walk]:
    """The walks that together find all that matches: along what is rare, along columns, or along the time alone."""
    if rare := list(ways(criteria, using)):
        yield from _along(criteria, fewest(rare, using), rare, using)
        return
    rest = _period(criteria, "e.timestamp", using) + conditions(criteria, "e.id")
    combinations = _combinations(criteria, using)
    if combinations is None:
        rest, combinations = rest + _columns(criteria), [{}]
    for values in combinations:
        columns = [(f'e."{column}" = %s', [value]) for column, value in values.items()]
        yield Walk('"AuditLogEntry" AS e', "e.id", "e.timestamp", columns + rest)


def _along(criteria: Criteria, way: Way, others: Sequence[Way], using: str) -> Iterator[Walk]:
    rest = [*way.further, *_period(criteria, "n.timestamp", using)]
    rest += [other.of_entry(way.entry) for other in others if other is not way]
    if of_entry := _columns(criteria):
        inner = " AND ".join([f"e.id = {way.entry}", *(sql for sql, _values in of_entry)])
        rest.append((f"({HAS_ENTRY.format(inner)}) IS NOT NULL", _values(of_entry)))
    rest += conditions(criteria, way.entry)
    for key in way.keys:
        yield Walk(way.source, way.entry, "n.timestamp", [key, *rest])


def _combinations(criteria: Criteria, using: str) -> list[dict[str, str]] | None:
    """The values of table, action and changed_by to walk along; None where one walk along the time is better.

    That is so without such criteria, and where the values are so many that they are frequent.
    """
    from .models import Action

    if criteria.tables is None and criteria.actions is None and criteria.changed_by is None:
        return None
    tables = criteria.tables if criteria.tables is not None else tables_in_log(using)
    actions = criteria.actions if criteria.actions is not None else Action.values
    if criteria.changed_by is None:
        return [{"table": table, "action": action} for table, action in product(tables, actions)]
    if len(criteria.changed_by) > FEW:
        return None
    return _that_exist(criteria.changed_by, tables, actions, using)


def _that_exist(
    actors: Sequence[str], tables: Sequence[str], actions: Sequence[str], using: str
) -> list[dict[str, str]] | None:
    """The combinations that have entries: nobody works in every area."""
    values = [", ".join(["(%s)"] * len(some)) for some in (actors, tables, actions)]
    if not all(values):
        return []
    with connections[using].cursor() as cursor:
        cursor.execute(COMBINATIONS.format(*values), [*actors, *tables, *actions])
        return [dict(zip(("changed_by", "table", "action"), row, strict=True)) for row in cursor.fetchall()]


def _values(conditions: Sequence[Condition]) -> list[Any]:
    return [value for _sql, values in conditions for value in values]


def _period(criteria: Criteria, column: str, using: str) -> list[Condition]:
    adapt = connections[using].ops.adapt_datetimefield_value
    limits = ((f"{column} >= %s", criteria.start), (f"{column} < %s", criteria.end))
    return [(sql, [adapt(moment)]) for sql, moment in limits if moment is not None]


def _columns(criteria: Criteria) -> list[Condition]:
    """Conditions on the columns of the entry, several values at once."""
    wanted = (("table", criteria.tables), ("action", criteria.actions), ("changed_by", criteria.changed_by))
    return [
        (f'e."{column}" IN ({", ".join(["%s"] * len(values))})', list(values))
        for column, values in wanted
        if values is not None
    ]
