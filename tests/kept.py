"""The test database as the migrations made it, kept aside, and put back after every test that commits.

Django would empty every table row by row of the schema and complete the installation anew, which takes the append-only
triggers away each time and longer than most tests.
"""

from __future__ import annotations

import io
import sqlite3
from abc import ABC, abstractmethod
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


class Kept(ABC):
    """A copy of a database that has just been made."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    @abstractmethod
    def put_back(self) -> None:
        """Rows, schema and triggers are again what they were."""

    @abstractmethod
    def drop(self) -> None:
        """The copy is not needed any more."""


class KeptFile(Kept):
    """SQLite: in memory, page for page."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection)
        self.copy = sqlite3.connect(":memory:")
        connection.ensure_connection()
        connection.connection.backup(self.copy)

    def put_back(self) -> None:
        self.connection.ensure_connection()
        self.copy.backup(self.connection.connection)

    def drop(self) -> None:
        self.copy.close()


class KeptTemplate(Kept):
    """PostgreSQL: a database beside it, of which it is made again; where rows alone differ, those are put back."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection)
        quote = connection.ops.quote_name
        self.name = quote(connection.settings_dict["NAME"])
        self.copy = quote(f"{connection.settings_dict['NAME']}_kept")
        with transaction.atomic(), connection.cursor() as cursor:
            self.rows = KeptRows(cursor)
        self.make(self.copy, template=self.name)

    def make(self, name: str, template: str) -> None:
        self.connection.close()
        with self.connection._nodb_cursor() as cursor:
            # Connections that a killed process or a server's thread left are no reason to keep it.
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")

    def put_back(self) -> None:
        # As after the other way: what the test set for its connection is gone.
        self.connection.close()
        with self.connection.cursor() as cursor:
            cursor.execute(OTHERS)
            with transaction.atomic():
                done = self.rows.put_back(cursor)
        if not done:
            self.make(self.name, template=self.copy)

    def drop(self) -> None:
        with self.connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {self.copy}")


#: Ends what a killed process or a server's thread left.
OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
#: All but the rows of the tables, each thing with its version: what they look like, who may use them, what is known
#: of them. A database that was made of another as its template has the same.
SHAPE = """
WITH known AS (
    SELECT 'class' AS what, oid,
        concat_ws(' ', relname, relowner, relacl, reloptions, relpersistence, reltuples) AS state
    FROM pg_class
    UNION ALL SELECT 'column', attrelid, concat(attnum, ' ', xmin) FROM pg_attribute
    UNION ALL SELECT 'default', oid, xmin::text FROM pg_attrdef
    UNION ALL SELECT 'constraint', oid, xmin::text FROM pg_constraint
    UNION ALL SELECT 'index', indexrelid, xmin::text FROM pg_index
    UNION ALL SELECT 'trigger', oid, xmin::text FROM pg_trigger
    UNION ALL SELECT 'function', oid, xmin::text FROM pg_proc
    UNION ALL SELECT 'type', oid, xmin::text FROM pg_type
    UNION ALL SELECT 'rule', oid, xmin::text FROM pg_rewrite
    UNION ALL SELECT 'statistic', starelid, concat(staattnum, ' ', xmin) FROM pg_statistic
)
SELECT md5(concat(
    (SELECT string_agg(concat_ws(' ', what, oid, state), chr(10) ORDER BY what, oid, state)
        FROM known WHERE oid >= 16384),
    (SELECT string_agg(concat_ws(' ', oid, xmin), chr(10) ORDER BY oid) FROM pg_namespace),
    (SELECT string_agg(setconfig::text, chr(10) ORDER BY setrole) FROM pg_db_role_setting
        JOIN pg_database ON pg_database.oid = setdatabase AND datname = current_database())
))
"""
TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
NUMBERS = "SELECT quote_ident(sequencename), start_value, last_value FROM pg_sequences ORDER BY 1"


class KeptRows:
    """The rows of all tables and where the sequences stand, as texts."""

    def __init__(self, cursor: CursorWrapper) -> None:
        # Else triggers and foreign keys would be in the way.
        self.allowed = asked(cursor, "SELECT current_setting('is_superuser')") == [("on",)]
        self.shape = asked(cursor, SHAPE)
        self.tables = [name for (name,) in asked(cursor, TABLES)]
        self.hashes = dict(asked(cursor, self.hash_all()))
        self.numbers = asked(cursor, NUMBERS)
        self.texts = {name: taken(cursor, name) for name in self.tables}

    def hash_all(self) -> str:
        """One statement that tells, of each table, whether it is as before."""
        one = "SELECT '{0}', md5(string_agg(line::text, chr(10) ORDER BY line::text)) FROM {0} AS line"
        return " UNION ALL ".join(one.format(name) for name in self.tables)

    def put_back(self, cursor: CursorWrapper) -> bool:
        """The rows of what differs; False, and nothing done, where more than rows differs."""
        if not self.allowed or asked(cursor, SHAPE) != self.shape:
            return False
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name, now in asked(cursor, self.hash_all()):
            if now != self.hashes[name]:
                cursor.execute(f"DELETE FROM {name}")
                cursor.copy_expert(f"COPY {name} FROM STDIN", io.StringIO(self.texts[name]))
        for name, start, last in set(self.numbers).difference(asked(cursor, NUMBERS)):
            cursor.execute("SELECT setval(%s, %s, %s)", [name, last or start, last is not None])
        return True


def asked(cursor: CursorWrapper, sql: str) -> list[tuple[Any, ...]]:
    cursor.execute(sql)
    return list(cursor.fetchall())


def taken(cursor: CursorWrapper, table: str) -> str:
    text = io.StringIO()
    cursor.copy_expert(f"COPY {table} TO STDOUT", text)
    return text.getvalue()


def keep(connection: BaseDatabaseWrapper) -> Kept:
    return KeptFile(connection) if connection.vendor == "sqlite" else KeptTemplate(connection)
