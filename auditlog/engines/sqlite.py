"""Recording on SQLite. Transactions are IMMEDIATE, so whoever writes is alone."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from . import Batch, Reached

#: What SQLite itself is built with; more would make statements longer than some builds take.
MOST_PARAMETERS = 32_766

ENTRY = (
    'INSERT INTO "AuditLogEntry" (id, "timestamp", "table", action, affected_object, changed_by, changed_by_name, '
    "changed_by_id, object_id, change_set, channel, address) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
DESCRIPTION = 'INSERT INTO "AuditLogEntryDescription" (entry_id, position, name, value) VALUES (%s, %s, %s, %s)'
DETAIL = (
    'INSERT INTO "AuditLogEntryDetail" (entry_id, position, property_name, existing_value, new_value, '
    "existing_name, new_name, masked) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
NAME = 'INSERT INTO "AuditLogEntryName" (entry_id, folded, "timestamp") VALUES (%s, %s, %s)'
SUBJECT = 'INSERT INTO "AuditLogEntrySubject" (entry_id, subject, "timestamp") VALUES (%s, %s, %s)'
PROPERTY = (
    'INSERT INTO "AuditLogEntryProperty" (entry_id, property_name, existing, new, "timestamp") '
    "VALUES (%s, %s, %s, %s, %s)"
)
MARK = 'INSERT INTO "AuditLogEntryMark" (entry_id, mark, "timestamp") VALUES (%s, %s, %s)'
# The next id, and what the marks that depend on the log need of it before the entries are written: how many entries the
# change set has, counted up to many, and which of these take something back. Each subject is looked up by a walk along
# its index.
NEXT = "SELECT coalesce(max(seq), 0) + 1, {before}, {taken_back} FROM sqlite_sequence WHERE name = 'AuditLogEntry'"
BEFORE = """
(SELECT count(*) FROM (SELECT 1 FROM "AuditLogEntry" WHERE change_set = %(change_set)s LIMIT %(many)s))"""
TAKEN_BACK = """
(
    SELECT json_group_array(DISTINCT own.entry)
    FROM (
        SELECT json_extract(value, '$[0]') AS entry, json_extract(value, '$[1]') AS subject,
            json_extract(value, '$[2]') AS undone, json_extract(value, '$[3]') AS property,
            json_extract(value, '$[4]') AS value, json_extract(value, '$[5]') AS folded
        FROM json_each(%(undoing)s)
    ) AS own
    WHERE CASE WHEN own.property IS NULL OR EXISTS (
        SELECT 1 FROM "AuditLogEntryProperty"
        WHERE property_name = own.property AND existing = own.folded AND "timestamp" BETWEEN %(since)s AND %(at)s
    ) THEN EXISTS (
        SELECT 1
        FROM (
            SELECT entry_id FROM "AuditLogEntrySubject"
            WHERE subject = own.subject AND "timestamp" BETWEEN %(since)s AND %(at)s
            ORDER BY "timestamp" DESC, entry_id DESC LIMIT %(most)s
        ) AS earlier
        WHERE CASE WHEN own.property IS NULL OR EXISTS (
            SELECT 1 FROM "AuditLogEntryDetail"
            WHERE entry_id = earlier.entry_id AND property_name = own.property
                AND NOT masked AND existing_value IS own.value
        ) THEN own.undone = (
            SELECT action FROM "AuditLogEntry" WHERE id = earlier.entry_id AND "table" = %(table)s
        ) END
    ) END
)"""

REACHED = """
INSERT INTO "AuditLogAffected" (change_set, subject, "timestamp", people)
SELECT %(change_set)s, touched.subject, %(at)s, (
    SELECT json_group_array(json_array(id, username, name))
    FROM (SELECT people.id, username, name FROM ({people}) AS people WHERE whose = touched.id ORDER BY username)
)
FROM (
    SELECT json_extract(value, '$[0]') AS subject, json_extract(value, '$[1]') AS id FROM json_each(%(groups)s)
) AS touched
WHERE NOT EXISTS (
    SELECT 1 FROM "AuditLogAffected" WHERE change_set = %(change_set)s AND subject = touched.subject
)
"""


def write(connection: BaseDatabaseWrapper, batch: Batch) -> None:
    """Write a batch in a statement per table: SQLite has no insert that could share the ids."""
    at = connection.ops.adapt_datetimefield_value(batch.timestamp)
    who = (batch.changed_by, batch.changed_by_name, batch.changed_by_id)
    work = (batch.change_set.hex, batch.channel, batch.address)
    with connection.cursor() as cursor:
        first, marks = _first_and_marks(connection, cursor, batch)
        cursor.executemany(
            ENTRY,
            [
                (first + n, at, batch.table, action, affected, *who, object_id, *work)
                for n, (action, affected, object_id) in enumerate(batch.entries)
            ],
        )
        _insert(cursor, DESCRIPTION, [(first + entry, *rest) for entry, *rest in batch.descriptions])
        _insert(cursor, DETAIL, [(first + entry, *rest) for entry, *rest in batch.details])
        _insert(cursor, NAME, [(first + entry, folded, at) for entry, folded in batch.names])
        _insert(cursor, SUBJECT, [(first + entry, subject, at) for entry, subject in batch.subjects])
        _insert(cursor, PROPERTY, [(first + entry, *rest, at) for entry, *rest in batch.properties])
        _insert(cursor, MARK, [(first + entry, mark, at) for entry, mark in marks])
    for reached in batch.reached:
        keep(connection, reached)


def keep(connection: BaseDatabaseWrapper, reached: Reached) -> None:
    """Keep who is in these groups now, of those that the change set has not reached before: one statement."""
    parameters = {
        "change_set": reached.change_set.hex,
        "at": connection.ops.adapt_datetimefield_value(reached.timestamp),
        "groups": json.dumps(reached.groups),
    }
    with connection.cursor() as cursor:
        cursor.execute(REACHED.format(people=reached.people), parameters)


def _first_and_marks(connection: BaseDatabaseWrapper, cursor: Any, batch: Batch) -> tuple[int, list[tuple[int, str]]]:
    """The id of the first entry, and all marks of the batch: one statement."""
    adapt = connection.ops.adapt_datetimefield_value
    parameters = {
        "at": adapt(batch.timestamp),
        "since": adapt(batch.since),
        "table": batch.table,
        "change_set": batch.change_set.hex,
        "many": batch.many,
        "undoing": json.dumps(batch.undoing),
        "most": batch.MOST_LOOKED_AT,
    }
    asked = {"before": BEFORE if batch.many else "0", "taken_back": TAKEN_BACK if batch.undoing else "'[]'"}
    cursor.execute(NEXT.format(**asked), parameters)
    first, before, taken_back = cursor.fetchone()
    marks = batch.marks + [(entry, "taken_back") for entry in json.loads(taken_back)]
    if batch.many and before < batch.many <= before + len(batch.entries):
        marks.append((batch.many - before - 1, "many"))
    return first, marks


def _insert(cursor: Any, statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        cursor.executemany(statement, rows)


def id_list(ids: Collection[int]) -> RawSQL:
    """Ids for an ``__in`` look-up, as one parameter however many they are."""
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(ids))])


def text_list(texts: Collection[str]) -> RawSQL:
    """Texts for an ``__in`` look-up, as one parameter however many they are."""
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(texts))])


def lock_table(connection: BaseDatabaseWrapper, table: str) -> None:
    """Nothing to do: an IMMEDIATE transaction keeps every other writer out."""


def one_after_another(connection: BaseDatabaseWrapper, table: str) -> None:
    """Nothing to do, for the same reason."""


def prepare(connection: BaseDatabaseWrapper) -> None:
    """Let a bulk call use as many parameters as this SQLite takes; Django reckons with 999, its limit of 2009."""
    limit = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    connection.features.max_query_params = min(limit, MOST_PARAMETERS)


@contextmanager
def waiting(connection: BaseDatabaseWrapper, milliseconds: int) -> Iterator[None]:
    """A transaction that fails where it would wait longer than this for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (patience,) = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {milliseconds:d}")
        try:
            with transaction.atomic(using=connection.alias):
                yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience:d}")


