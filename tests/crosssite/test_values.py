"""Rows against the binding: what is a value, what is odd and taken, and what leaves its row out."""

from __future__ import annotations

import datetime
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosssite.models import LONGEST, LONGEST_NAME
from crosssite.sync.findings import Findings
from crosssite.sync.parsing import Fault, first_user_id, naturally, parse_date, parse_id, parse_moment, split_list
from crosssite.sync.schema import KNOWN_FILES, VERSIONS, Kind, columns_of, files_of
from crosssite.sync.values import Row, RowReader

NOW = datetime.datetime(2026, 9, 3, tzinfo=datetime.UTC)
GOOD = {
    "orgs.csv": {"sourcedId": "north", "name": "North High", "type": "school", "parentSourcedId": "lakeside"},
    "academicSessions.csv": {
        "sourcedId": "s1",
        "title": "Fall",
        "type": "term",
        "startDate": "2026-08-17",
        "endDate": "2026-12-19",
        "schoolYear": "2027",
    },
    "courses.csv": {"sourcedId": "c1", "title": "Algebra", "orgSourcedId": "north"},
    "classes.csv": {
        "sourcedId": "k1",
        "title": "Algebra 1",
        "courseSourcedId": "c1",
        "classType": "scheduled",
        "schoolSourcedId": "north",
        "termSourcedIds": "s1",
    },
    "users.csv": {
        "sourcedId": "u1",
        "enabledUser": "true",
        "orgSourcedIds": "north",
        "role": "student",
        "username": "ana",
        "givenName": "Ana",
        "familyName": "Rivera",
    },
    "enrollments.csv": {
        "sourcedId": "e1",
        "classSourcedId": "k1",
        "schoolSourcedId": "north",
        "userSourcedId": "u1",
        "role": "student",
        "beginDate": "2026-08-17",
        "endDate": "2026-12-19",
    },
    "roles.csv": {
        "sourcedId": "r1",
        "userSourcedId": "u1",
        "roleType": "primary",
        "role": "student",
        "orgSourcedId": "north",
    },
}
DELTA = {"status": "active", "dateLastModified": "2026-09-02T03:00:00Z"}


class Reading:
    """Rows of one file, and what was found in them."""

    def __init__(self, file: str, *, version: str = "1.1", is_delta: bool = False) -> None:
        self.file, self.is_delta = file, is_delta
        self.names = [column.name for column in columns_of(version, file)]
        self.findings = Findings(each=100)
        table = SimpleNamespace(name=file, version=version, columns={name: i for i, name in enumerate(self.names)})
        self.reader = RowReader(table, self.findings, is_delta=is_delta, now=NOW)
        self.line = 1

    def cells(self, **cells: str) -> list[str]:
        whole = GOOD[self.file] | (DELTA if self.is_delta else {}) | cells
        return [whole.get(name, "") for name in self.names]

    def read(self, **cells: str) -> Row | None:
        self.line += 1
        return self.reader.read(self.line, self.cells(**cells))

    @property
    def found(self) -> list[tuple[str, str, str]]:
        assert all(found["file"] == self.file for found in self.findings.listed())
        assert all(found["line"] for found in self.findings.listed())
        return [(found["severity"], found["code"], found["column"]) for found in self.findings.listed()]


def outcome(file: str, cells: dict[str, str], **options) -> tuple[Row | None, list[tuple[str, str, str]]]:
    reading = Reading(file, **options)
    return reading.read(**cells), reading.found


# What the binding says


def test_each_version_has_its_files():
    shared = ("orgs.csv", "academicSessions.csv", "courses.csv", "classes.csv", "users.csv")
    assert files_of("1.1") == (*shared, "enrollments.csv")
    assert files_of("1.2") == files_of("1.2.1") == (*shared, "roles.csv", "enrollments.csv")
    assert {"manifest.csv", *files_of("1.2")} == KNOWN_FILES


