"""The accounts file from the command line to the database and the log."""

from __future__ import annotations

import csv
import io
import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auditlog.context import login_name
from auditlog.models import AuditLogEntry, AuditLogEntryDetail
from district.accounts.columns import COLUMNS, template
from district.models import UserAccount, UserGroup, UserGroupMember
from district.roles import STUDENT_INFORMATION_SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def groups():
    return [UserGroup.objects.create(name=name) for name in ("Teacher", "Health Staff")]


@pytest.fixture
def run(tmp_path, groups):
    """Imports the text of a file and gives what was said."""

    def run(text, *options):
        path = tmp_path / "accounts.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        out = io.StringIO()
        call_command("import_accounts", str(path), *map(str, options), stdout=out)
        return out.getvalue()

    return run


def entries():
    return list(AuditLogEntry.objects.filter(changed_by="command: import_accounts").order_by("id"))


def state():
    return (
        list(UserAccount.objects.order_by("pk").values()),
        list(UserGroupMember.objects.order_by("pk").values()),
        AuditLogEntry.objects.count(),
    )


def test_accounts_are_added_and_put_into_groups_in_one_change_set(run):
    said = run("username,first_name,add_groups\njdoe,Jane,Teacher; Health Staff\nlbush,Lee,teacher\n")
    assert "2 new accounts, 0 changed, 3 memberships added" in said
    jane = UserAccount.objects.get(username="jdoe")
    assert jane.first_name == "Jane"
    assert not jane.has_usable_password()
    assert set(jane.groups.values_list("name", flat=True)) == {"Teacher", "Health Staff"}
    assert [(entry.table, entry.action, entry.affected_object) for entry in entries()] == [
        ("UserAccount", "add", "jdoe"),
        ("UserAccount", "add", "lbush"),
        ("UserGroupMember", "add", "jdoe, Teacher"),
        ("UserGroupMember", "add", "jdoe, Health Staff"),
        ("UserGroupMember", "add", "lbush, Teacher"),
    ]
    assert len({entry.change_set for entry in entries()}) == 1
    assert jane.modified_by == "command: import_accounts"
    assert {entry.changed_by_name for entry in entries()} == {login_name()} != {""}


def test_an_account_that_is_there_gets_only_what_its_line_fills(run):
    UserAccount.objects.create_user("jdoe", "grass-and-4-clouds", first_name="Jane", staff_number="0047")
    run("username,first_name,last_name,staff_number\nJDoe,,Doe,0047\n")
    jane = UserAccount.objects.get()
    assert (jane.username, jane.first_name, jane.last_name, jane.staff_number) == ("jdoe", "Jane", "Doe", "0047")
    assert jane.check_password("grass-and-4-clouds")
    details = AuditLogEntryDetail.objects.filter(entry__in=entries())
    assert [(line.property_name, line.existing_value, line.new_value) for line in details] == [("lastName", "", "Doe")]


def test_memberships_are_taken_away_by_name_and_others_stay(run, groups):
    jane = UserAccount.objects.create_user("jdoe")
    for group in groups:
        UserGroupMember.objects.create(user=jane, group=group)
    assert "1 taken away" in run("username,remove_groups\njdoe,Teacher\n")
    assert list(jane.groups.values_list("name", flat=True)) == ["Health Staff"]
    assert [(entry.action, entry.affected_object) for entry in entries()] == [("delete", "jdoe, Teacher")]


def test_the_same_file_twice_leaves_nothing_the_second_time(run):
    text = "username,first_name,disable,expires_date,add_groups\njdoe,Jane,true,2030-06-30,Teacher\n"
    run(text)
    before = state()
    assert "1 lines as they are" in run(text)
    assert state() == before


