"""What differs between the database engines in a sync: one module per engine, the same functions in each."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from . import postgresql, sqlite

ENGINES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}


def sync_engine(connection: BaseDatabaseWrapper) -> Any:
    """The module for a connection's engine: ``district_lock``, ``update_rows``, ``insert_missing``, ``joined``."""
    return ENGINES[connection.vendor]