def trigger_names(table: str) -> set[str]:
    """The triggers that make a table append-only."""
    return {f"{table}_no_update", f"{table}_no_delete", f"{table}_no_replace"}


def make_triggers(connection: BaseDatabaseWrapper, table: str) -> None:
    """Let the database refuse UPDATE, DELETE and REPLACE on a table."""
    with connection.cursor() as cursor:
        for name, statement in _triggers(connection, cursor, table).items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {connection.ops.quote_name(name)}")
            cursor.execute(statement)


def _triggers(connection: BaseDatabaseWrapper, cursor: Any, table: str) -> dict[str, str]:
    """The statement that makes each trigger, by its name; SQLite keeps them to the letter."""
    quote = connection.ops.quote_name
    # REPLACE deletes without the delete trigger unless recursive_triggers is on: refuse it by itself too.
    taken = " OR ".join(
        " AND ".join(f"{quote(column)} = NEW.{quote(column)}" for column in columns)
        for columns in _unique_keys(connection, cursor, table)
    )
    when = {
        "update": f"BEFORE UPDATE ON {quote(table)}",
        "delete": f"BEFORE DELETE ON {quote(table)}",
        "replace": f"BEFORE INSERT ON {quote(table)} WHEN EXISTS (SELECT 1 FROM {quote(table)} WHERE {taken})",
    }
    return {
        f"{table}_no_{what}": f"CREATE TRIGGER {quote(f'{table}_no_{what}')} {moment} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {what.upper()} refused'); END"
        for what, moment in when.items()
    }


