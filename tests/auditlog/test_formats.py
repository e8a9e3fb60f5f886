"""The log for machines: the same entries, filters, rights and traces as the workbook, as CSV and JSON lines."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auditlog.context import acting_as
from auditlog.models import AccessLogEntry
from crosssite.models import SyncLogEntry
from district.models import Right, School, Tool, UserAccount, UserGroup, UserSchoolYearRights, UserToolRights
from district.rights import AUDIT_LOG
from tests.crosssite.logbook import entry as sync_entry

pytestmark = pytest.mark.django_db

LOG = "/audit-log/"
URL = "/audit-log/export/"


@pytest.fixture
def log(client, auditor):
    client.force_login(auditor)
    with acting_as("ann"):
        UserGroup.objects.create(name='Héalth, "Staff"', description="=1+1")
        jdoe = UserAccount.objects.create_user("jdoe", "secret-canary-1", staff_number="0047")
        jdoe.last_name = "line one\nline two"
        jdoe.save()
    return client


def csv_rows(response):
    return list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))


def json_rows(response):
    return [json.loads(line) for line in response.getvalue().decode().splitlines()]


def test_csv_holds_the_columns_and_rows_of_the_workbook_and_then_its_further_columns(log):
    answer = log.get(f"{URL}?format=csv&changed_by=ann")
    assert answer["Content-Type"].startswith("text/csv; charset=utf-8")
    assert answer["Content-Disposition"].endswith('.csv"')
    rows = csv_rows(answer)
    book = openpyxl.load_workbook(io.BytesIO(log.get(f"{URL}?changed_by=ann").getvalue()))
    titles, *sheet = book["Audit Log"].iter_rows(values_only=True)
    assert list(rows[0]) == [*titles, "Changed By Name", "Marks"]
    assert [row["Entry"] for row in rows] == [row[titles.index("Entry")] for row in sheet]
    [number] = [row["New Value"] for row in rows if row["Property Name"] == "staffNumber" and row["Action"] == "add"]
    assert number == "0047"
    assert any(row["Affected Object"] == 'Héalth, "Staff"' for row in rows)
    assert any(row["New Value"] == "line one\nline two" for row in rows)


def test_a_cell_of_csv_that_a_spreadsheet_would_calculate_is_text_and_numbers_stay_numbers(log):
    rows = csv_rows(log.get(f"{URL}?format=csv&changed_by=ann"))
    assert {row["New Value"] for row in rows if row["Property Name"] == "description"} == {"'=1+1"}
    assert all(row["UTC Offset"][0] in "+-" for row in rows)


def test_a_line_of_json_is_a_row_with_texts_as_stored_and_times_with_their_parts(log):
    answer = log.get(f"{URL}?format=jsonl&table=UserGroup&changed_by=ann")
    assert answer["Content-Type"].startswith("application/jsonl")
    assert answer["Content-Disposition"].endswith('.jsonl"')
    rows = json_rows(answer)
    assert {row["Table"] for row in rows} == {"UserGroup"}
    [description] = [row for row in rows if row["Property Name"] == "description"]
    assert description["New Value"] == "=1+1"
    assert description["Existing Value"] is None
    assert datetime.fromisoformat(description["Timestamp"]).tzinfo is None
    assert description["Affected Object"] == 'Héalth, "Staff"'


def test_who_made_an_entry_is_named_as_at_the_time_and_its_marks_are_there_in_words(log, administrator):
    night = datetime(2026, 3, 3, 4, tzinfo=UTC)
    with acting_as("admin", person="Ann Admin", user_id=administrator.pk, at=night):
        group = UserGroup.objects.create(name="Night watch")
        for right in (Right.READ, Right.WRITE):
            UserToolRights.objects.create(user=administrator, tool=Tool.objects.get(path=AUDIT_LOG), right=right)
    administrator.last_name = "Renamed"
    administrator.save()
    query = f"?start_date=2026-03-02&end_date=2026-03-02&by={administrator.pk}"
    rows = json_rows(log.get(f"{URL}{query}&format=jsonl"))
    assert {row["Changed By Name"] for row in rows} == {"Ann Admin"}
    told = {row["Table"]: row["Marks"] for row in rows}
    assert told["UserToolRights"] == "Gave it to oneself; Security tools; Outside working hours"
    assert told["UserGroup"] == "Outside working hours"
    with acting_as("a job"):
        group.delete()
    row = json_rows(log.get(f"{URL}?table=UserGroup&changed_by=a%20job&format=jsonl"))[0]
    assert (row["Changed By Name"], row["Marks"]) == (None, None)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_the_further_columns_cost_one_statement_however_many_entries_there_are(log, kind):
    def statements(query):
        with CaptureQueriesContext(connection) as asked:
            log.get(f"{URL}?changed_by=bulk{query}").getvalue()
        return len(asked)

    statements("")
    counts = []
    for number in (1, 300):
        with acting_as("bulk"):
            UserGroup.objects.bulk_create(UserGroup(name=f"group {number} {n}") for n in range(number))
        counts.append((statements(""), statements(f"&format={kind}")))
    assert counts[0] == counts[1]
    workbook, full = counts[0]
    assert full == workbook + 1


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_secrets_are_in_no_format(log, kind):
    text = log.get(f"{URL}?format={kind}").getvalue().decode()
    assert "not shown" in text
    assert "secret-canary-1" not in text
    assert UserAccount.objects.get(username="jdoe").password not in text


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_all_that_matches_comes_not_only_the_five_hundred_of_the_list(log, kind):
    with acting_as("bulk"):
        UserGroup.objects.bulk_create(UserGroup(name=f"group {number}") for number in range(1203))
    answer = log.get(f"{URL}?format={kind}&changed_by=bulk")
    rows = csv_rows(answer) if kind == "csv" else json_rows(answer)
    assert len({row["Entry"] for row in rows}) == 1203


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_it_leaves_the_same_traces_as_the_workbook(log, kind):
    answer = log.get(f"{URL}?format={kind}&table=UserGroup")
    rows = csv_rows(answer) if kind == "csv" else json_rows(answer)
    started, finished = AccessLogEntry.objects.order_by("id")
    assert (started.event, finished.event) == ("export started", "export finished")
    assert started.criteria == "Table: UserGroup"
    assert finished.rows == len(rows)


def test_the_list_itself_leads_there(log):
    answer = log.get(f"{LOG}?table=UserGroup&format=csv")
    assert answer.url == f"{URL}?table=UserGroup&format=csv"
    assert csv_rows(log.get(answer.url))


@pytest.mark.parametrize("kind", ["pdf", "CSV", "xlsx%00"])
def test_another_format_is_refused_with_a_sentence(log, kind):
    answer = log.get(f"{LOG}?format={kind}", follow=True)
    assert answer.status_code == 400
    assert not AccessLogEntry.objects.filter(event="export started").exists()


def test_who_may_not_read_the_log_gets_it_in_no_format(client, nobody_special):
    client.force_login(nobody_special)
    assert client.get(f"{LOG}?format=csv").status_code == 403
    assert client.get(f"{URL}?format=jsonl").status_code == 403


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_the_data_sync_log_comes_likewise_and_only_of_ones_own_school(client, registrar, kind):
    mine, other = (School.objects.create(name=name) for name in ("Ash", "Birch"))
    UserSchoolYearRights.objects.create(user=registrar, end_year=None, school=mine)
    sync_entry(mine, student_number="0815")
    sync_entry(other, student_number="0816")
    assert SyncLogEntry.objects.count() == 2
    client.force_login(registrar)
    answer = client.get(client.get(f"/sync-log/?format={kind}").url)
    rows = csv_rows(answer) if kind == "csv" else json_rows(answer)
    assert [row["Student Number"] for row in rows] == ["0815"]
