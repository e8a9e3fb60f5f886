"""docs/reading-the-tables.md: the columns are those of the tables, and its queries answer what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry, AuditLogEntryDescription, AuditLogEntryDetail
from district.models import Tool, UserAccount, UserToolRights
from district.preferences import set_value

pytestmark = pytest.mark.django_db

PAGE = (Path(__file__).parents[2] / "docs" / "reading-the-tables.md").read_text()
QUERIES = re.findall(r"\*\*(.+?)\*\*[^\n]*\n\n```sql\n(.+?)\n```", PAGE, re.DOTALL)


def ask(number, **instead):
    sql = QUERIES[number][1]
    for old, new in instead.values():
        assert old in sql
        sql = sql.replace(old, new)
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("%", "%%"), ())
        return cursor.fetchall()


@pytest.fixture
def jdoe():
    account_tool = Tool.objects.filter(path__endswith="> User Account").first()
    with acting_as("ann", person="Ann Admin"):
        jdoe = UserAccount.objects.create_user("jdoe", "x")
        UserToolRights.objects.create(user=jdoe, tool=account_tool, right="Write")
        jdoe.email = "jdoe@example.org"
        jdoe.save()
        jdoe.username = "jsmith"
        jdoe.save()
        set_value("AuditUsers", "false")
        set_value("AuditUsers", "true")
    return jdoe


@pytest.mark.parametrize("model", [AuditLogEntry, AuditLogEntryDescription, AuditLogEntryDetail])
def test_every_column_of_the_three_tables_is_told(model):
    section = PAGE.partition(f"## {model._meta.db_table}:")[2].partition("\n## ")[0]
    told = {
        name for cell in re.findall(r"^\| (`.+?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    }
    assert told == {field.column for field in model._meta.concrete_fields}


def test_there_are_five_queries():
    assert len(QUERIES) == 5


def test_who_gave_the_right(jdoe):
    [row] = ask(0)
    assert row[1:] == ("ann", "Ann Admin", "Write")


def test_which_columns_of_accounts_were_changed(jdoe):
    assert [row[:2] for row in ask(1)] == [("email", 1), ("username", 1)]


def test_who_changed_how_much(jdoe):
    rows = ask(2, start=("2026-08-01", "2000-08-01"), end=("2027-08-01", "2999-08-01"))
    assert ("ann", "UserAccount", "change", 2) in rows
    assert ("ann", "UserToolRights", "add", 1) in rows


def test_everything_done_to_an_account_under_both_its_names(jdoe):
    rows = ask(3, account=("UserAccount:1'", f"UserAccount:{jdoe.pk}'"))
    assert [row[1:4] for row in rows] == [
        ("UserAccount", "change", "jsmith"),
        ("UserAccount", "change", "jdoe"),
        ("UserToolRights", "add", "jdoe, User Account"),
        ("UserAccount", "add", "jdoe"),
    ]


def test_when_recording_was_switched(jdoe):
    assert [row[1:] for row in ask(4)] == [("ann", "true", "false"), ("ann", "false", "true")]
