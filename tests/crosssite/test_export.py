"""Export to Excel of the Data Sync Log: what the filters leave, all of it, and nothing of other schools."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auditlog.models import AccessLogEntry
from crosssite.export import DataSyncLog
from crosssite.models import SyncLogEntry
from district.models import School

from .logbook import SECTION, STUDENT, entry
from .readers import reader

pytestmark = pytest.mark.django_db

URL = "/sync-log/export/"
HEADINGS = (
    "Timestamp",
    "UTC Offset",
    "Action Taken",
    "Student Number",
    "Student Name",
    "Course Number",
    "Course Name",
    "Section Number",
    "Old Value",
    "New Value",
    "Serving District",
    "Serving School",
    "Home School",
    "Entry",
    "Run",
)
WHEN = datetime(2010, 5, 13, 20, 0, 58, 999999, tzinfo=UTC)


@pytest.fixture
def schools(db):
    return [School.objects.create(name=f"{name} School") for name in ("Ash", "Birch")]


@pytest.fixture
def ash(schools):
    return reader("ash", schools[0])


def book(answer):
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.getvalue()))


def rows(of) -> list[dict]:
    headings, *found = of["Data Sync Log"].iter_rows(values_only=True)
    assert headings == HEADINGS
    return [dict(zip(HEADINGS, row, strict=True)) for row in found]


def about(of) -> dict[str, list]:
    lines: dict[str, list] = {}
    for item, value in list(of["About"].iter_rows(values_only=True))[1:]:
        lines.setdefault(item, []).append(value)
    return lines


def test_a_row_is_the_entry_as_it_is_stored(ash, schools):
    dates = {"old_value": "2027-01-15", "new_value": "2026-12-18"}
    made = entry(schools[0], WHEN, action="Updated Roster End Date", student_number="000520", **dates)
    (row,) = rows(book(ash.get(URL)))
    assert list(row.values()) == [
        datetime(2010, 5, 13, 15, 0, 58),
        "-0500",
        "Updated Roster End Date",
        "000520",
        STUDENT["student_name"],
        *list(SECTION.values())[:3],
        "2027-01-15",
        "2026-12-18",
        *list(SECTION.values())[3:],
        "Ash School",
        str(made.pk),
        str(made.run_id),
    ]


def test_a_field_that_does_not_belong_to_the_action_is_empty_and_a_formula_stays_text(ash, schools):
    entry(schools[0], action="Updated Section Data", course_name="=1+1")
    (row,) = rows(book(ash.get(URL)))
    assert (row["Student Number"], row["Old Value"], row["Course Name"]) == (None, None, "=1+1")


def test_all_that_the_filters_leave_is_exported_newest_first_not_only_five_hundred(ash, schools):
    first = entry(schools[0], WHEN)
    fields = {field.attname: getattr(first, field.attname) for field in SyncLogEntry._meta.fields if field.name != "id"}
    SyncLogEntry.objects.bulk_create(
        SyncLogEntry(**{**fields, "timestamp": WHEN + timedelta(minutes=number)}) for number in range(600)
    )
    entry(schools[0], WHEN, action="Deleted Roster")
    found = rows(book(ash.get(URL, {"action": "created"})))
    assert len(found) == 601
    assert {row["Action Taken"] for row in found} == {"Created Roster"}
    assert [row["Timestamp"] for row in found] == sorted((row["Timestamp"] for row in found), reverse=True)


def test_the_file_and_the_trace_say_school_criteria_and_numbers(ash, schools):
    entry(schools[0], WHEN)
    of = book(ash.get(URL, {"action": "created", "timestamp": "05/13", "review": "none"}))
    said = about(of)
    assert said["Log"] == ["Data Sync Log"]
    assert said["School"] == ["Ash School"]
    assert said["Criteria"] == ["Timestamp: 05/13", "Action Taken: created", "Review: Not yet reviewed"]
    assert said["Exported by"] == ["ash (Rita Registrar)"]
    assert (said["Number of entries"], said["Number of rows"]) == (["1"], ["1"])
    start, end = AccessLogEntry.objects.order_by("pk")
    assert (start.event, end.event, end.rows) == ("export started", "export finished", 1)
    assert start.subject == "Data Sync Log"
    assert start.criteria == "School: Ash School; Timestamp: 05/13; Action Taken: created; Review: Not yet reviewed"


def test_without_criteria_it_says_so_and_the_name_of_the_file_tells_log_and_time(ash, schools):
    answer = ash.get(URL)
    assert about(book(answer))["Criteria"] == ["none: every entry"]
    assert answer["Content-Disposition"].startswith('attachment; filename="data-sync-log_')


def test_entries_of_other_schools_are_not_in_the_file(ash, schools):
    entry(schools[1], WHEN, course_name="Secret")
    entry(schools[0], WHEN)
    assert [row["Home School"] for row in rows(book(ash.get(URL)))] == ["Ash School"]
    both = rows(book(reader("both", None).get(URL, {"school": "all"})))
    assert {row["Home School"] for row in both} == {"Ash School", "Birch School"}


@pytest.mark.parametrize("query", ["unknown=1", "timestamp=99", "action=%00", "entry=x", f"school={10**20}"])
def test_criteria_with_errors_are_refused_with_their_message_and_leave_no_trace_of_an_export(ash, query):
    answer = ash.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert "Nothing was exported." in answer.content.decode()
    assert f'href="/sync-log/?{query}"' in answer.content.decode()
    assert not AccessLogEntry.objects.exists()


def test_many_entries_cost_a_statement_for_each_two_thousand(schools):
    made = [entry(schools[0]).pk for _number in range(3)]
    for ids in (made[:1], made):
        with CaptureQueriesContext(connection) as statements:
            assert len(list(DataSyncLog().rows(ids))) == len(ids)
        assert len(statements) == 1