@pytest.mark.parametrize(
    ("version", "file", "number", "required"),
    [
        ("1.1", "orgs.csv", 7, "sourcedId name type"),
        ("1.1", "academicSessions.csv", 9, "sourcedId title type startDate endDate schoolYear"),
        ("1.1", "courses.csv", 10, "sourcedId title orgSourcedId"),
        ("1.1", "classes.csv", 14, "sourcedId title courseSourcedId classType schoolSourcedId termSourcedIds"),
        ("1.1", "users.csv", 18, "sourcedId enabledUser orgSourcedIds role username givenName familyName"),
        ("1.2", "users.csv", 23, "sourcedId enabledUser username givenName familyName"),
        ("1.2", "roles.csv", 10, "sourcedId userSourcedId roleType role orgSourcedId"),
        ("1.2", "enrollments.csv", 10, "sourcedId classSourcedId schoolSourcedId userSourcedId role"),
    ],
)
def test_columns_and_what_is_required_are_those_of_the_binding(version, file, number, required):
    columns = columns_of(version, file)
    assert len(columns) == len({column.name for column in columns}) == number
    assert [column.name for column in columns[:3]] == ["sourcedId", "status", "dateLastModified"]
    assert [column.name for column in columns if column.required] == required.split()


def test_lists_that_1_2_opened_and_no_others_take_tokens_of_ones_own():
    open_lists = {
        (file, column.name) for file in files_of("1.2") for column in columns_of("1.2", file) if column.extensible
    }
    assert open_lists == {
        ("orgs.csv", "type"),
        ("academicSessions.csv", "type"),
        ("classes.csv", "classType"),
        ("roles.csv", "role"),
        ("enrollments.csv", "role"),
    }
    assert not any(column.extensible for file in files_of("1.1") for column in columns_of("1.1", file))


# Good rows


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("is_delta", [False, True])
def test_a_good_row_of_every_file_passes_without_a_word(version, is_delta):
    for file in files_of(version):
        row, found = outcome(file, {}, version=version, is_delta=is_delta)
        assert found == []
        assert row["sourcedId"] == GOOD[file]["sourcedId"]
        assert not row.deleted


def test_a_row_gives_texts_days_and_lists():
    row, _ = outcome("enrollments.csv", {"endDate": ""})
    assert (row.line, row["role"], row["primary"]) == (2, "student", "")
    assert row.date("beginDate") == datetime.date(2026, 8, 17)
    assert row.date("endDate") is None
    assert outcome("classes.csv", {"termSourcedIds": "s1, s2,"})[0].list("termSourcedIds") == ("s1", "s2")
    with pytest.raises(KeyError):
        row["shoeSize"]


def test_a_column_that_the_file_does_not_have_is_blank():
    table = SimpleNamespace(name="courses.csv", version="1.1", columns={"orgSourcedId": 0, "title": 1, "sourcedId": 2})
    row = RowReader(table, Findings(), now=NOW).read(2, ["north", "Algebra", "c1"])
    assert (row["title"], row["courseCode"], row["status"], row.list("grades")) == ("Algebra", "", "", ())


# What leaves a row out


REQUIRED = [
    (version, file, column.name)
    for version in ("1.1", "1.2")
    for file in files_of(version)
    for column in columns_of(version, file)
    if column.required
]


@pytest.mark.parametrize("blank", ["", " "])
@pytest.mark.parametrize(("version", "file", "column"), REQUIRED)
def test_a_missing_required_value_leaves_the_row_out(version, file, column, blank):
    row, found = outcome(file, {column: blank}, version=version)
    assert row is None
    assert found == [("error", "missing_value", column)]


@pytest.mark.parametrize("file", files_of("1.2"))
def test_an_optional_value_may_be_blank_or_mere_spaces(file):
    optional = {column.name: " " for column in columns_of("1.2", file) if not column.required}
    row, found = outcome(file, optional, version="1.2")
    assert found == []
    assert {row[name] for name in optional if name != "dateLastModified"} == {""}


