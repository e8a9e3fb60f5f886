"""docs/operations.md on PostgreSQL: the night's backup, restored into an empty server of another machine."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass

import psycopg2
import pytest
from psycopg2 import errors

from auditlog.triggers import append_only_tables
from tests.district.pages import Form
from tests.operations.page import under

from .machine import free_ports
from .test_roles import ON_A_TABLE
from .units import variables

pytestmark = pytest.mark.slow


@dataclass
class Database:
    """Opened anew for each statement, so that no connection of a test is in a command's way."""

    address: str
    port: int

    def ask(self, statement: str) -> list[tuple]:
        with closing(psycopg2.connect(self.address, port=self.port)) as opened, opened.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def log(self) -> dict[str, list[tuple]]:
        """Every row of every table of the log."""
        return {table: self.ask(f'SELECT * FROM "{table}" ORDER BY id') for table in append_only_tables()}


def database(machine, name, variable):
    address = variables(machine.root / "etc/chalkline" / name)[variable]
    return Database(address, machine.ports["db"])


def wait_until_it_answers(machine, visitor):
    deadline = time.monotonic() + 60
    while visitor.ask("/healthz").status != 200:
        assert time.monotonic() < deadline, (machine.root / "journal-chalkline.service").read_text()
        time.sleep(0.1)


def make_group(administrator, name):
    form, address = Form("usergroup_form"), "/admin/district/usergroup/add/"
    form.feed(administrator.ask(address).text)
    assert administrator.ask(address, {**form.values, "name": name}).status == 302


@pytest.fixture(scope="module")
def backed_up(machine, administrator):
    """What the log held when the night's backup was made; something was changed since."""
    for step in (*under("Backup on PostgreSQL"), *under("Every night")):
        machine.follow(step)
    log = database(machine, "owner", "OWNER_DATABASE_URL").log()
    make_group(administrator, "After the backup")
    return log


@pytest.fixture(scope="module")
def restored(machine, administrator, backed_up):
    """Another server, empty, without our settings: the page puts both back. Afterwards the first one serves again."""
    first, lost = machine.ports["db"], machine.root / "etc/chalkline"
    lost.rename(machine.root / "etc/lost")
    machine.call("systemctl stop chalkline.service")
    machine.ports["db"] = free_ports("db")["db"]
    machine.start_postgresql("data-of-another")
    for step in (*under("Restore on PostgreSQL"), *under("The database from a backup")):
        machine.follow(step)
    machine.call("systemctl start chalkline.service")
    wait_until_it_answers(machine, administrator)
    yield machine
    machine.call("systemctl stop chalkline.service")
    machine.stop_postgresql("data-of-another")
    machine.ports["db"] = first
    machine.call("systemctl start chalkline.service")
    wait_until_it_answers(machine, administrator)


def test_the_log_is_the_same_row_by_row_and_lacks_what_was_done_since_the_backup(restored, backed_up):
    log = database(restored, "owner", "OWNER_DATABASE_URL").log()
    assert min(len(log[table]) for table in ("AuditLogEntry", "AuditLogEntryName", "AuditLogEntryDetail")) > 0
    assert log == backed_up
    assert "After the backup" not in str(log)


@pytest.mark.parametrize("table", append_only_tables())
def test_the_role_that_serves_can_read_the_log_and_add_to_it_and_no_more(restored, table):
    web = database(restored, "environment", "DATABASE_URL")
    rights = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    asked = ", ".join(f"has_table_privilege('\"{table}\"', '{right}')" for right in rights)
    assert web.ask(f"SELECT {asked}") == [(True, True, *[False] * 5)]
    for statement in ON_A_TABLE:
        with pytest.raises(errors.InsufficientPrivilege, match=r"permission denied|must be owner"):
            web.ask(statement.format(table))


@pytest.mark.parametrize("table", append_only_tables())
def test_the_log_is_still_append_only_for_its_owner(restored, backed_up, table):
    owner = database(restored, "owner", "OWNER_DATABASE_URL")
    of_rows = ('UPDATE "{0}" SET id = id', 'DELETE FROM "{0}"') if backed_up[table] else ()
    for statement in (*of_rows, 'TRUNCATE "{0}" CASCADE'):
        with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
            owner.ask(statement.format(table))


def test_people_work_on_and_the_next_entries_have_the_next_numbers(restored, backed_up, administrator):
    make_group(administrator, "Coaches")
    assert "Coaches" in administrator.ask("/audit-log/").text
    log = database(restored, "owner", "OWNER_DATABASE_URL").log()
    for table, rows in backed_up.items():
        assert log[table][: len(rows)] == rows
    new = log["AuditLogEntry"][len(backed_up["AuditLogEntry"]) :]
    assert [row[0] for row in new] == [backed_up["AuditLogEntry"][-1][0] + 1]
