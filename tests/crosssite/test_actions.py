"""Each of the six actions: a pair of bundles gives exactly its entries, with the fields that belong to it and no other.

(Data Sync Log, the sync job.) Every pair is tried as two bulk bundles, as bulk and delta, and as zips of version 1.2:
they lead to the same.
"""

from __future__ import annotations

import datetime

import pytest

from crosssite.models import Roster, Section, Student, SyncLogEntry, SyncSectionChange
from crosssite.sync.run import sync

from .copies import actions, copy_state, entries, source_state, whole_copy
from .tables import Dialect

TODAY = datetime.date(2026, 9, 2)
AT = datetime.datetime(2026, 9, 2, 4, 0, tzinfo=datetime.UTC)

SERVED = {"serving_district": "Lakeside District", "serving_school": "Lakeside High"}
NOTHING = {"student_number": "", "student_name": "", "old_value": "", "new_value": ""}
ALGEBRA = {"course_number": "AI100", "course_name": "Algebra II", "section_number": "3", **SERVED}
WELDING = {"course_number": "W101", "course_name": "Welding", "section_number": "1", **SERVED}
NORTH, SOUTH = {"home_school": "Maplewood North High"}, {"home_school": "Maplewood South High"}
ANA = NORTH | {"student_number": "104417", "student_name": "Rivera, Ana Maria"}
BEN = NORTH | {"student_number": "104418", "student_name": "Okafor, Ben"}
CLEO = SOUTH | {"student_number": "104519", "student_name": "Núñez, Cleo"}
DAN = SOUTH | {"student_number": "000520", "student_name": "O’Brien, Dan James"}


def entry(action: str, *parts: dict[str, str]) -> dict[str, str]:
    whole = {"action": action, **NOTHING}
    for part in parts:
        whole |= part
    return whole


def values(old: str, new: str) -> dict[str, str]:
    return {"old_value": old, "new_value": new}


def in_order(expected: list[dict[str, str]]) -> list[dict[str, str]]:
    names = ("action", "home_school", "student_number", "course_number", "old_value")
    return sorted(expected, key=lambda entry: [entry[name] for name in names])


class Nights:
    """Bundle after bundle of a serving district, in one of the ways that a bundle may come."""

    def __init__(self, serving, folder, how: str) -> None:
        self.serving, self.folder, self.how = serving, folder, how
        self.number, self.before = 0, None

    def run(self, today=TODAY):
        self.number += 1
        folder = self.folder / f"night-{self.number}"
        if self.how == "delta" and self.before is not None:
            path = self.serving.write_delta(folder, self.before, AT + datetime.timedelta(days=self.number))
        else:
            path = self.serving.write(folder, "1.2", zipped=True) if self.how == "zip" else self.serving.write(folder)
        self.before = self.serving.snapshot()
        return sync(path, today=today)


@pytest.fixture(params=["bulk", "delta", "zip"])
def nights(request, home, serving, tmp_path) -> Nights:
    """After the first night."""
    nights = Nights(serving, tmp_path, request.param)
    assert nights.run().outcome == "applied"
    return nights


def test_the_first_run_logs_every_roster_of_ours_as_created_and_nothing_of_others(nights):
    run = SyncLogEntry.objects.get(student_number="104418").run
    assert entries(run) == in_order(
        [
            entry("Created Roster", ANA, ALGEBRA),
            entry("Created Roster", ANA, WELDING),
            entry("Created Roster", BEN, ALGEBRA),
            entry("Created Roster", CLEO, ALGEBRA),
        ]
    )
    assert run.initial_schools == ["Lakeside High"]


def test_a_new_enrollment_is_created_roster(nights):
    nights.serving.enroll("welding", "user-dan")
    run = nights.run()
    assert run.outcome == "applied"
    assert entries(run) == [entry("Created Roster", DAN, WELDING)]
    assert run.initial_schools == []


def test_an_enrollment_that_is_gone_is_deleted_roster(nights):
    nights.serving.drop("ben-algebra")
    assert entries(nights.run()) == [entry("Deleted Roster", BEN, ALGEBRA)]
    assert not Roster.objects.filter(sourced_id="ben-algebra").exists()