@pytest.mark.parametrize(
    ("file", "column", "value", "code"),
    [
        *(("orgs.csv", "sourcedId", value, "bad_id") for value in ("a b", " a", "a\n", "é", "a,b", "a{b}", "x" * 256)),
        ("orgs.csv", "parentSourcedId", "a b", "bad_id"),
        ("classes.csv", "termSourcedIds", "s1,s 2", "bad_id"),
        ("classes.csv", "termSourcedIds", ", ,", "missing_value"),
        ("orgs.csv", "name", "  ", "missing_value"),
        ("orgs.csv", "name", "\x01\x02", "missing_value"),
        ("orgs.csv", "type", "planet", "unknown_value"),
        ("orgs.csv", "type", "ext:planet", "unknown_value"),
        ("users.csv", "role", "janitor", "unknown_value"),
        ("users.csv", "enabledUser", "1", "unknown_value"),
        ("enrollments.csv", "role", "guardian", "unknown_value"),
        ("enrollments.csv", "role", "ext:guest", "unknown_value"),
        ("enrollments.csv", "status", "deleted", "unknown_value"),
        ("academicSessions.csv", "schoolYear", "26", "bad_year"),
        ("academicSessions.csv", "schoolYear", "2026-2027", "bad_year"),
        ("academicSessions.csv", "schoolYear", "0001", "bad_year"),
        ("users.csv", "familyName", "x" * (LONGEST_NAME + 1), "too_long"),
        ("users.csv", "username", "x" * (LONGEST + 1), "too_long"),
        ("orgs.csv", "name", "x" * (LONGEST + 1), "too_long"),
        ("classes.csv", "periods", ",".join(map(str, range(85))), "too_long"),
        ("enrollments.csv", "endDate", "2026-08-16", "end_before_begin"),
        ("academicSessions.csv", "endDate", "2026-08-16", "end_before_begin"),
    ],
)
def test_a_value_that_cannot_be_taken_leaves_the_row_out(file, column, value, code):
    row, found = outcome(file, {column: value})
    assert row is None
    assert [(found_code, place) for severity, found_code, place in found if severity == "error"] == [(code, column)]


BAD_DAYS = [
    *("2026-02-30", "2026-13-01", "02/03/2026", "20260101", "26-08-17", "2026-8-17", "0001-01-01", "9999-12-31"),
    *("1899-12-31", "3000-01-01", "2026-08-17T00:00:00Z", "２０２６-08-17", "2026-W34-1", "tomorrow", "0000-00-00"),
]


@pytest.mark.parametrize("value", BAD_DAYS)
def test_an_impossible_day_leaves_the_row_out_even_where_a_day_is_optional(value):
    for file, column in (("enrollments.csv", "beginDate"), ("academicSessions.csv", "endDate")):
        row, found = outcome(file, {column: value})
        assert row is None
        assert found == [("error", "bad_date", column)]


def test_an_error_counts_once_a_row_and_never_repeats_the_cell():
    reading = Reading("users.csv")
    assert reading.read(familyName="Rivera" * 50, givenName="", role="Ana Maria") is None
    assert reading.findings.counts["error"] == 1
    assert "Rivera" not in str(reading.findings.listed())
    assert "Ana" not in str(reading.findings.listed())


def test_the_ids_of_a_row_that_is_out_are_told_as_far_as_they_are_ids():
    reader = Reading("enrollments.csv")
    cells = reader.cells(role="x", userSourcedId="ana maria", classSourcedId="")
    assert reader.reader.read(2, cells) is None
    assert reader.reader.ids(cells) == {"sourcedId": "e1", "schoolSourcedId": "north"}
    assert reader.reader.ids(["e1", "", "", "k1"]) == {"sourcedId": "e1", "classSourcedId": "k1"}
    assert reader.reader.ids([]) == {}


# What is odd and taken


