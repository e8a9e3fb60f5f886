"""Bundles as they really come, through ``sync_rosters``: what cannot be read is never taken for deleted.

Outcomes are those of the OneRoster rules by severity. After each of them the home copy and the log are what they
were, or correct.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable

import pytest

from crosssite.models import Roster, Section, Student, SyncRun
from crosssite.sync.run import sync

from .bundles import Serving
from .command import APPLIED, sync_rosters
from .copies import copy_state, entries, log_state, source_state, whole_copy
from .tables import COLUMNS, Dialect, Files, manifest, table

#: The record of each file by which everything of Ben's in Algebra hangs.
OF_BEN = {
    "orgs": "lakeside-high",
    "academicSessions": "s1",
    "courses": "course-algebra-ii",
    "classes": "algebra",
    "users": "user-ben",
    "enrollments": "ben-algebra",
}
REQUIRED = {
    "orgs": "name",
    "academicSessions": "startDate",
    "courses": "title",
    "classes": "title",
    "users": "familyName",
    "enrollments": "role",
}


def line_of(content: bytes, key: str) -> int:
    """The line on which the record of this id stands, counted from 1."""
    return next(number for number, line in enumerate(content.split(b"\n"), 1) if line.startswith(key.encode()))


def with_line(files: Files, name: str, key: str, change: Callable[[bytes], bytes]) -> Files:
    """The files with one record's line changed."""
    lines = files[f"{name}.csv"].split(b"\n")
    place = line_of(files[f"{name}.csv"], key) - 1
    return files | {f"{name}.csv": b"\n".join([*lines[:place], change(lines[place]), *lines[place + 1 :]])}


def with_cell(serving: Serving, file: str, key: str, /, **cells: str) -> Files:
    """The files with one record's cells changed, the model left as it is."""
    before = serving.snapshot()
    serving.change(file, key, **cells)
    files = serving.files()
    serving.tables = before
    return files


def only_dan_moved(run: SyncRun) -> bool:
    told = [(entry["action"], entry["student_name"]) for entry in entries(run)]
    return told == [("Updated Roster End Date", "O’Brien, Dan James")]


def first_error(run: SyncRun) -> dict:
    return next(finding for finding in run.findings if finding["severity"] == "error")


def nothing_of_algebra_is_lost() -> bool:
    there = Roster.objects.filter(section__sourced_id="algebra", ended=False).count()
    return there == 3 and Section.objects.get(sourced_id="algebra").state == Section.State.VALID


ROW_DEFECTS: dict[str, Callable[[Serving, str, str], Files]] = {
    "NUL": lambda serving, name, key: with_cell(serving, name, key, **{REQUIRED[name]: "x\0y"}),
    "a cell too few": lambda serving, name, key: with_line(
        serving.files(), name, key, lambda line: line.rpartition(b",")[0]
    ),
    "a cell too many": lambda serving, name, key: with_line(serving.files(), name, key, lambda line: line + b",x"),
    "over-long text": lambda serving, name, key: with_cell(serving, name, key, **{REQUIRED[name]: "x" * 300}),
    "a text of 70,000": lambda serving, name, key: with_cell(serving, name, key, **{REQUIRED[name]: "x" * 70_000}),
    "a text of 200,000": lambda serving, name, key: with_cell(serving, name, key, **{REQUIRED[name]: "x" * 200_000}),
    "a required cell empty": lambda serving, name, key: with_cell(serving, name, key, **{REQUIRED[name]: ""}),
    "no sourcedId": lambda serving, name, key: with_line(
        serving.files(), name, key, lambda line: b"," + line.partition(b",")[2]
    ),
    "a sourcedId that is none": lambda serving, name, key: with_line(
        serving.files(), name, key, lambda line: b"\xc3\xa4 !," + line.partition(b",")[2]
    ),
    "another row that contradicts": lambda serving, name, key: with_line(
        serving.files(), name, key, lambda line: line + b"\n" + _contradicting(line, name)
    ),
}


