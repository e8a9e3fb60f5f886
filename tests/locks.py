"""Somebody else who holds a lock for as long as a test wants."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.db import connection


@contextmanager
def writer_at_work(on_postgresql: str) -> Iterator[None]:
    """Another connection that writes and does not come to an end.

    On SQLite that keeps everybody from writing anything; on PostgreSQL it holds what the statement locks.
    """
    if connection.vendor == "sqlite":
        other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg2.connect(**connection.get_connection_params())
        other.cursor().execute(on_postgresql)
    try:
        yield
    finally:
        other.rollback()
        other.close()
