"""Sync on PostgreSQL: a session's advisory lock, and one statement for each bulk change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, TextField, Value

Row = Sequence[Any]

#: The first half of the advisory locks' keys: "CLSY".
LOCKS = 0x434C5359


@contextmanager
def district_lock(connection: BaseDatabaseWrapper, district: int) -> Iterator[bool]:
    """Whether this session alone works on a serving district; it ends with the block, or with the session.

    A pooler that shares sessions between transactions breaks it: jobs need a direct connection (docs/scheduling.md).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, district])
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine:
            _unlock(connection, district)


def _unlock(connection: BaseDatabaseWrapper, district: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCKS, district])
    except Error:
        # The session died, and the lock with it; what happened is on its way up already.
        connection.close()


def update_rows(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[tuple[str, str]], rows: Sequence[Row]
) -> int:
    """Set columns of rows by their id, the first value of each; the number of rows that were there."""
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(column)} = new.{quote(column)}" for column, _type in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(table)} SET {changes} FROM {_unnested(connection, [('id', 'bigint'), *columns])} "
            f"WHERE {quote(table)}.id = new.id",
            _columns(rows, 1 + len(columns)),
        )
        return int(cursor.rowcount)


def insert_missing(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[tuple[str, str]], key: int, rows: Sequence[Row]
) -> None:
    """Insert those rows whose first ``key`` columns no row has yet; another transaction may be about to insert them."""
    quote = connection.ops.quote_name
    names = [quote(column) for column, _type in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(table)} ({', '.join(names)}) SELECT * FROM {_unnested(connection, columns)} "
            f"ON CONFLICT ({', '.join(names[:key])}) DO NOTHING",
            _columns(rows, len(columns)),
        )


def joined(column: str) -> Aggregate:
    """The texts of a group in one, with commas between."""
    return Aggregate(column, Value(","), function="STRING_AGG", output_field=TextField())


def _unnested(connection: BaseDatabaseWrapper, columns: Sequence[tuple[str, str]]) -> str:
    arrays = ", ".join(f"%s::{kind}[]" for _column, kind in columns)
    return f"unnest({arrays}) AS new({', '.join(connection.ops.quote_name(column) for column, _kind in columns)})"


def _columns(rows: Sequence[Row], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