def _contradicting(line: bytes, name: str) -> bytes:
    cells = line.split(b",")
    place = COLUMNS["1.1"][name].index({"enrollments": "beginDate"}.get(name, REQUIRED[name]))
    cells[place] = b"2026-08-18" if name in {"enrollments", "academicSessions"} else b"Other"
    return b",".join(cells)


@pytest.mark.parametrize("name", OF_BEN)
@pytest.mark.parametrize("defect", ROW_DEFECTS)
def test_a_row_that_cannot_be_read_deletes_nothing_and_stops_nothing(synced, bad_night, name, defect):
    files = ROW_DEFECTS[defect](synced, name, OF_BEN[name])
    run = bad_night(files)
    assert run.outcome == "applied"
    assert only_dan_moved(run)
    assert nothing_of_algebra_is_lost()
    assert run.finding_counts["error"] > 0
    found = first_error(run)
    assert found["file"] == f"{name}.csv"
    lines = files[f"{name}.csv"].split(b"\n")
    assert lines[found["line"] - 1] in {
        line for line in lines if line not in synced.files()[f"{name}.csv"].split(b"\n")
    }


@pytest.mark.parametrize("defect", ROW_DEFECTS)
def test_a_row_of_the_district_itself_that_cannot_be_read_deletes_nothing(synced, bad_night, defect):
    bad_night(ROW_DEFECTS[defect](synced, "orgs", "lakeside"))
    assert nothing_of_algebra_is_lost()


@pytest.mark.parametrize("defect", ROW_DEFECTS)
def test_a_row_put_right_the_next_night_logs_nothing(synced, bad_night, tmp_path, defect):
    bad_night(ROW_DEFECTS[defect](synced, "enrollments", "ben-algebra"))
    assert sync_rosters(synced.write(tmp_path / "good")).code == APPLIED
    assert entries(SyncRun.objects.latest("pk")) == []
    assert copy_state() == source_state(synced, Student.objects.all())


ENROLLMENT_DEFECTS = {
    "a day that is none": {"endDate": "2026-02-30"},
    "American order": {"endDate": "02/03/2026"},
    "without dashes": {"endDate": "20260101"},
    "two figures for the year": {"endDate": "26-01-01"},
    "the year 1": {"beginDate": "0001-01-01"},
    "the year 1899": {"beginDate": "1899-08-17"},
    "the year 9999": {"endDate": "9999-12-31"},
    "with a time": {"beginDate": "2026-08-17T00:00:00Z"},
    "end before begin": {"beginDate": "2026-10-01", "endDate": "2026-09-01"},
    "an unknown role": {"role": "learner"},
    "no such class": {"classSourcedId": "nowhere"},
    "no such user": {"userSourcedId": "nobody"},
    "an unknown status": {"status": "perhaps"},
}


@pytest.mark.parametrize("defect", ENROLLMENT_DEFECTS)
def test_an_enrollment_that_says_what_cannot_be_leaves_its_roster_untouched(synced, bad_night, defect):
    run = bad_night(with_cell(synced, "enrollments", "ben-algebra", **ENROLLMENT_DEFECTS[defect]))
    assert only_dan_moved(run)
    assert nothing_of_algebra_is_lost()
    assert run.finding_counts["error"] == 1
    assert first_error(run)["line"] == line_of(synced.files()["enrollments.csv"], "ben-algebra")


CLASS_DEFECTS = {
    "no such course": {"courseSourcedId": "nowhere"},
    "no such term": {"termSourcedIds": "nowhen"},
    "one of two terms": {"termSourcedIds": "s1,nowhen"},
    "no such school": {"schoolSourcedId": "nowhere"},
    "an unknown type": {"classType": "sometimes"},
}


@pytest.mark.parametrize("defect", CLASS_DEFECTS)
def test_a_class_that_refers_to_nothing_keeps_its_rosters(synced, bad_night, defect):
    run = bad_night(with_cell(synced, "classes", "algebra", **CLASS_DEFECTS[defect]))
    assert only_dan_moved(run)
    assert nothing_of_algebra_is_lost()
    assert run.finding_counts["error"] > 0


