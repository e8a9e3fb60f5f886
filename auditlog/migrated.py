"""Whether the database has the tables that this version needs: commands say so before they meet one that is missing."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _


def require_migrations() -> None:
    """CommandError, in a sentence, where migrations are missing. OperationalError where the database is away."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError(_("The database is not migrated: run manage.py migrate first."))
