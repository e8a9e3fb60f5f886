"""docs/operations.md on SQLite: what it says is done, to a file that is written to and to a place that is empty."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
from contextlib import closing

import pytest

from auditlog.triggers import append_only_tables
from tests.district.pages import Form
from tests.install.machine import Machine
from tests.install.units import variables
from tests.served import Server, Visitor

from .page import ROOT, installing, under

pytestmark = pytest.mark.slow

PASSWORD = "slate-and-chalk-2"
BACKUP = "Backup on SQLite"
RESTORE = "Restore on SQLite"
FILE = "var/lib/chalkline/chalkline.sqlite3"
#: Writes pairs of groups for ever, each pair and its entries in one transaction, and says which one is committed.
WRITER = """
import django
django.setup()
from auditlog.context import acting_as
from district.models import UserGroup
with acting_as("writer"):
    for number in range(1_000_000):
        UserGroup.objects.bulk_create([UserGroup(name=f"{number} {half}") for half in ("left", "right")])
        print(number, flush=True)
"""


@pytest.fixture(scope="module")
def machine():
    """A server with a small district on it, with a log; nothing is running."""
    machine = Machine()
    try:
        machine.prepare()
        for step in installing("1. Packages, account, program"):
            machine.follow(step)
        (machine.root / "etc/chalkline").mkdir()
        machine.call("install -d -o chalkline -g chalkline -m 750 /var/lib/chalkline")
        settings = [
            f"DATABASE_URL=sqlite:///{machine.root}/{FILE}",
            "SECRET_KEY=0123456789abcdefghijklmnopqrstuvwxyz-0123456789abcdef",
            "ALLOWED_HOSTS=127.0.0.1,chalkline.example.org",
            "TRUSTED_PROXIES=127.0.0.1",
            "HTTPS=0",
        ]
        (machine.root / "etc/chalkline/environment").write_text("\n".join(settings) + "\n")
        for step in (*installing("3. One command for all commands"), *installing("5. The server")[:1]):
            machine.follow(step)
        machine.call("chalkline fill_log --entries 500 --sync-entries 500")
        for step in under("The last administrator is locked out"):
            machine.follow(step, typed=f"{PASSWORD}\n{PASSWORD}\n")
        for step in under(BACKUP)[:1]:
            machine.follow(step)
        machine.call("chmod 755 /usr/local/sbin/chalkline-backup")
        yield machine
    finally:
        machine.stop()


def rows(path):
    """Every row of every table of the log."""
    with closing(sqlite3.connect(path)) as file:
        return {
            table: file.execute(f'SELECT * FROM "{table}" ORDER BY id').fetchall() for table in append_only_tables()
        }


def back_up(machine):
    """By the page's command; the second in which it begins is the backup's name, so the next one is for another."""
    machine.call("chalkline-backup")
    time.sleep(1)


def newest_backup(machine, folder):
    """The newest backup, unpacked."""
    packed = max((machine.root / "var/backups/chalkline").glob("*.sqlite3.gz"))
    path = folder / packed.stem
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


@pytest.fixture
def writer(machine, tmp_path):
    """Somebody who writes all the time; called, it says which number was committed last."""
    said = tmp_path / "said"
    settings = variables(machine.root / "etc/chalkline/environment")
    environment = {**machine.environment, **settings, "DJANGO_SETTINGS_MODULE": "config.settings"}
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER], cwd=ROOT, env=environment, stdout=output, **machine.user
        )

    def committed(at_least=0):
        deadline = time.monotonic() + 60
        while (done := int((said.read_text().rpartition("\n")[0].splitlines() or [-1])[-1])) < at_least:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return done

    yield committed
    process.kill()
    process.wait()


def test_a_backup_that_is_taken_while_somebody_writes_is_one_moment_and_keeps_nobody_waiting(machine, writer, tmp_path):
    for _time in range(3):
        before = writer(at_least=writer() + 5)
        back_up(machine)
        after = writer(at_least=before + 1)
        with closing(sqlite3.connect(newest_backup(machine, tmp_path))) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
            groups = copy.execute("SELECT name FROM \"UserGroup\" WHERE name GLOB '[0-9]* *'").fetchall()
            entries = copy.execute(
                'SELECT affected_object, count("AuditLogEntryDetail".id) FROM "AuditLogEntry" '
                'LEFT JOIN "AuditLogEntryDetail" ON entry_id = "AuditLogEntry".id '
                "WHERE changed_by = 'writer' GROUP BY 1"
            ).fetchall()
        # Both of a pair and their whole entries, or none of it; all that was committed before, and not what came after.
        last = max(int(name.split()[0]) for (name,) in groups)
        assert before <= last <= after
        assert sorted(groups) == sorted((f"{n} {half}",) for n in range(last + 1) for half in ("left", "right"))
        assert sorted(name for (name, _details) in entries) == sorted(name for (name,) in groups)
        assert len({details for (_name, details) in entries}) == 1


def test_a_backup_is_out_of_reach_of_others_and_has_the_settings_beside_it(machine):
    back_up(machine)
    folder = machine.root / "var/backups/chalkline"
    assert oct(folder.stat().st_mode)[-3:] == "700"
    assert {oct(path.stat().st_mode)[-3:] for path in folder.iterdir()} == {"600"}
    assert not list(folder.glob("*.part*"))
    machine.call(f"install -d there\ntar -xzf {max(folder.glob('*.settings.tar.gz'))} -C there")
    there = machine.root / "root/there/environment"
    assert there.read_text() == (machine.root / "etc/chalkline/environment").read_text()
    there.unlink()


def test_a_backup_of_a_damaged_file_is_a_failure_and_no_backup(machine, tmp_path):
    file, kept = machine.root / FILE, tmp_path / "kept"
    shutil.copy(file, kept)
    before = sorted((machine.root / "var/backups/chalkline").glob("*.sqlite3.gz"))
    with file.open("r+b") as spoiled:
        spoiled.seek(file.stat().st_size // 2)
        spoiled.write(b"\xff" * 8192)
    try:
        with pytest.raises(AssertionError, match=r"damaged|malformed"):
            back_up(machine)
    finally:
        shutil.copyfile(kept, file)
    assert sorted((machine.root / "var/backups/chalkline").glob("*.sqlite3.gz")) == before


def test_a_restored_file_has_the_same_log_still_append_only_and_goes_on_with_the_next_number(machine, tmp_path):
    back_up(machine)
    before = rows(machine.root / FILE)
    assert min(len(before[table]) for table in ("AuditLogEntry", "AuditLogEntryMark", "SyncLogEntry")) > 0
    shutil.move(machine.root / FILE, tmp_path / "lost")
    for step in under(RESTORE):
        machine.follow(step)
    try:
        assert rows(machine.root / FILE) == before
        visitor = signed_in(machine)
        assert "writer" in visitor.ask("/audit-log/")[1]
        make_group(visitor)
    finally:
        machine.call("systemctl stop chalkline.service")
    after = rows(machine.root / FILE)
    assert {table: after[table][: len(before[table])] for table in before} == before
    [added] = after["AuditLogEntry"][len(before["AuditLogEntry"]) :]
    assert added[0] == before["AuditLogEntry"][-1][0] + 1
    refuses_changes(machine.root / FILE)


def test_a_log_that_was_touched_is_told_row_by_row(machine):
    back_up(machine)
    [compare] = under("Compare on SQLite")
    assert machine.call(compare.text) == ""
    with closing(sqlite3.connect(machine.root / FILE)) as file, file:
        for name in ("AuditLogEntry_no_update", "AuditLogEntryDetail_no_delete"):
            file.execute(f'DROP TRIGGER "{name}"')
        file.execute("UPDATE \"AuditLogEntry\" SET changed_by = 'nobody' WHERE id = 1")
        detail = file.execute('SELECT max(id) FROM "AuditLogEntryDetail"').fetchone()
        file.execute('DELETE FROM "AuditLogEntryDetail" WHERE id = ?', detail)
    told = machine.call(compare.text).splitlines()
    assert [line.partition(",")[0] for line in told] == ["AuditLogEntry (1", f"AuditLogEntryDetail ({detail[0]}"]


def signed_in(machine):
    """Who was made an administrator, as soon as the server answers."""
    server = Server(f"http://127.0.0.1:{machine.ports['app']}", None, machine.root / "journal-chalkline.service")
    visitor, deadline = Visitor(server), time.monotonic() + 60
    while True:
        try:
            assert visitor.ask("/healthz")[0] == 200
            break
        except urllib.error.URLError:
            assert time.monotonic() < deadline, server.log.read_text()
            time.sleep(0.1)
    visitor.sign_in("yourname", PASSWORD)
    return visitor


def make_group(visitor):
    form, address = Form("usergroup_form"), "/admin/district/usergroup/add/"
    form.feed(visitor.ask(address)[1])
    values = {name: value[0] for name, value in form.values.items()}
    status, page = visitor.ask(address, {**values, "name": "Coaches"})
    assert (status, "Coaches" in page) == (200, True)


#: As clients that know nothing of our settings.
CHANGES = ('UPDATE "{0}" SET id = id', 'DELETE FROM "{0}"', 'REPLACE INTO "{0}" SELECT * FROM "{0}"')


def refuses_changes(path):
    with closing(sqlite3.connect(path)) as file:
        for table in append_only_tables():
            # Where there is no row, there is nothing that a trigger of rows could refuse.
            for statement in CHANGES if file.execute(f'SELECT 1 FROM "{table}"').fetchone() else ():
                with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                    file.execute(statement.format(table))
