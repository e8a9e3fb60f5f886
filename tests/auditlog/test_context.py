"""Invariants 4 and 9: who is named, and what belongs together."""

from __future__ import annotations

import asyncio
import datetime
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from auditlog import context
from auditlog.context import acting_as, current_actor, current_work, not_a_change
from auditlog.models import AuditLogEntry
from district.models import UserGroup

from .logbook import Logbook

ROOT = Path(settings.BASE_DIR)


def names(log):
    return [entry.changed_by for entry in log.entries()]


@pytest.mark.django_db
def test_nested_blocks_name_the_inner_one_and_then_the_outer_one_again(log):
    with acting_as("outer", channel="web", address="10.0.0.1"):
        UserGroup.objects.create(name="A")
        with acting_as("inner", person="Ina Inner", user_id=3):
            UserGroup.objects.create(name="B")
        UserGroup.objects.create(name="C")
    assert names(log) == ["outer", "inner", "outer"]
    assert {(entry.channel, entry.address) for entry in log.entries()} == {("web", "10.0.0.1")}
    assert len({entry.change_set for entry in log.entries()}) == 1


@pytest.mark.django_db
def test_a_block_that_raises_names_nobody_afterwards(log):
    def fail():
        with acting_as("outer"):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert current_work() is None


@pytest.mark.django_db
def test_two_blocks_are_two_change_sets_and_keep_their_order(log):
    with acting_as("a"):
        UserGroup.objects.create(name="A")
        UserGroup.objects.filter(name="A").update(name="B")
    with acting_as("a"):
        UserGroup.objects.filter(name="B").delete()
    first, second, third = log.entries()
    assert first.change_set == second.change_set != third.change_set
    newest_first = AuditLogEntry.objects.filter(id__gt=log.start).order_by("-timestamp", "-id")
    assert list(newest_first) == [third, second, first]


@pytest.mark.django_db(transaction=True)
def test_without_a_block_each_outermost_transaction_is_a_change_set():
    log = Logbook()
    with transaction.atomic():
        UserGroup.objects.create(name="A")
        with transaction.atomic():
            UserGroup.objects.create(name="B")
        UserGroup.objects.create(name="C")
    UserGroup.objects.create(name="D")
    sets = [entry.change_set for entry in log.entries()]
    assert sets[0] == sets[1] == sets[2] != sets[3]


@pytest.mark.django_db(transaction=True)
def test_a_change_set_that_began_in_a_savepoint_ends_with_its_rollback_and_others_with_theirs():
    log = Logbook()
    called = []
    with transaction.atomic():
        for _number in range(3):
            transaction.on_commit(lambda: called.append(1))
        point = transaction.savepoint()
        UserGroup.objects.create(name="A")
        transaction.savepoint_rollback(point)
        UserGroup.objects.create(name="B")
        transaction.on_commit(lambda: called.append(1), robust=True)
        UserGroup.objects.create(name="C")
    assert called == [1] * 4
    assert len({entry.change_set for entry in log.entries()}) == 1
    assert [entry.affected_object for entry in log.entries()] == ["B", "C"]


@pytest.mark.django_db
def test_a_history_told_afterwards_carries_its_own_time(log):
    at = datetime.datetime(2010, 5, 13, 20, 0, 58, tzinfo=datetime.UTC)
    with acting_as("admin", at=at):
        UserGroup.objects.create(name="A")
    assert log.entries()[0].timestamp == at


@pytest.mark.django_db
def test_a_name_is_never_blank(log):
    with acting_as(""):
        UserGroup.objects.create(name="A")
    UserGroup.objects.create(name="B")
    assert all(name and name != "admin" for name in names(log))


@pytest.mark.django_db(transaction=True)
def test_threads_each_have_their_own_name_and_a_new_one_has_nobodys():
    log = Logbook()
    together = threading.Barrier(3)

    def work(name):
        try:
            if name is None:
                together.wait(30)
                UserGroup.objects.create(name="nobody's")
                return
            with acting_as(name):
                together.wait(30)
                UserGroup.objects.create(name=name)
        finally:
            connection.close()

    with acting_as("starter"):
        threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", None)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    by_object = {entry.affected_object: entry.changed_by for entry in log.entries()}
    assert (by_object["a"], by_object["b"]) == ("a", "b")
    assert by_object["nobody's"] == context.process_actor().name