@pytest.mark.parametrize("name", ["users", "classes"])
def test_an_enrollment_of_what_is_missing_leaves_its_roster_untouched(synced, bad_night, name):
    synced.remove(name, OF_BEN[name])
    run = bad_night(synced.files())
    assert only_dan_moved(run)
    assert Roster.objects.filter(sourced_id="ben-algebra", ended=False).exists()
    assert run.finding_counts["error"] > 0


def latin(files: Files) -> Files:
    return files | {"users.csv": files["users.csv"].decode().replace("’", "'").encode("latin-1")}


def changed(files: Files, name: str, old: bytes, new: bytes) -> Files:
    assert old in files[name]
    return files | {name: files[name].replace(old, new)}


def without_column(files: Files, name: str, column: str) -> Files:
    lines = [line.split(b",") for line in files[name].split(b"\n") if line]
    place = lines[0].index(column.encode())
    return files | {name: b"\n".join(b",".join(cells[:place] + cells[place + 1 :]) for cells in lines) + b"\n"}


FATAL: dict[str, tuple[str, Callable[[Files], Files]]] = {
    "UTF-16": ("users.csv", lambda files: files | {"users.csv": files["users.csv"].decode().encode("utf-16")}),
    "Latin-1": ("users.csv", latin),
    "a lone surrogate": ("users.csv", lambda files: changed(files, "users.csv", b"Cleo", b"Cleo\xed\xa0\x80")),
    "an unclosed quote": ("users.csv", lambda files: changed(files, "users.csv", b"Okafor", b'Okafor,"')),
    "text behind a quote": ("classes.csv", lambda files: changed(files, "classes.csv", b"Room 12", b'"Room" 12')),
    "semicolons": ("users.csv", lambda files: files | {"users.csv": files["users.csv"].replace(b",", b";")}),
    "tabs": ("users.csv", lambda files: files | {"users.csv": files["users.csv"].replace(b",", b"\t")}),
    "an empty file": ("enrollments.csv", lambda files: files | {"enrollments.csv": b""}),
    "no header": (
        "enrollments.csv",
        lambda files: files | {"enrollments.csv": files["enrollments.csv"].partition(b"\n")[2]},
    ),
    "a required column missing": ("enrollments.csv", lambda files: without_column(files, "enrollments.csv", "role")),
    "a column twice": ("users.csv", lambda files: changed(files, "users.csv", b"sms,phone", b"phone,phone")),
    "cut in a row": (
        "enrollments.csv",
        lambda files: files | {"enrollments.csv": files["enrollments.csv"].rstrip()[:-40] + b'"'},
    ),
    "a file missing": ("classes.csv", lambda files: {name: files[name] for name in files if name != "classes.csv"}),
    "no manifest": ("manifest.csv", lambda files: {name: files[name] for name in files if name != "manifest.csv"}),
    "an unknown version": (
        "manifest.csv",
        lambda files: changed(files, "manifest.csv", b"oneroster.version,1.1", b"oneroster.version,2.0"),
    ),
    "a workbook": ("users.csv", lambda files: files | {"users.csv": b"PK\x03\x04\x14\x00\x06\x00" + b"\x00\xff" * 400}),
    "orgs in a circle": (
        "orgs.csv",
        lambda files: changed(files, "orgs.csv", b"district,lakeside-4711,", b"district,lakeside-4711,lakeside-high"),
    ),
}


@pytest.mark.parametrize("defect", FATAL)
def test_a_file_that_cannot_be_trusted_stops_the_run_and_is_named(synced, bad_night, defect):
    name, change = FATAL[defect]
    run = bad_night(change(synced.files()))
    assert run.outcome == "failed"
    assert name in f"{run.reason} {json.dumps(run.findings)}"


