"""docs/operations.md on PostgreSQL: the night's backup, restored into an empty server of another machine."""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from dataclasses import dataclass
from http.cookies import SimpleCookie

import psycopg2
import pytest
from psycopg2 import errors

from auditlog.triggers import append_only_tables
from tests.district.pages import Form
from tests.operations.page import under

from .conftest import PASSWORD
from .machine import free_ports
from .test_roles import ON_A_TABLE
from .units import variables
from .visitor import Visitor

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


def follow(machine, *headings):
    """What the commands below these headings write."""
    before = len(machine.said)
    for step in (step for heading in headings for step in under(heading)):
        machine.follow(step)
    return machine.said[before:]


@pytest.fixture(scope="module")
def backed_up(machine, administrator):
    """What the log held when the night's backup was made; something was changed since."""
    follow(machine, "Backup on PostgreSQL", "Every night")
    log = database(machine, "owner", "OWNER_DATABASE_URL").log()
    make_group(administrator, "After the backup")
    return log


@pytest.fixture(scope="module")
def restored(machine, administrator, backed_up):
    """Another server, empty, without our settings: the page puts both back. Afterwards the first one serves again."""
    first, lost = machine.ports["db"], machine.root / "etc/lost"
    (machine.root / "etc/chalkline").rename(lost)
    machine.call("systemctl stop chalkline.service")
    machine.ports["db"] = free_ports("db")["db"]
    machine.start_postgresql("data-of-another")
    follow(machine, "Restore on PostgreSQL", "The database from a backup")
    machine.call("systemctl start chalkline.service")
    wait_until_it_answers(machine, administrator)
    yield machine
    machine.call("systemctl stop chalkline.service")
    shutil.rmtree(machine.root / "etc/chalkline")
    lost.rename(machine.root / "etc/chalkline")
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


def test_an_upgrade_keeps_every_row_and_a_roll_back_is_what_was_before_it(restored, administrator):
    owner = database(restored, "owner", "OWNER_DATABASE_URL")
    before = owner.log()
    said = follow(restored, "Upgrade")
    assert "No migrations to apply" in said
    assert "no issues" in said
    assert owner.log() == before
    wait_until_it_answers(restored, administrator)
    make_group(administrator, "In the new release")
    follow(restored, "Roll back", "On the same machine", "The database from a backup")
    restored.call("systemctl start chalkline.service")
    wait_until_it_answers(restored, administrator)
    assert owner.log() == before
    kept = Database(owner.address + "_before", owner.port)
    assert "In the new release" in str(kept.log()["AuditLogEntry"][len(before["AuditLogEntry"]) :])


def test_new_passwords_and_a_new_key_shut_out_whoever_knew_the_old_ones(restored, administrator):
    old = [database(restored, "environment", "DATABASE_URL"), database(restored, "owner", "OWNER_DATABASE_URL")]
    follow(restored, "A password has become known")
    stranger = Visitor(administrator.port, administrator.certificate, cookies=SimpleCookie(administrator.cookies))
    wait_until_it_answers(restored, stranger)
    assert stranger.ask("/").headers["Location"].startswith("/login/")
    visitor = Visitor(administrator.port, administrator.certificate)
    assert visitor.sign_in("yourname", PASSWORD).headers["Location"] == "/"
    assert visitor.ask("/audit-log/").status == 200
    assert database(restored, "owner", "OWNER_DATABASE_URL").ask("SELECT current_user") == [("chalkline_owner",)]
    for known in old:
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            known.ask("SELECT 1")


def test_a_log_that_was_touched_is_told_row_by_row_and_is_protected_again(restored):
    restored.call("chalkline-backup")
    assert follow(restored, "Compare on PostgreSQL") == ""
    restored.call(
        "runuser -u postgres -- psql --quiet --set=ON_ERROR_STOP=1 chalkline <<SQL\n"
        'ALTER TABLE "AuditLogEntry" DISABLE TRIGGER ALL;\n'
        "UPDATE \"AuditLogEntry\" SET changed_by = 'nobody' WHERE id = 1;\n"
        'ALTER TABLE "AuditLogEntryDetail" DISABLE TRIGGER ALL;\n'
        'DELETE FROM "AuditLogEntryDetail" WHERE entry_id = 2;\nSQL'
    )
    told = follow(restored, "Compare on PostgreSQL").splitlines()
    assert {line.partition("\t")[0] for line in told if line.startswith("AuditLogEntry: ")} == {"AuditLogEntry: 1"}
    assert {line.partition(": ")[0] for line in told} == {"AuditLogEntry", "AuditLogEntryDetail"}
    with pytest.raises(AssertionError, match="AuditLogEntry_append_only"):
        restored.call("chalkline check --deploy --database default --fail-level WARNING")
    follow(restored, "The triggers of the log are gone")
    with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
        database(restored, "owner", "OWNER_DATABASE_URL").ask('DELETE FROM "AuditLogEntryDetail"')
