"""Telling a database that is too busy, away, or was asked too much, from a fault of ours."""

from __future__ import annotations

import sqlite3

from django.db import InterfaceError, OperationalError

#: SQLite's result codes for a file that is locked, or cannot be opened, read or written just now.
SQLITE_CODES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_PROTOCOL,
    }
)

#: PostgreSQL's error classes: connection lost, rolled back (deadlock, serialization), out of resources, lock not
#: available, stopped from outside, system. Without a code there was no connection.
POSTGRESQL_CLASSES = ("08", "40", "53", "55", "57", "58")


#: The same engines' words for a statement that was stopped: by the limit of a page, or by an administrator.
SQLITE_STOPPED = sqlite3.SQLITE_INTERRUPT
POSTGRESQL_STOPPED = "57014"


def is_stopped(error: BaseException | None) -> bool:
    """Whether a statement took longer than a page may (``time_limit``)."""
    cause = error.__cause__ if isinstance(error, OperationalError) else None
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) == SQLITE_STOPPED
    return getattr(cause, "pgcode", None) == POSTGRESQL_STOPPED


def is_busy(error: BaseException | None) -> bool:
    """Whether the database could not do its work just now, so that trying again later makes sense."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        # The lower byte is the code, the rest says more about it.
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_CODES
    code: str | None = getattr(cause, "pgcode", None)
    return code is None or code.startswith(POSTGRESQL_CLASSES)
