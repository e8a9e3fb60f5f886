"""The role that serves reads the logs and adds to them, whoever may hold its password."""

from __future__ import annotations

import psycopg2
import pytest
from psycopg2 import errors

from auditlog.triggers import append_only_tables

from .units import variables

#: By name of the table.
ON_A_TABLE = (
    'UPDATE "{0}" SET id = id',
    'DELETE FROM "{0}"',
    'TRUNCATE "{0}" CASCADE',
    'INSERT INTO "{0}" SELECT * FROM "{0}" ON CONFLICT (id) DO UPDATE SET id = excluded.id',
    'ALTER TABLE "{0}" DISABLE TRIGGER ALL',
    'DROP TRIGGER "{0}_append_only" ON "{0}"',
    'DROP TRIGGER "{0}_no_truncate" ON "{0}"',
    'CREATE TRIGGER silent BEFORE INSERT ON "{0}" FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'CREATE RULE silent AS ON INSERT TO "{0}" DO INSTEAD NOTHING',
    'ALTER TABLE "{0}" OWNER TO chalkline_web',
    'ALTER TABLE "{0}" RENAME TO gone',
    'DROP TABLE "{0}" CASCADE',
)
ON_ALL_OF_IT = (
    "SET ROLE chalkline_owner",
    "SET SESSION AUTHORIZATION chalkline_owner",
    "GRANT chalkline_owner TO chalkline_web",
    "ALTER ROLE chalkline_web SUPERUSER",
    "CREATE ROLE another",
    "REASSIGN OWNED BY chalkline_owner TO chalkline_web",
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION auditlog_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "DROP FUNCTION auditlog_refuse() CASCADE",
    "CREATE TABLE mine ()",
    "CREATE TEMPORARY TABLE mine ()",
    "DROP SCHEMA public CASCADE",
    "DROP OWNED BY chalkline_owner",
    "DROP DATABASE chalkline",
    "COPY \"AuditLogEntry\" TO PROGRAM 'true'",
)


@pytest.fixture(scope="module")
def connect(machine, administrator):
    """A connection under the address that a file in /etc/chalkline holds."""
    opened = []

    def open_one(name, variable):
        address = variables(machine.root / "etc/chalkline" / name)[variable]
        opened.append(psycopg2.connect(address, port=machine.ports["db"]))
        opened[-1].autocommit = True
        return opened[-1].cursor()

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture(scope="module")
def web(connect):
    return connect("environment", "DATABASE_URL")


@pytest.fixture(scope="module")
def owner(connect):
    return connect("owner", "OWNER_DATABASE_URL")


@pytest.mark.parametrize("table", append_only_tables())
def test_of_a_table_of_the_log_it_can_change_nothing(web, table):
    web.execute(f'SELECT count(*) FROM "{table}"')
    for statement in ON_A_TABLE:
        with pytest.raises(errors.InsufficientPrivilege, match=r"permission denied|must be owner"):
            web.execute(statement.format(table))
    # Without a right of one's own to pass on, GRANT is a warning.
    web.execute(f'GRANT ALL ON "{table}" TO chalkline_web')
    web.execute("SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE, TRIGGER')", [f'"{table}"'])
    assert web.fetchone() == (False,)


@pytest.mark.parametrize("statement", ON_ALL_OF_IT)
def test_it_cannot_become_more_than_it_is(web, statement):
    with pytest.raises(errors.InsufficientPrivilege):
        web.execute(statement)


def test_of_the_owner_it_knows_no_password(machine, web):
    mine = variables(machine.root / "etc/chalkline/environment")["DATABASE_URL"]
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(mine.replace("chalkline_web", "chalkline_owner"), port=machine.ports["db"])


def test_the_triggers_refuse_the_owner_too(owner):
    owner.execute('SELECT count(*) FROM "AuditLogEntry"')
    (before,) = owner.fetchone()
    assert before > 0
    for statement in ('UPDATE "{0}" SET id = id', 'DELETE FROM "{0}"', 'TRUNCATE "{0}" CASCADE'):
        with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
            owner.execute(statement.format("AuditLogEntry"))
    owner.execute('SELECT count(*) FROM "AuditLogEntry"')
    assert owner.fetchone() == (before,)
