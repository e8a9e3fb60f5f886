from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from district.demo import people
from district.demo.sign_ins import PASSWORD, SIGN_INS
from district.models import School, UserAccount, UserGroup
from district.roles import ROLES

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def load_demo(out: StringIO | None = None) -> str:
    out = out or StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def entries():
    return AuditLogEntry.objects.filter(channel="demo")


def test_the_second_run_says_so_and_prints_the_sign_ins_again():
    load_demo()
    before = AuditLogEntry.objects.count()
    again = load_demo()
    assert "already" in again
    assert PASSWORD in again
    assert all(name in again for name in SIGN_INS)
    assert AuditLogEntry.objects.count() == before


def test_a_database_with_other_entries_is_refused():
    with acting_as("admin"):
        UserGroup.objects.create(name="Teacher").delete()
    with pytest.raises(CommandError, match="nothing was loaded"):
        load_demo()
    assert not entries().exists()


def test_a_database_with_an_account_is_refused(administrator):
    with pytest.raises(CommandError, match="nothing was loaded"):
        load_demo()
    assert UserAccount.objects.count() == 1


def test_a_failure_in_the_middle_leaves_nothing(monkeypatch):
    before = AuditLogEntry.objects.count()
    monkeypatch.setattr(people.UserAccount, "delete", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load_demo()
    assert not UserAccount.objects.exists()
    assert not School.objects.exists()
    assert AuditLogEntry.objects.count() == before


@pytest.mark.slow
def test_where_a_demonstration_is_installed_its_story_stands_on_top_and_begins_with_the_installation(tmp_path):
    """As scripts/run does it, on a database of its own: else what migrate made today would be the newest."""
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path / 'demo.sqlite3'}", "CHALKLINE_DEMO": "1"}

    def manage(*words):
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    manage("migrate", "-v0")
    manage("load_demo")
    read = (
        "from auditlog.models import AuditLogEntry as E;"
        "entries = E.objects.order_by('timestamp', 'id');"
        "print(list(entries.values_list('changed_by', 'affected_object', 'channel')))"
    )
    told = eval(manage("shell", "-v0", "-c", read))
    assert [(by, group) for by, group, _channel in told[:3]] == [("command: migrate", role) for role in ROLES]
    assert told[3][0] == "command: make_administrator"
    assert told[-1][0] == "mthornquist"
    assert {channel for _by, _group, channel in told} == {"demo"}


def test_a_terminal_shows_how_far_it_is_and_a_file_does_not():
    assert "100%" in load_demo(Terminal())
    assert "%" not in load_demo()
