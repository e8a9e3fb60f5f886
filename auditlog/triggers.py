"""Keeping the log tables append-only in the database itself, on every engine."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.core.management.base import CommandError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .engines import engine_of


def append_only_tables() -> list[str]:
    """The tables of every append-only model of every app."""
    from .models import AppendOnlyModel

    return [model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnlyModel)]


def present_tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Those of the append-only tables that exist (in the middle of a migration not all do)."""
    existing = set(connection.introspection.table_names())
    return [table for table in append_only_tables() if table in existing]


def missing_triggers(connection: BaseDatabaseWrapper) -> set[str]:
    """Names of the triggers that should be there and are not, or do not what they should."""
    engine = engine_of(connection)
    tables = present_tables(connection)
    wanted = {name for table in tables for name in engine.trigger_names(table)}
    return wanted - set(engine.live_triggers(connection, tables))


def make_triggers(connection: BaseDatabaseWrapper) -> None:
    for table in present_tables(connection):
        engine_of(connection).make_triggers(connection, table)


def drop_triggers(connection: BaseDatabaseWrapper) -> None:
    for table in present_tables(connection):
        engine_of(connection).drop_triggers(connection, table)


def after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Make the triggers anew after every migration and refuse to finish without them.

    Django's remake of an SQLite table drops its triggers without a word.
    """
    if sender.name != "auditlog":
        return
    connection = connections[using]
    make_triggers(connection)
    if missing := missing_triggers(connection):
        raise CommandError(
            f"The log tables are not append-only, triggers are missing or altered: {', '.join(sorted(missing))}"
        )