@pytest.mark.parametrize(
    ("file", "version", "column", "value", "taken", "warnings"),
    [
        ("enrollments.csv", "1.1", "role", "Student", "student", ["letter_case"]),
        ("enrollments.csv", "1.1", "role", " student ", "student", ["letter_case"]),
        ("users.csv", "1.1", "enabledUser", "TRUE", "true", ["letter_case"]),
        ("orgs.csv", "1.1", "type", "SCHOOL", "school", ["letter_case"]),
        ("enrollments.csv", "1.2", "role", "ext:guest", "ext:guest", []),
        ("orgs.csv", "1.2", "type", "ext:campus", "ext:campus", []),
        ("enrollments.csv", "1.1", "primary", "yes", "", ["unknown_value"]),
        ("enrollments.csv", "1.1", "endDate", " 2026-12-19 ", "2026-12-19", []),
        ("enrollments.csv", "1.1", "endDate", "2026-08-17", "2026-08-17", ["no_day"]),
        ("orgs.csv", "1.1", "name", " North High ", "North High", []),
        ("orgs.csv", "1.1", "name", "North\r\nHigh", "North High", []),
        ("orgs.csv", "1.1", "name", "North \n\n High", "North High", []),
        ("orgs.csv", "1.1", "name", "North\tHigh", "North High", []),
        ("orgs.csv", "1.1", "name", "No\x07rth\x1b", "North", ["control_characters"]),
        ("orgs.csv", "1.1", "name", "No\u202erth", "No\u202erth", ["unseen_characters"]),
        ("orgs.csv", "1.1", "name", "No\u200brth", "No\u200brth", ["unseen_characters"]),
        ("orgs.csv", "1.1", "name", "Ã‰cole", "Ã‰cole", ["garbled"]),
        ("users.csv", "1.1", "familyName", "MuÃ±oz", "MuÃ±oz", ["garbled"]),
        ("users.csv", "1.1", "familyName", "Oâ€™Brien", "Oâ€™Brien", ["garbled"]),
        ("users.csv", "1.1", "familyName", "SÃO ÂNGELO Ångström", "SÃO ÂNGELO Ångström", []),
        ("users.csv", "1.1", "familyName", "=HYPERLINK(1)", "=HYPERLINK(1)", []),
        ("users.csv", "1.1", "familyName", "<script>", "<script>", []),
        ("users.csv", "1.1", "familyName", "Mun\u0303oz 😀", "Mun\u0303oz 😀", []),
        ("users.csv", "1.1", "familyName", "x" * LONGEST_NAME, "x" * LONGEST_NAME, []),
        ("users.csv", "1.1", "agentSourcedIds", ",".join(["u2"] * 500), ",".join(["u2"] * 500), []),
        ("classes.csv", "1.1", "subjects", "x" * 5000, "x" * 5000, []),
    ],
)
def test_an_odd_value_is_taken_with_its_warning(file, version, column, value, taken, warnings):
    row, found = outcome(file, {column: value}, version=version)
    assert row[column] == taken
    assert found == [("warning", code, column) for code in warnings]


def test_a_password_is_dropped_before_anything_looks_at_it():
    reading = Reading("users.csv")
    cells = reading.cells(password="hunter2\0" * 100)
    row = reading.reader.read(2, cells)
    assert row["password"] == ""
    assert "hunter2" not in str(cells)
    refused = reading.cells(password="hunter2", role="")
    assert reading.reader.read(3, refused) is None
    assert "hunter2" not in str(refused) + str(reading.findings.listed())


# Status and change


@pytest.mark.parametrize(
    ("status", "deleted", "warnings"),
    [
        ("", False, []),
        ("active", False, ["status_in_bulk"]),
        ("tobedeleted", True, ["status_in_bulk"]),
        ("ToBeDeleted", True, ["status_in_bulk", "letter_case"]),
        ("inactive", True, ["status_in_bulk", "inactive"]),
    ],
)
def test_a_status_in_a_bulk_file_is_a_warning_and_counts(status, deleted, warnings):
    row, found = outcome("enrollments.csv", {"status": status, "dateLastModified": "whenever"})
    assert (row.deleted, row.modified) == (deleted, None)
    assert found == [("warning", code, "status") for code in warnings]


@pytest.mark.parametrize(
    ("status", "deleted", "warnings"),
    [
        ("active", False, []),
        ("tobedeleted", True, []),
        ("inactive", True, ["inactive"]),
        ("ACTIVE", False, ["letter_case"]),
    ],
)
def test_a_delta_says_of_each_row_whether_it_is_deleted(status, deleted, warnings):
    row, found = outcome("enrollments.csv", {"status": status}, is_delta=True)
    assert row.deleted is deleted
    assert found == [("warning", code, "status") for code in warnings]


@pytest.mark.parametrize("column", ["status", "dateLastModified"])
@pytest.mark.parametrize("blank", ["", "  "])
def test_a_delta_without_status_or_time_leaves_the_row_out(column, blank):
    found = [("error", "missing_value", column)]
    assert outcome("enrollments.csv", {column: blank}, is_delta=True) == (None, found)