@pytest.mark.parametrize("name", [name for name in OF_BEN if name != "enrollments"])
def test_a_file_cut_anywhere_deletes_nothing(synced, bad_night, name):
    """Cut at the end of a row nobody can tell by the file; then the rows that refer to what is missing do."""
    content = synced.files()[f"{name}.csv"]
    start = content.index(b"\n") + 1
    for end in range(start, len(content), max(1, (len(content) - start) // 7)):
        bad_night(synced.files() | {f"{name}.csv": content[:end]})
        assert Roster.objects.filter(ended=False).count() == 5
        assert nothing_of_algebra_is_lost()


TAKEN: dict[str, Callable[[Serving], Files]] = {
    "byte order marks": lambda serving: serving.files(dialect=Dialect(mark=True)),
    "all cells quoted": lambda serving: serving.files(dialect=Dialect(quote_all=True)),
    "CRLF": lambda serving: serving.files(dialect=Dialect(newline="\r\n")),
    "CRLF and LF mixed": lambda serving: {
        name: content.replace(b"\n", b"\r\n", 2) for name, content in serving.files().items()
    },
    "blank lines": lambda serving: {
        name: content.replace(b"\n", b"\n\n", 2) + b"\n\n" for name, content in serving.files().items()
    },
    "no line end at the end": lambda serving: {name: content[:-1] for name, content in serving.files().items()},
    "extension columns": lambda serving: serving.files(dialect=Dialect(extra=("metadata.shoeSize",))),
    "unknown columns": lambda serving: serving.files(dialect=Dialect(extra=("shoeSize",))),
    "columns in another order": lambda serving: {
        **serving.files(),
        "enrollments.csv": table(COLUMNS["1.1"]["enrollments"][::-1], serving.tables["enrollments"].values()),
    },
    "headers in another case": lambda serving: changed(
        serving.files(), "enrollments.csv", b"classSourcedId", b"ClassSourcedID"
    ),
    "values in another case": lambda serving: changed(serving.files(), "enrollments.csv", b"student", b"Student"),
    "an optional column missing": lambda serving: without_column(serving.files(), "users.csv", "sms"),
    "status filled in bulk": lambda serving: with_cell(serving, "enrollments", "ben-algebra", status="active"),
    "the same row twice": lambda serving: with_line(
        serving.files(), "enrollments", "ben-algebra", lambda line: line + b"\n" + line
    ),
    "a file that nobody asked for": lambda serving: serving.files() | {"notes.txt": b"\xff\xfe"},
    "ids that differ in case only": lambda serving: _with_twin(serving),
}


def _with_twin(serving: Serving) -> Files:
    serving.add_teacher("USER-BEN", "Teller", "Tina")
    return serving.files()


@pytest.mark.parametrize("oddity", TAKEN)
def test_what_is_only_odd_is_taken(synced, bad_night, oddity):
    run = bad_night(TAKEN[oddity](synced))
    assert run.outcome == "applied"
    assert only_dan_moved(run)
    assert run.finding_counts.get("error", 0) == 0
    assert copy_state() == source_state(synced, Student.objects.all())


def test_lone_carriage_returns_are_read_wholly_or_not_at_all(synced, bad_night):
    run = bad_night(synced.files(dialect=Dialect(newline="\r")))
    assert run.outcome == "failed" or copy_state() == source_state(synced, Student.objects.all())


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example","x")',
        "<script>alert(1)</script>",
        "e\u0301te\u0301",
        "Chemistry \U0001f9ea",
        "La CaÃ±ada",
        'Said "so", then left',
        "'; DROP TABLE Roster; --",
    ],
)
def test_any_text_is_kept_as_it_came(synced, bad_night, text):
    synced.change("courses", "course-algebra-ii", title=text)
    run = bad_night(synced.files())
    told = {entry["course_name"] for entry in entries(run) if entry["action"] == "Updated Section Data"}
    assert told == {text}
    assert Section.objects.get(sourced_id="algebra").course_name == text


def test_a_line_break_in_a_cell_is_shown_as_a_space(synced, bad_night):
    synced.change("courses", "course-algebra-ii", title="Algebra\r\nII, late")
    assert bad_night(synced.files()).outcome == "applied"
    assert Section.objects.get(sourced_id="algebra").course_name == "Algebra II, late"


def test_a_status_inactive_counts_as_deleted(synced, bad_night):
    run = bad_night(with_cell(synced, "enrollments", "ben-algebra", status="inactive"))
    assert [entry["action"] for entry in entries(run)] == ["Deleted Roster", "Updated Roster End Date"]
    assert run.finding_counts["warning"] > 0


