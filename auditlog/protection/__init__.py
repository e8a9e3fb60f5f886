"""What protects the log in the database beside its triggers: the powers of a role, and how a connection is set.

One module per engine, the same functions in each.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from . import postgresql, sqlite

ENGINES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}


def protection_of(connection: BaseDatabaseWrapper) -> Any:
    """The module for a connection's engine: ``connection_faults`` and ``powers``."""
    return ENGINES[connection.vendor]