def test_another_begin_date_is_updated_roster_start_date(nights):
    nights.serving.move("cleo-algebra", begin="2026-08-24")
    expected = entry("Updated Roster Start Date", CLEO, ALGEBRA, values("2026-08-17", "2026-08-24"))
    assert entries(nights.run()) == [expected]


def test_another_end_date_is_updated_roster_end_date_told_as_last_days_in_class(nights):
    nights.serving.move("cleo-algebra", end="2026-12-05")
    expected = entry("Updated Roster End Date", CLEO, ALGEBRA, values("2026-12-18", "2026-12-04"))
    assert entries(nights.run()) == [expected]


def test_both_dates_moved_are_two_entries(nights):
    nights.serving.move("ana-welding", begin="2026-08-24", end="2026-12-05")
    assert entries(nights.run()) == [
        entry("Updated Roster End Date", ANA, WELDING, values("2026-12-18", "2026-12-04")),
        entry("Updated Roster Start Date", ANA, WELDING, values("2026-08-17", "2026-08-24")),
    ]


def test_a_date_that_goes_and_comes_back_is_told_with_an_empty_value(nights):
    nights.serving.move("ana-welding", end="")
    assert entries(nights.run()) == [entry("Updated Roster End Date", ANA, WELDING, values("2026-12-18", ""))]
    nights.serving.move("ana-welding", end="2026-12-19")
    assert entries(nights.run()) == [entry("Updated Roster End Date", ANA, WELDING, values("", "2026-12-18"))]


@pytest.mark.parametrize(
    ("file", "key", "cells", "told", "changes"),
    [
        ("classes", "algebra", {"classCode": "4"}, {"section_number": "4"}, [("number", "3", "4")]),
        (
            "classes",
            "algebra",
            {"title": "Algebra, mornings"},
            {},
            [("title", "Algebra II algebra", "Algebra, mornings")],
        ),
        ("classes", "algebra", {"location": "Gym"}, {}, [("location", "Room 12", "Gym")]),
        ("classes", "algebra", {"periods": "2"}, {}, [("periods", "1", "2")]),
        (
            "classes",
            "algebra",
            {"termSourcedIds": "s1,s2"},
            {},
            [("terms", "Fall Semester", "Fall Semester, Spring Semester")],
        ),
        (
            "courses",
            "course-algebra-ii",
            {"title": "Algebra Two"},
            {"course_name": "Algebra Two"},
            [("course_name", "Algebra II", "Algebra Two")],
        ),
        (
            "courses",
            "course-algebra-ii",
            {"courseCode": "MAT2"},
            {"course_number": "MAT2"},
            [("course_number", "AI100", "MAT2")],
        ),
    ],
)
def test_other_data_of_a_section_is_one_updated_section_data_for_each_home_school(
    nights, file, key, cells, told, changes
):
    nights.serving.change(file, key, **cells)
    run = nights.run()
    assert entries(run) == [entry("Updated Section Data", school, ALGEBRA, told) for school in (NORTH, SOUTH)]
    found = SyncSectionChange.objects.filter(run=run).values_list("field", "old_value", "new_value")
    assert list(found) == changes


def test_a_section_that_gets_another_course_tells_the_new_one(nights):
    nights.serving.change("classes", "algebra", courseSourcedId="course-welding")
    run = nights.run()
    told = {"course_number": "W101", "course_name": "Welding"}
    assert entries(run) == [entry("Updated Section Data", school, ALGEBRA, told) for school in (NORTH, SOUTH)]
    assert set(SyncSectionChange.objects.filter(run=run).values_list("field", flat=True)) == {
        "course_number",
        "course_name",
    }


def test_a_cancelled_section_is_invalidated_once_for_each_home_school_and_its_rosters_deleted(nights):
    nights.serving.cancel("algebra")
    assert entries(nights.run()) == in_order(
        [
            entry("Invalidated Section", NORTH, ALGEBRA),
            entry("Invalidated Section", SOUTH, ALGEBRA),
            entry("Deleted Roster", ANA, ALGEBRA),
            entry("Deleted Roster", BEN, ALGEBRA),
            entry("Deleted Roster", CLEO, ALGEBRA),
        ]
    )
    assert Section.objects.get(sourced_id="algebra").state == "invalid"
    assert not Roster.objects.filter(section__sourced_id="algebra").exists()