@pytest.mark.parametrize(
    ("value", "moment", "warnings"),
    [
        ("2026-09-02T03:04:05Z", datetime.datetime(2026, 9, 2, 3, 4, 5), []),
        ("2026-09-02T03:04:05.678Z", datetime.datetime(2026, 9, 2, 3, 4, 5, 678000), []),
        ("2026-09-01T22:04:05-05:00", datetime.datetime(2026, 9, 2, 3, 4, 5), []),
        ("2026-09-02T03:04:05", datetime.datetime(2026, 9, 2, 3, 4, 5), ["bare_moment"]),
        ("2026-09-02", datetime.datetime(2026, 9, 2), ["bare_moment"]),
        ("2026-09-04T00:00:00Z", datetime.datetime(2026, 9, 4), ["future"]),
    ],
)
def test_the_time_of_a_change_is_read_as_utc(value, moment, warnings):
    row, found = outcome("enrollments.csv", {"dateLastModified": value}, is_delta=True)
    assert row.modified == moment.replace(tzinfo=datetime.UTC)
    assert found == [("warning", code, "dateLastModified") for code in warnings]


@pytest.mark.parametrize(
    "value", ["yesterday", "09/02/2026", "2026-02-30T00:00:00Z", "2026-09-02T25:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_an_impossible_time_of_a_change_leaves_the_row_out(value):
    assert outcome("enrollments.csv", {"dateLastModified": value}, is_delta=True) == (
        None,
        [("error", "bad_moment", "dateLastModified")],
    )


def test_the_newest_change_is_told_and_the_future_does_not_count():
    reading = Reading("enrollments.csv", is_delta=True)
    assert reading.reader.newest is None
    for day in ("01", "02", "01", "09"):
        reading.read(dateLastModified=f"2026-09-{day}T00:00:00Z")
    assert reading.reader.newest == datetime.datetime(2026, 9, 2, tzinfo=datetime.UTC)


# Parsing


def test_ids_are_up_to_255_of_their_characters():
    assert parse_id("aZ09.-_/@") == "aZ09.-_/@"
    assert parse_id("x" * 255)
    with pytest.raises(Fault):
        parse_id("")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("{SIS:123}", "123"),
        ("{SIS:123},{LDAP:x}", "123"),
        ("{Fed: 12 3 }", "12 3"),
        ("123,456", "123"),
        ("", ""),
        ("{SIS}", ""),
        (" , ", ""),
    ],
)
def test_the_first_user_id_is_taken_out_of_its_braces(text, first):
    assert first_user_id(text) == first


def test_periods_are_sorted_as_people_do():
    assert naturally(["10", "2", "A", "1", "b10", "B2", "2"]) == ["1", "2", "10", "A", "B2", "b10"]
    assert naturally(["²", "1"]) == ["1", "²"]


@given(st.lists(st.text(max_size=5), max_size=5))
def test_any_periods_can_be_sorted(items):
    assert sorted(naturally(items)) == sorted(set(items))


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2999, 12, 31)))
def test_every_day_is_read_as_it_is_written(day):
    assert parse_date(day.isoformat()) == day


@given(st.text(max_size=25) | st.text("0123456789-:TZ+. ", max_size=30))
def test_no_text_at_all_raises_anything_but_a_fault(text):
    for parse in (parse_date, parse_moment, parse_id, split_list, first_user_id):
        with suppress(Fault):
            parse(text)


CELLS = st.lists(
    st.text(max_size=8) | st.sampled_from(["student", "2026-08-17", "e1", "active", "ext:x"]), min_size=10, max_size=10
)


@given(cells=CELLS, is_delta=st.booleans())
def test_no_cells_at_all_raise(cells, is_delta):
    reading = Reading("enrollments.csv", version="1.2", is_delta=is_delta)
    row = reading.reader.read(2, cells)
    assert (row is None) == (reading.findings.counts["error"] == 1)


def test_every_kind_of_column_is_used():
    assert {column.kind for file in files_of("1.2") for column in columns_of("1.2", file)} == set(Kind)