@pytest.mark.django_db
def test_tasks_of_one_event_loop_each_have_their_own_name(log):
    async def work(name, first, second):
        with acting_as(name):
            first.set()
            await second.wait()
            await UserGroup.objects.acreate(name=name)

    async def both():
        a, b = asyncio.Event(), asyncio.Event()
        await asyncio.gather(work("a", a, b), work("b", b, a))

    from asgiref.sync import async_to_sync

    async_to_sync(both)()
    assert sorted((entry.affected_object, entry.changed_by) for entry in log.entries()) == [("a", "a"), ("b", "b")]


def test_upkeep_is_silent_for_its_columns_and_only_within_its_block():
    with not_a_change("password"):
        with not_a_change("x"):
            assert context.silent_columns() == {"password", "x"}
        assert context.silent_columns() == {"password"}
    assert context.silent_columns() == frozenset()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["manage.py", "sync_rosters", "x"], "command: sync_rosters"),
        (["/srv/manage.py", "shell"], "shell"),
        (["/usr/bin/django-admin", "migrate"], "command: migrate"),
        (["/usr/bin/gunicorn", "config.wsgi"], "gunicorn"),
        (["-c"], "shell"),
        ([""], "shell"),
        ([], "shell"),
    ],
)
def test_work_without_a_person_is_named_after_what_did_it(monkeypatch, arguments, name):
    monkeypatch.setattr(sys, "argv", arguments)
    assert current_actor().name == name


@pytest.mark.parametrize(
    ("name", "before", "told"),
    [
        ("root", None, "root"),
        ("root", "", "root"),
        ("root", "jdoe", "root (sudo: jdoe)"),
        ("jdoe", "jdoe", "jdoe"),
        ("chalkline", "j\udcff", "chalkline (sudo: j\\udcff)"),
        ("x" * 400, "jdoe", "x" * 320),
    ],
)
def test_who_runs_a_command_is_told_and_who_became_that_by_sudo(monkeypatch, log, name, before, told):
    monkeypatch.setattr("getpass.getuser", lambda: name)
    monkeypatch.delenv("SUDO_USER", raising=False)
    if before is not None:
        monkeypatch.setenv("SUDO_USER", before)
    monkeypatch.setattr(sys, "argv", ["manage.py", "some_command"])
    UserGroup.objects.create(name="A")
    [entry] = log.entries()
    assert (entry.changed_by, entry.changed_by_name) == ("command: some_command", told)


def test_who_has_no_name_on_the_system_is_told_by_sudos_name_alone(monkeypatch):
    def nobody():
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert context.login_name() == ""
    monkeypatch.setenv("SUDO_USER", "jdoe")
    assert context.login_name() == "(sudo: jdoe)"


SCRIPT = "from district.models import UserGroup as G; G.objects.create(name='A'); G.objects.create(name='B')"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "name", "channel"),
    [
        (["make_administrator", "boss", "--password-stdin"], "command: make_administrator", "command"),
        (["shell", "-c", SCRIPT], "shell", "shell"),
    ],
)
def test_a_command_is_named_and_is_one_change_set(tmp_path, arguments, name, channel):
    """In a process of its own, on a database of its own: as a technician runs it."""
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path / 'chalkline.sqlite3'}", "DEBUG": "1"}
    environment |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "LOGNAME": "root", "SUDO_USER": "jdoe"}

    def manage(*words, **options):
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True, **options
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    manage("migrate", "-v0")
    manage(*arguments, input="chalk-and-slate-1\n")
    read = (
        "from auditlog.models import AuditLogEntry as E;"
        "entries = E.objects.exclude(channel='install');"
        "print([(e.changed_by, e.channel, e.changed_by_name, str(e.change_set)) for e in entries])"
    )
    found = eval(manage("shell", "-v0", "-c", read))
    assert len(found) >= 2
    assert {entry[:3] for entry in found} == {(name, channel, "root (sudo: jdoe)")}
    assert len({entry[3] for entry in found}) == 1