def test_a_section_that_returns_is_valid_again_and_logs_updated_section_data(nights):
    cells, enrollment = nights.serving.tables["classes"]["welding"], nights.serving.tables["enrollments"]["ana-welding"]
    nights.serving.cancel("welding")
    nights.run()
    nights.serving.tables["classes"]["welding"] = cells
    nights.serving.tables["enrollments"]["ana-welding"] = enrollment
    assert entries(nights.run()) == [
        entry("Created Roster", ANA, WELDING),
        entry("Updated Section Data", NORTH, WELDING),
    ]
    assert Section.objects.get(sourced_id="welding").state == "valid"


def test_a_night_without_changes_logs_nothing(nights):
    copy = whole_copy()
    run = nights.run()
    assert (run.outcome, entries(run)) == ("unchanged", [])
    assert whole_copy() == copy


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(quote_all=True),
        Dialect(newline="\r\n"),
        Dialect(mark=True),
        Dialect(extra=("metadata.shoe size",)),
    ],
)
def test_the_same_records_in_other_bytes_log_nothing(home, serving, tmp_path, dialect):
    sync(serving.write(tmp_path / "a"), today=TODAY)
    copy = whole_copy()
    for name, rows in serving.tables.items():
        serving.tables[name] = dict(reversed(rows.items()))
    run = sync(serving.write(tmp_path / "b", dialect=dialect), today=TODAY)
    assert (run.outcome, entries(run)) == ("unchanged", [])
    assert whole_copy() == copy


def test_a_section_without_a_student_of_ours_is_neither_stored_nor_logged(nights):
    nights.serving.add_class("band", course="Band")
    nights.serving.enroll("band", "stranger")
    assert entries(nights.run()) == []
    nights.serving.change("classes", "band", location="Stage")
    assert entries(nights.run()) == []
    nights.serving.cancel("band")
    assert entries(nights.run()) == []
    assert set(Section.objects.values_list("sourced_id", flat=True)) == {"algebra", "welding"}


def test_a_student_who_comes_from_another_section_is_a_delete_and_a_create(nights):
    nights.serving.drop("ben-algebra")
    nights.serving.enroll("welding", "user-ben")
    expected = [entry("Created Roster", BEN, WELDING), entry("Deleted Roster", BEN, ALGEBRA)]
    assert entries(nights.run()) == expected


class TestAnotherId:
    """The same class and student under another sourcedId is the same roster."""

    def test_alone_it_logs_nothing_and_is_the_id_from_then_on(self, nights):
        nights.serving.rekey("ben-algebra", "ben-algebra-2")
        assert entries(nights.run()) == []
        nights.serving.drop("ben-algebra-2")
        assert entries(nights.run()) == [entry("Deleted Roster", BEN, ALGEBRA)]

    def test_with_a_moved_start_date_it_is_one_update(self, nights):
        nights.serving.rekey("ben-algebra", "ben-algebra-2026-08-24")
        nights.serving.move("ben-algebra-2026-08-24", begin="2026-08-24")
        expected = entry("Updated Roster Start Date", BEN, ALGEBRA, values("2026-08-17", "2026-08-24"))
        assert entries(nights.run()) == [expected]

    def test_the_ids_of_all_may_change_at_once(self, nights):
        for key in list(nights.serving.tables["enrollments"]):
            nights.serving.rekey(key, f"new-{key}")
        run = nights.run()
        assert (run.outcome, entries(run)) == ("unchanged", []) or (run.outcome, entries(run)) == ("applied", [])
        assert set(Roster.objects.values_list("sourced_id", flat=True)) == {
            "new-ana-algebra",
            "new-ana-welding",
            "new-ben-algebra",
            "new-cleo-algebra",
        }


