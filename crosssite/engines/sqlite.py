"""Sync on SQLite: a lock file beside the database, and one statement for each row of a bulk change."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, TextField

Row = Sequence[Any]


@contextmanager
def district_lock(connection: BaseDatabaseWrapper, district: int) -> Iterator[bool]:
    """Whether this process alone works on a serving district; it ends with the block, or with the process.

    The lock is the operating system's on a file beside the database: SQLite's own would keep every writer out for as
    long as a bundle is read.
    """
    path = Path(f"{connection.settings_dict['NAME']}.sync-{district}.lock")
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def update_rows(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[tuple[str, str]], rows: Sequence[Row]
) -> int:
    """Set columns of rows by their id, the first value of each; the number of rows that were there."""
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(column)} = %s" for column, _type in columns)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(table)} SET {changes} WHERE id = %s", [(*values, pk) for pk, *values in rows]
        )
        return int(cursor.rowcount)


def insert_missing(
    connection: BaseDatabaseWrapper, table: str, columns: Sequence[tuple[str, str]], key: int, rows: Sequence[Row]
) -> None:
    """Insert those rows whose first ``key`` columns no row has yet."""
    quote = connection.ops.quote_name
    names = [quote(column) for column, _type in columns]
    same = " AND ".join(f"{name} = %s" for name in names[:key])
    statement = (
        f"INSERT INTO {quote(table)} ({', '.join(names)}) SELECT {', '.join(['%s'] * len(names))} "
        f"WHERE NOT EXISTS (SELECT 1 FROM {quote(table)} WHERE {same})"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(*row, *row[:key]) for row in rows])


def joined(column: str) -> Aggregate:
    """The texts of a group in one, with commas between."""
    return Aggregate(column, function="GROUP_CONCAT", output_field=TextField())
