"""The test database as the migrations made it, kept aside, and put back after every test that commits.

Django would empty every table row by row of the schema and complete the installation anew, which takes the append-only
triggers away each time and longer than most tests.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod

from django.db.backends.base.base import BaseDatabaseWrapper


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
    """PostgreSQL: a database beside it, of which it is made again."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection)
        quote = connection.ops.quote_name
        self.name = quote(connection.settings_dict["NAME"])
        self.copy = quote(f"{connection.settings_dict['NAME']}_kept")
        self.make(self.copy, template=self.name)

    def make(self, name: str, template: str) -> None:
        self.connection.close()
        with self.connection._nodb_cursor() as cursor:
            # Connections that a killed process or a server's thread left are no reason to keep it.
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")

    def put_back(self) -> None:
        self.make(self.name, template=self.copy)

    def drop(self) -> None:
        with self.connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {self.copy}")


def keep(connection: BaseDatabaseWrapper) -> Kept:
    return KeptFile(connection) if connection.vendor == "sqlite" else KeptTemplate(connection)
