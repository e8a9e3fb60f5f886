"""A database that holds a log of an earlier release is migrated: no row is touched, and it stays append-only."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from auditlog.triggers import append_only_tables, missing_triggers, present_tables
from district.models import School, UserGroup
from tests.crosssite.logbook import entry

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

#: What every release has had; all tables that came later stand beside these.
FIRST = ("AuditLogEntry", "AuditLogEntryDescription", "AuditLogEntryDetail", "AuditLogEntryName", "AccessLogEntry")


def first_migration(app):
    return min(name for label, name in MigrationLoader(connection).disk_migrations if label == app)


def rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" ORDER BY id')
        return cursor.fetchall()


@pytest.fixture
def first_release():
    """The database as the first migrations of the log make it, with a log in it; returns that log."""
    with acting_as("ann"):
        UserGroup.objects.bulk_create([UserGroup(name=f"Group {number}") for number in range(20)])
        UserGroup.objects.update(description="of an earlier release")
        UserGroup.objects.get(name="Group 7").delete()
    entry(School.objects.create(name="Garfield High School"))
    # The command would complete the installation as well, with what this release records.
    MigrationExecutor(connection).migrate([("auditlog", first_migration("auditlog"))])
    there = present_tables(connection)
    assert set(FIRST) <= set(there) < set(append_only_tables())
    return {table: rows(table) for table in (*FIRST, "SyncLogEntry")}


def test_every_row_of_the_log_is_what_it_was_and_the_next_entry_has_the_next_number(first_release):
    call_command("migrate", verbosity=0)
    assert {table: rows(table) for table in first_release} == first_release
    assert len(first_release["AuditLogEntry"]) > 40
    assert len(first_release["SyncLogEntry"]) > 0
    with acting_as("ann"):
        UserGroup.objects.create(name="Of this release")
    assert AuditLogEntry.objects.latest("id").pk == first_release["AuditLogEntry"][-1][0] + 1


def test_every_table_of_the_log_is_append_only_afterwards(first_release):
    call_command("migrate", verbosity=0)
    assert present_tables(connection) == append_only_tables()
    assert missing_triggers(connection) == set()
    for table in first_release:
        for statement in ('UPDATE "{0}" SET id = id', 'DELETE FROM "{0}"') if first_release[table] else ():
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement.format(table))