def test_dates_outside_the_term_are_taken_with_a_warning(synced, bad_night):
    synced.move("ben-algebra", begin="2026-07-01")
    run = bad_night(synced.files())
    assert copy_state() == source_state(synced, Student.objects.all())
    assert run.finding_counts["warning"] == 1
    assert run.finding_counts.get("error", 0) == 0


def test_an_enrollment_of_a_deleted_user_leaves_its_roster_untouched(synced, bad_night):
    run = bad_night(with_cell(synced, "users", "user-ben", status="tobedeleted"))
    assert only_dan_moved(run)
    assert Roster.objects.filter(sourced_id="ben-algebra", ended=False).exists()


def test_an_absent_file_that_is_there_is_read_with_a_warning(synced, bad_night):
    kinds = dict.fromkeys(COLUMNS["1.1"], "bulk") | {"courses": "absent"}
    run = bad_night(synced.files() | {"manifest.csv": manifest(kinds, "1.1")})
    assert only_dan_moved(run)
    assert run.finding_counts["warning"] > 0


def test_a_file_that_grows_while_it_is_read_stops_the_run(synced, tmp_path):
    """The transfer goes on: a further row comes when the enrollments have been read."""
    path, before = synced.write(tmp_path / "growing"), (whole_copy(), log_state())

    def grow(done: int, of: int) -> None:
        with (path / "enrollments.csv").open("ab") as file:
            file.write(b"late,,,algebra,lakeside-high,user-dan,student,,,\n")

    run = sync(path, progress=grow)
    assert run.outcome == "failed"
    assert (whole_copy(), log_state()) == before


def test_findings_are_capped_in_number_and_counted_in_full(synced, bad_night):
    for number in range(3000):
        synced.enroll("algebra", "user-ben", key=f"x{number}")
        synced.change("enrollments", f"x{number}", userSourcedId=f"nobody-{number}")
    run = bad_night(synced.files())
    assert run.finding_counts["error"] == 3000
    assert len(run.findings) <= 1000
    assert only_dan_moved(run)


class TestDeltas:
    """Deltas in an order or a state in which they cannot be right."""

    AT = datetime.datetime(2026, 9, 3, 4, tzinfo=datetime.UTC)

    @pytest.fixture
    def changes(self, synced):
        """Dan's end date, as a delta."""
        before = synced.snapshot()
        before["enrollments"]["dan-chorus"]["endDate"] = "2026-12-19"
        return synced.delta(before, self.AT)

    def test_a_stamp_in_the_future_is_taken_with_a_warning(self, bad_night, changes):
        files = {name: content.replace(b"2026-09-03T", b"2098-09-03T") for name, content in changes.items()}
        run = bad_night(files)
        assert only_dan_moved(run)
        assert run.finding_counts["warning"] > 0

    def test_a_manifest_alone_is_no_update(self, synced, bad_night):
        run = bad_night({"manifest.csv": manifest(dict.fromkeys(COLUMNS["1.1"], "absent"), "1.1")})
        assert (run.outcome, entries(run)) == ("unchanged", [])

    def test_the_same_delta_again_changes_nothing(self, bad_night, changes):
        assert only_dan_moved(bad_night(changes))
        state = whole_copy(), log_state()
        bad_night(changes)
        assert (whole_copy(), log_state()) == state

    def test_one_older_than_the_last_applied_is_refused(self, synced, bad_night, changes):
        bad_night(changes)
        before = synced.snapshot()
        synced.drop("ben-algebra")
        assert bad_night(synced.delta(before, self.AT - datetime.timedelta(days=1))).outcome == "failed"

    def test_a_date_alone_as_stamp_is_taken_with_a_warning(self, bad_night, changes):
        files = {name: content.replace(b"T04:00:00.000Z", b"") for name, content in changes.items()}
        run = bad_night(files)
        assert only_dan_moved(run)
        assert run.finding_counts["warning"] > 0

    def test_a_delta_without_status_is_refused(self, bad_night, changes):
        assert bad_night(changed(changes, "enrollments.csv", b",active,", b",,")).outcome == "failed"
