"""Everything by which a role could get round the triggers is told; a role that can only add has no powers."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import ProgrammingError, connection, transaction

from auditlog.acknowledging import Seen, acknowledge
from auditlog.context import acting_as
from auditlog.models import AccessLogEntry, AuditLogEntry, AuditLogEntryMark
from auditlog.protection import protection_of
from auditlog.triggers import append_only_tables
from crosssite.reviews import mark_all
from district.models import UserGroup
from tests.crosssite.logbook import entry

pytestmark = pytest.mark.django_db
TABLES = ["AuditLogEntry", "SyncLogEntry"]


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def adder():
    """A role that may read the log and add to it; gone with the test's transaction."""
    execute("CREATE ROLE adder; GRANT USAGE ON SCHEMA public TO adder")
    for table in append_only_tables():
        execute(f'GRANT SELECT, INSERT ON "{table}" TO adder')
    return "adder"


@contextmanager
def as_role(name):
    execute(f"SET LOCAL ROLE {name}")
    yield
    execute("RESET ROLE")


def powers(role, tables=TABLES):
    with as_role(role):
        return protection_of(connection).powers(connection, tables)


def test_a_role_that_reads_and_adds_has_no_powers(adder):
    assert powers(adder, append_only_tables()) == []


@pytest.mark.parametrize("privilege", ["UPDATE", "DELETE", "TRUNCATE", "TRIGGER"])
def test_a_privilege_is_told_with_its_table_also_where_everybody_has_it(adder, privilege):
    execute(f'GRANT {privilege} ON "SyncLogEntry" TO PUBLIC')
    assert powers(adder) == [f"has {privilege} on SyncLogEntry"]


def test_a_privilege_on_one_column_is_told(adder):
    execute('GRANT UPDATE (changed_by) ON "AuditLogEntry" TO adder')
    assert powers(adder) == ["has UPDATE on AuditLogEntry"]


@pytest.mark.parametrize(
    ("owned", "told"),
    [
        ('TABLE "AuditLogEntry"', "owns table AuditLogEntry"),
        ("FUNCTION auditlog_refuse()", "owns function auditlog_refuse"),
        ("SCHEMA public", "owns schema public"),
    ],
)
def test_what_the_role_owns_is_told_also_by_way_of_another_role(adder, owned, told):
    execute(f"CREATE ROLE keeper; ALTER {owned} OWNER TO keeper")
    assert powers(adder) == []
    execute("GRANT keeper TO adder")
    assert powers(adder) == [told]


def test_who_may_create_roles_could_become_any_other(adder):
    execute("ALTER ROLE adder CREATEROLE")
    assert powers(adder) == ["may create roles"]


def test_a_superuser_is_told_as_one(adder):
    execute("ALTER ROLE adder SUPERUSER")
    assert powers(adder) == ["is a superuser"]


@pytest.fixture
def served(settings):
    """The role that serves, after a migration; before it anybody could do anything."""
    execute("CREATE ROLE served")
    execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO served, PUBLIC")
    execute('GRANT UPDATE (changed_by) ON "AuditLogEntry" TO served')
    settings.APPLICATION_ROLE = "served"
    call_command("migrate", verbosity=0)
    return "served"


def refused(statement):
    """Whether the database refuses it for want of a right, and not by a trigger."""
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        execute(statement)
    return True


def test_after_a_migration_the_role_that_serves_has_no_powers(served):
    assert powers(served, append_only_tables()) == []


@pytest.mark.parametrize("table", append_only_tables())
def test_of_the_log_it_can_only_read_and_add(served, table):
    with as_role(served):
        execute(f'SELECT * FROM "{table}"')
        for statement in (
            f'UPDATE "{table}" SET id = id',
            f'DELETE FROM "{table}"',
            f'TRUNCATE "{table}" CASCADE',
            f'ALTER TABLE "{table}" DISABLE TRIGGER ALL',
            f'DROP TRIGGER "{table}_append_only" ON "{table}"',
            f'CREATE TRIGGER a BEFORE INSERT ON "{table}" EXECUTE FUNCTION auditlog_refuse()',
            f'DROP TABLE "{table}" CASCADE',
            f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), 1)",
        ):
            assert refused(statement)


def test_it_can_do_its_work(served, school, auditor, client):
    """Recording with marks, acknowledging, tracing, reviewing; changing and removing records."""
    with as_role(served):
        with acting_as("ann"):
            group = UserGroup.objects.create(name="Coaches")
            UserGroup.objects.update(description="of teams")
            group.delete()
            execute("SELECT setval(pg_get_serial_sequence('\"UserGroup\"', 'id'), 900)")  # as loaddata does
        made = AuditLogEntry.objects.filter(changed_by="ann")
        assert [found.action for found in made] == ["delete", *["change"] * (len(made) - 2), "add"]
        marked = AuditLogEntryMark.objects.select_related("entry").first().entry
        assert acknowledge([Seen(marked.change_set, marked.pk, marked.pk)]) == 1
        assert mark_all([entry(school).pk, entry(school).pk]) == 2
        client.force_login(auditor)
        assert client.get("/audit-log/export/").status_code == 200
        assert client.get("/sync-log/").status_code == 403
    assert set(AccessLogEntry.objects.values_list("event", flat=True)) == {"export started", "refused"}


def test_a_role_that_is_not_there_is_told_by_its_variable(settings):
    settings.APPLICATION_ROLE = "nobody_made_it"
    with pytest.raises(CommandError, match=r"DATABASE_URL: .*“nobody_made_it”"):
        call_command("migrate", verbosity=0)
