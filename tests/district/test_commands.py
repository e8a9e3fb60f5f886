from __future__ import annotations

import datetime
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from auditlog.models import AuditLogEntry
from district.models import Tool, UserAccount
from district.rights import rights_of
from district.roles import STUDENT_INFORMATION_SYSTEM

pytestmark = pytest.mark.django_db

PASSWORD = "grass-and-4-clouds"


def make_administrator(monkeypatch, username, typed=PASSWORD + "\n"):
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    out = io.StringIO()
    call_command("make_administrator", username, "--password-stdin", stdout=out)
    return out.getvalue()


def entries():
    return list(AuditLogEntry.objects.exclude(channel="install").order_by("id"))


def test_make_administrator_creates_an_account_with_every_right_in_one_change_set(monkeypatch):
    assert "ann" in make_administrator(monkeypatch, "ann")
    ann = UserAccount.objects.get(username="ann")
    assert ann.check_password(PASSWORD)
    assert rights_of(ann).everything
    assert [(entry.table, entry.action) for entry in entries()] == [
        ("UserAccount", "add"),
        ("UserGroupMember", "add"),
        ("UserSchoolYearRights", "add"),
    ]
    assert {entry.changed_by for entry in entries()} == {"command: make_administrator"}
    assert len({entry.change_set for entry in entries()}) == 1
    assert ann.modified_by == ann.password_changed_by == "command: make_administrator"


def test_make_administrator_says_in_a_sentence_that_the_database_is_not_ready(monkeypatch):
    def missing(*args):
        raise OperationalError("no such table: UserAccount\nand more")

    monkeypatch.setattr("district.managers.UserAccountManager.same_name", missing)
    with pytest.raises(CommandError, match=r"no such table: UserAccount\. Does DATABASE_URL name the right one"):
        make_administrator(monkeypatch, "ann")


def test_make_administrator_brings_a_disabled_and_expired_account_back(monkeypatch):
    UserAccount.objects.create_user(
        "ann", "old-pass-word", disable=True, expires_date=datetime.date(2020, 1, 1), force_password_change=True
    )
    make_administrator(monkeypatch, "ANN")
    ann = UserAccount.objects.get()
    assert (ann.username, ann.disable, ann.expires_date, ann.security_role) == (
        "ann",
        False,
        None,
        STUDENT_INFORMATION_SYSTEM,
    )
    assert ann.check_password(PASSWORD)
    assert not ann.force_password_change


@pytest.mark.parametrize(
    ("username", "typed", "message"),
    [
        ("ann", "\n", "needs a password"),
        ("ann", "12345678\n", "too common"),
        ("ann smith", PASSWORD + "\n", "valid username"),
        ("x" * 151, PASSWORD + "\n", "150"),
    ],
)
def test_make_administrator_refuses_what_no_account_can_have_and_writes_nothing(monkeypatch, username, typed, message):
    with pytest.raises(CommandError, match=message):
        make_administrator(monkeypatch, username, typed)
    assert not UserAccount.objects.exists()
    assert not entries()


def test_make_administrator_asks_for_the_password_twice(monkeypatch):
    answers = iter([PASSWORD, PASSWORD, PASSWORD, "another"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    call_command("make_administrator", "ann", stdout=io.StringIO())
    with pytest.raises(CommandError, match="differ"):
        call_command("make_administrator", "bob")
    assert list(UserAccount.objects.values_list("username", flat=True)) == ["ann"]


def test_at_a_terminal_a_password_that_cannot_be_taken_is_asked_for_again(monkeypatch):
    answers = iter([*["short"] * 2, *[""] * 2, PASSWORD, "another", *["12345678"] * 2, *[PASSWORD] * 2])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    out, told = io.StringIO(), io.StringIO()
    call_command("make_administrator", "ann", stdout=out, stderr=told)
    assert UserAccount.objects.get().check_password(PASSWORD)
    assert next(answers, None) is None
    assert told.getvalue().count("Try another one, or stop with Ctrl-C.") == 4
    for why in ("too short", "needs a password", "two passwords differ", "too common"):
        assert why in told.getvalue()


def test_at_a_terminal_the_name_is_refused_before_a_password_is_asked_for_and_ctrl_c_changes_nothing(monkeypatch):
    def stop(prompt):
        raise KeyboardInterrupt

    monkeypatch.setattr("getpass.getpass", stop)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    with pytest.raises(CommandError, match="valid username"):
        call_command("make_administrator", "ann smith")
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("make_administrator", "ann")
    assert not UserAccount.objects.exists()


def test_load_tools_adds_the_tools_of_a_file_and_says_how_many(tmp_path):
    file = tmp_path / "tools.csv"
    file.write_text("module,folder,tool,subright\nNew Module,General,A Tool,\nNew Module,General,A Tool,Part\n")
    out = io.StringIO()
    call_command("load_tools", str(file), stdout=out)
    assert "2 tools in the file, 2 of them new" in out.getvalue()
    assert Tool.objects.filter(module="New Module").count() == 2
    call_command("load_tools", stdout=out)
    assert "265 tools in the file, 0 of them new" in out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n",
        b"module,folder,tool,subright\nOnly,two\n",
        b"module,folder,tool,subright\nM,F,T,\nM,F,T,\n",
        b"module,folder,tool,subright\nM > N,F,T,\n",
        b"\xff\xfe\x00",
        b"module,folder,tool,subright\n" + b"M" * 40_000 + b",F,T,\n",
    ],
)
def test_load_tools_refuses_a_wrong_file_with_a_message_that_names_it(tmp_path, content):
    file = tmp_path / "tools.csv"
    file.write_bytes(content)
    before = Tool.objects.count()
    with pytest.raises(CommandError, match=r"tools\.csv"):
        call_command("load_tools", str(file))
    assert Tool.objects.count() == before


def test_load_tools_names_a_file_that_is_not_there():
    with pytest.raises(CommandError, match="nowhere"):
        call_command("load_tools", "/nowhere.csv")