def test_a_dry_run_shows_what_would_happen_and_does_nothing(run):
    UserAccount.objects.create_user("lbush", last_name="Busch")
    before = state()
    said = run("username,last_name,add_groups\njdoe,Doe,Teacher\nlbush,Bush,\n", "--dry-run")
    assert "2  jdoe       new account; last_name: Doe; joins Teacher" in said
    assert "3  lbush      last_name: Busch -> Bush" in said
    assert "Would do: 1 new accounts, 1 changed" in said
    assert state() == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: The first line names the columns"),
        ("username;first_name\njdoe;Jane\n", "Cells are separated by commas"),
        ("first_name\nJane\n", "one of them is “username”"),
        ("username,nickname\njdoe,J\n", "There is no column “nickname”. Known are: username, first_name"),
        ("username,email,email\njdoe,a,b\n", "The column “email” is there twice"),
        ("username\n", "The file names no account"),
        ("username\n\n  \n", "The file names no account"),
        ("username,email\njdoe\n", "line 2: There are 1 cells for 2 columns"),
        ("username,email\njdoe,a@example.org,more\n", "line 2: There are 3 cells for 2 columns"),
        ("username,email\n,a@example.org\n", "line 2: username: Every line names an account"),
        ("username\njdoe\nlbush\nJDOE\n", "line 4: username: Line 2 names this account already"),
        ("username\nj doe\n", "line 2: username: "),
        ("username\n" + "j" * 151 + "\n", "line 2: username: "),
        ("username,email\njdoe,nowhere\n", "line 2: email: "),
        ("username,first_name\njdoe," + "J" * 151 + "\n", "line 2: first_name: "),
        ("username,expires_date\njdoe,06/30/2027\n", "line 2: expires_date: Write a date as YYYY-MM-DD"),
        ("username,expires_date\njdoe,2027-02-30\n", "line 2: expires_date: Write a date as YYYY-MM-DD"),
        ("username,disable\njdoe,maybe\n", "line 2: disable: Write true or false"),
        ("username,add_groups\njdoe,Techer\n", "line 2: add_groups: There is no user group “Techer”"),
        (f"username,add_groups\njdoe,{STUDENT_INFORMATION_SYSTEM}\n", "is a product security role"),
        ("username,add_groups,remove_groups\njdoe,Teacher,Teacher\n", "stands in add_groups and in remove_groups"),
        ('username,first_name\njdoe,"Jane\n', "Is a quote not closed?"),
        ("username,first_name\njdoe,Ja\0ne\n", "line 2: A cell holds a NUL character"),
        (b"username,first_name\njdoe,Ren\xe9\n", "line 2: This is not UTF-8"),
        (b"PK\x03\x04", "This is an Excel workbook"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_nothing_is_done(run, text, told):
    before = state()
    with pytest.raises(CommandError) as refused:
        run(text)
    assert told in str(refused.value)
    assert "Nothing was imported" in str(refused.value)
    assert state() == before


def test_one_bad_line_among_good_ones_keeps_all_of_them_out_and_every_bad_one_is_named(run):
    before = state()
    with pytest.raises(CommandError) as refused:
        run("username,email\nann,ann@example.org\nbob,nowhere\ncleo,cleo@example.org\ndan,there\n")
    assert "line 3: email" in str(refused.value)
    assert "line 5: email" in str(refused.value)
    assert state() == before


def test_a_cell_that_cannot_be_read_hides_no_fault_of_another_line_or_of_its_own(run):
    with pytest.raises(CommandError) as refused:
        run(
            "username,email,expires_date,add_groups\n"
            "ann,ann@example.org,,Nobodies\nbob,nowhere,06/30/2027,\nbob,bob@example.org,,Nobodies\n"
        )
    assert str(refused.value).splitlines()[1:] == [
        "line 2: add_groups: There is no user group “Nobodies”.",
        "line 3: expires_date: Write a date as YYYY-MM-DD, for example 2027-06-30.",
        "line 3: email: Enter a valid email address.",
        "line 4: username: Line 3 names this account already.",
        "line 4: add_groups: There is no user group “Nobodies”.",
    ]


def test_a_line_break_inside_a_cell_does_not_shift_the_numbers_of_later_lines(run):
    with pytest.raises(CommandError, match="line 4: email"):
        run('username,first_name,email\njdoe,"Ja\nne",\nbob,Bob,nowhere\n')


def test_a_byte_order_mark_and_windows_line_ends_are_taken(run):
    run(b"\xef\xbb\xbfusername,first_name\r\njdoe,Jane\r\n")
    assert UserAccount.objects.get().first_name == "Jane"


def test_the_last_administrator_cannot_be_disabled_by_a_file(run, administrator):
    before = state()
    with pytest.raises(CommandError, match="line 2: This is the last active account"):
        run("username,disable\nadmin,true\n")
    assert state() == before


def test_a_file_that_is_not_there_is_named(groups):
    with pytest.raises(CommandError, match=r"nowhere\.csv: No such file"):
        call_command("import_accounts", "/nowhere.csv")


def test_first_passwords_are_written_for_their_owner_alone_and_have_to_be_changed(run, tmp_path):
    out = tmp_path / "passwords.csv"
    UserAccount.objects.create_user("lbush")
    run("username\njdoe\nlbush\n", "--first-passwords", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    [row] = csv.DictReader(io.StringIO(out.read_text()))
    jane = UserAccount.objects.get(username="jdoe")
    assert row["username"] == "jdoe"
    assert jane.check_password(row["password"])
    assert jane.force_password_change
    assert row["password"] not in "".join(str(row) for row in state())


def test_a_file_of_passwords_is_never_written_over_and_then_nothing_is_imported(run, tmp_path):
    out = tmp_path / "passwords.csv"
    out.write_text("of the last time")
    before = state()
    with pytest.raises(CommandError, match="File exists"):
        run("username\njdoe\n", "--first-passwords", out)
    assert out.read_text() == "of the last time"
    assert state() == before


def test_where_the_import_is_refused_no_file_of_passwords_is_left(run, tmp_path):
    out = tmp_path / "passwords.csv"
    with pytest.raises(CommandError):
        run("username,add_groups\njdoe,Techer\n", "--first-passwords", out)
    assert not out.exists()


def test_a_thousand_lines_take_as_many_statements_as_fifty(run):
    # Fewer than Many Changes in One Go would have no entry to mark for that.
    def statements(count, start):
        lines = [f"u{start + n},Given,Family,u{start + n}@example.org,Teacher" for n in range(count)]
        text = "username,first_name,last_name,email,add_groups\n" + "\n".join(lines) + "\n"
        with CaptureQueriesContext(
            connection,
        ) as added:
            run(text)
        with CaptureQueriesContext(connection) as changed:
            run(text.replace("Given", "Other").replace("add_groups", "remove_groups"))
        assert UserAccount.objects.filter(first_name="Other").count() == start + count
        assert UserGroupMember.objects.count() == 0
        return len(added), len(changed)

    assert statements(50, 0) == statements(1000, 50)
    assert len(set(AuditLogEntry.objects.filter(affected_object="u500").values_list("change_set"))) == 2


def test_the_template_is_a_file_that_the_import_takes(run):
    assert template().splitlines()[0] == ",".join(COLUMNS)
    assert "1 new accounts" in run(template())


def test_the_documentation_names_every_column():
    text = (Path(__file__).parents[3] / "docs" / "accounts.md").read_text()
    assert all(f"| `{name}` |" in text for name in COLUMNS)