class TestTwoSpans:
    """A student who left a class and came back has two rosters in it."""

    @pytest.fixture
    def spans(self, nights):
        nights.serving.move("ben-algebra", end="2026-09-12")
        nights.serving.enroll("algebra", "user-ben", "2026-10-05", "2026-12-19", key="ben-again")
        nights.run()
        return nights

    def test_the_second_is_created_beside_the_first(self, spans):
        run = SyncLogEntry.objects.latest("pk").run
        assert entries(run) == [
            entry("Created Roster", BEN, ALGEBRA),
            entry("Updated Roster End Date", BEN, ALGEBRA, values("2026-12-18", "2026-09-11")),
        ]
        assert copy_state() == source_state(spans.serving, Student.objects.all())
        assert Roster.objects.filter(student__number="104418").count() == 2

    def test_each_moves_by_itself(self, spans):
        spans.serving.move("ben-again", begin="2026-10-12")
        expected = entry("Updated Roster Start Date", BEN, ALGEBRA, values("2026-10-05", "2026-10-12"))
        assert entries(spans.run()) == [expected]
        assert copy_state() == source_state(spans.serving, Student.objects.all())

    def test_other_ids_for_both_log_nothing(self, spans):
        spans.serving.rekey("ben-again", "x")
        spans.serving.rekey("ben-algebra", "y")
        assert entries(spans.run()) == []
        assert copy_state() == source_state(spans.serving, Student.objects.all())

    def test_one_that_goes_leaves_the_other(self, spans):
        spans.serving.drop("ben-algebra")
        assert entries(spans.run()) == [entry("Deleted Roster", BEN, ALGEBRA)]
        assert copy_state() == source_state(spans.serving, Student.objects.all())


class TestTheEndOfATerm:
    """What is missing from a bulk because its term is over is closed quietly; an explicit tobedeleted is told."""

    AFTER = datetime.date(2026, 12, 20)

    @pytest.fixture
    def fall(self, home, serving, tmp_path):
        serving.add_class("band", course="Band", terms=("s1", "s2"))
        serving.enroll("band", "user-dan", end="2027-06-05", key="dan-band")
        nights = Nights(serving, tmp_path, "bulk")
        nights.run()
        return nights

    def test_nothing_is_logged_and_the_rows_are_kept_as_ended(self, fall):
        fall.serving.end_term("s1")
        run = fall.run(today=self.AFTER)
        # The band is in one term less, which is a change of its data.
        assert actions(run) == ["Updated Section Data"]
        assert Roster.objects.filter(ended=True).count() == 4
        states = dict(Section.objects.values_list("sourced_id", "state"))
        assert states == {"algebra": "ended", "welding": "ended", "band": "valid"}

    def test_the_last_day_of_the_term_is_still_the_term(self, fall):
        fall.serving.cancel("welding")
        assert actions(fall.run(today=datetime.date(2026, 12, 18))) == ["Deleted Roster", "Invalidated Section"]

    def test_the_day_after_it_is_over(self, fall):
        fall.serving.cancel("welding")
        assert actions(fall.run(today=datetime.date(2026, 12, 19))) == []

    def test_a_roster_that_goes_from_a_section_still_listed_is_closed_as_well(self, fall):
        fall.serving.drop("ana-welding")
        assert actions(fall.run(today=self.AFTER)) == []
        assert Roster.objects.get(sourced_id="ana-welding").ended

    def test_what_goes_from_a_longer_term_is_deleted(self, fall):
        fall.serving.drop("dan-band")
        assert actions(fall.run(today=self.AFTER)) == ["Deleted Roster"]

    def test_an_explicit_deletion_is_logged(self, fall):
        fall.how = "delta"
        fall.serving.drop("ana-welding")
        assert entries(fall.run(today=self.AFTER)) == [entry("Deleted Roster", ANA, WELDING)]

    def test_ended_rows_stay_quiet_for_ever(self, fall):
        fall.serving.end_term("s1")
        fall.run(today=self.AFTER)
        copy = whole_copy()
        assert actions(fall.run(today=datetime.date(2027, 2, 1))) == []
        assert whole_copy() == copy