def _unique_keys(connection: BaseDatabaseWrapper, cursor: Any, table: str) -> list[list[str]]:
    """The columns of each unique constraint of a table, the primary key included."""
    constraints = connection.introspection.get_constraints(cursor, table).values()
    keys = {tuple(found["columns"]) for found in constraints if found["unique"] or found["primary_key"]}
    return [list(key) for key in sorted(keys | {("id",)})]


def drop_triggers(connection: BaseDatabaseWrapper, table: str) -> None:
    """Take the triggers away: for the owner's purge, and for emptying a test database."""
    with connection.cursor() as cursor:
        for name in sorted(trigger_names(table)):
            cursor.execute(f"DROP TRIGGER IF EXISTS {connection.ops.quote_name(name)}")


def live_triggers(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> set[str]:
    """Names of the triggers on these tables that refuse what they should."""
    with connection.cursor() as cursor:
        wanted = {pair for table in tables for pair in _triggers(connection, cursor, table).items()}
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name for name, statement in cursor.fetchall() if (name, statement) in wanted}


def draw_ids(connection: BaseDatabaseWrapper, table: str, count: int) -> range:
    """The next ids of a table; within a transaction nobody else takes them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = %s", [table])
        first = cursor.fetchone()[0]
    return range(first, first + count)


def insert_rows(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert many rows at once, whatever made them: for generated histories, not for recording."""
    quote = connection.ops.quote_name
    into = ", ".join(map(quote, columns))
    row = f"({', '.join(['%s'] * len(columns))})"
    together = max(1, (connection.features.max_query_params or 999) // len(columns))
    with connection.cursor() as cursor:
        for start in range(0, len(rows), together):
            part = rows[start : start + together]
            statement = f"INSERT INTO {quote(table)} ({into}) VALUES {', '.join([row] * len(part))}"
            cursor.execute(statement, list(chain.from_iterable(part)))


def refresh_statistics(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> None:
    """Nothing to do: SQLite plans by the indexes alone."""
