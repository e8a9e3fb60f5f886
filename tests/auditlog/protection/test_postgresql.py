"""Everything by which a role could get round the triggers is told; a role that can only add has no powers."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.db import connection

from auditlog.protection import protection_of
from auditlog.triggers import append_only_tables

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
