"""What protects the log in the database beside its triggers: the powers of a role, and how a connection is set.

One module per engine, the same functions in each.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from ..triggers import present_tables
from . import postgresql, sqlite

ENGINES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}


def protection_of(connection: BaseDatabaseWrapper) -> Any:
    """The module for a connection's engine: ``connection_faults``, ``powers``, ``has_role`` and ``grant``."""
    return ENGINES[connection.vendor]


def after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Give the role that serves its rights, after every migration: new tables come, and a restore may lose them."""
    if sender.name == "auditlog" and settings.APPLICATION_ROLE:
        give_role_its_rights(connections[using], settings.APPLICATION_ROLE)


def give_role_its_rights(connection: BaseDatabaseWrapper, role: str) -> None:
    """All rights on rows, but of the log only to read and to add; whatever else it was granted is taken back."""
    engine = protection_of(connection)
    if not engine.has_role(connection, role):
        raise CommandError(
            _("DATABASE_URL: the database has no role “%s”. Make it (docs/install.md, “Database”), then migrate again.")
            % role
        )
    log = present_tables(connection)
    ours = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    others = sorted(ours.intersection(connection.introspection.table_names()) - set(log))
    with transaction.atomic(using=connection.alias):
        engine.grant(connection, role, log=log, others=others)
