"""Protection on SQLite: there are no roles, so all depends on how the connection is set."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

#: Pragmas that the recording rests on, and what each of them is at least.
NEEDED: dict[str, int | str] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "busy_timeout": 5_000,
}


def connection_faults(connection: BaseDatabaseWrapper) -> list[str]:
    """What a connection lacks, as phrases: ``journal_mode is delete, not wal``."""
    return list(_faults(connection))


def _faults(connection: BaseDatabaseWrapper) -> Iterator[str]:
    with connection.cursor() as cursor:
        for name, needed in NEEDED.items():
            cursor.execute(f"PRAGMA {name}")
            (value,) = cursor.fetchone()
            if (value != needed) if isinstance(needed, str) else (value < needed):
                yield f"{name} is {value}, not {needed}"


def powers(connection: BaseDatabaseWrapper, tables: Collection[str]) -> list[str]:
    """None that are told apart here: whoever may write the file may do anything with it."""
    return []


def has_role(connection: BaseDatabaseWrapper, role: str) -> bool:
    return True


def grant(connection: BaseDatabaseWrapper, role: str, *, log: Collection[str], others: Collection[str]) -> None:
    """Nothing to grant, for the same reason."""
