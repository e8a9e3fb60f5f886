"""The brake at its exact limits: a run that would take away too much changes nothing until a person confirms it.

Limits (OneRoster, severity "held"): more than 20 % and at least 10 of the rosters whose section is still there, in
the district or in one school; sections likewise; a school with at least 10 rosters that falls to none; a file with
only its header where there were rows.
"""

from __future__ import annotations

import datetime

import pytest

from crosssite.models import Student, SyncPlan
from crosssite.sync.run import sync
from district.catalogue import SYNC_HOLD_MINIMUM, SYNC_HOLD_PERCENT
from district.preferences import set_value

from .bundles import Serving
from .copies import copy_state, log_state, source_state, whole_copy
from .tables import COLUMNS, manifest, pack, table

TODAY = datetime.date(2026, 9, 2)
AT = datetime.datetime(2026, 9, 2, 4, 0, tzinfo=datetime.UTC)


@pytest.fixture
def serving(home) -> Serving:
    """Eighty students of ours; ``fill`` puts them into sections."""
    serving = Serving("lakeside")
    Student.objects.bulk_create(
        Student(number=f"{number}", family_name=f"Family{number}", given_name="Given", school=home.north)
        for number in range(80)
    )
    for number in range(80):
        serving.add_student(f"{number}", f"Family{number}", "Given")
    return serving


def fill(serving: Serving, key: str, size: int, school: str = "", first: int = 0) -> list[str]:
    """A section with so many students of ours; the ids of its enrollments."""
    serving.add_class(key, school=school)
    return [serving.enroll(key, f"user-{number}", key=f"{key}-{number}") for number in range(first, first + size)]


@pytest.fixture
def first_night(serving, tmp_path):
    """Sync what was set up so far, which must go through."""

    def run() -> None:
        done = sync(serving.write(tmp_path / "first"), today=TODAY)
        assert done.outcome == "applied", done.reason

    return run


@pytest.fixture
def next_night(serving, tmp_path):
    """Sync what there is now; whether it was held. Either it was and nothing changed, or all of it was applied."""

    def run(path=None) -> bool:
        copy, log = whole_copy(), log_state()
        done = sync(path or serving.write(tmp_path / "next"), today=TODAY)
        if done.outcome == "held":
            assert (whole_copy(), log_state()) == (copy, log)
            assert SyncPlan.objects.filter(run=done).exists()
            assert done.reason
            return True
        assert done.outcome == "applied", done.reason
        assert copy_state() == source_state(serving, Student.objects.all())
        return False

    return run


@pytest.mark.parametrize(
    ("there", "dropped", "held"),
    [
        pytest.param(51, 10, False, id="19.6 percent"),
        pytest.param(50, 10, False, id="20 percent exactly"),
        pytest.param(49, 10, True, id="20.4 percent and 10"),
        pytest.param(50, 11, True, id="22 percent"),
        pytest.param(40, 9, False, id="22.5 percent, but 9"),
        pytest.param(10, 9, False, id="90 percent, but 9"),
    ],
)
def test_rosters_of_sections_that_are_still_there(serving, first_night, next_night, there, dropped, held):
    enrollments = fill(serving, "algebra", there)
    first_night()
    for key in enrollments[:dropped]:
        serving.drop(key)
    assert next_night() is held


@pytest.mark.parametrize(
    ("there", "dropped", "held"),
    [(20, 9, False), (20, 10, True), (50, 10, False), (49, 10, True)],
)
def test_rosters_of_one_school_while_the_total_is_small(serving, first_night, next_night, there, dropped, held):
    for number in range(4):
        fill(serving, f"high-{number}", 80)
    enrollments = fill(serving, "middle", there, serving.middle)
    first_night()
    for key in enrollments[:dropped]:
        serving.drop(key)
    assert next_night() is held


@pytest.mark.parametrize(
    ("there", "cancelled", "held"),
    [
        pytest.param(51, 10, False, id="19.6 percent"),
        pytest.param(50, 10, False, id="20 percent exactly"),
        pytest.param(49, 10, True, id="20.4 percent and 10"),
        pytest.param(50, 11, True, id="22 percent"),
        pytest.param(40, 9, False, id="22.5 percent, but 9"),
    ],
)
def test_sections_likewise(serving, first_night, next_night, there, cancelled, held):
    for number in range(there):
        fill(serving, f"class-{number}", 1, first=number)
    first_night()
    for number in range(cancelled):
        serving.cancel(f"class-{number}")
    assert next_night() is held


@pytest.mark.parametrize(("there", "held"), [(9, False), (10, True)])
def test_a_school_that_falls_to_none(serving, first_night, next_night, there, held):
    fill(serving, "high", 80)
    fill(serving, "middle-1", 4, serving.middle)
    fill(serving, "middle-2", there - 4, serving.middle, first=4)
    first_night()
    serving.cancel("middle-1")
    serving.cancel("middle-2")
    assert next_night() is held


def test_one_cancelled_section_never_holds_a_run(serving, first_night, next_night):
    fill(serving, "large", 80)
    fill(serving, "small", 5)
    first_night()
    serving.cancel("large")
    assert not next_night()


def test_rosters_of_cancelled_sections_are_no_part_of_the_share(serving, first_night, next_night):
    fill(serving, "large", 80)
    enrollments = fill(serving, "small", 40)
    first_night()
    serving.cancel("large")
    for key in enrollments[:10]:
        serving.drop(key)
    assert next_night()


def test_both_limits_are_preferences(serving, first_night, next_night):
    set_value(SYNC_HOLD_PERCENT, "50")
    set_value(SYNC_HOLD_MINIMUM, "3")
    enrollments = fill(serving, "algebra", 6)
    fill(serving, "band", 6, serving.middle)
    first_night()
    for key in enrollments[:3]:
        serving.drop(key)
    assert not next_night()
    serving.drop(enrollments[3])
    serving.drop(enrollments[4])
    # Two of three are more than half, but fewer than three.
    assert not next_night()
    for key in serving.enrollments_of("band")[:4]:
        serving.drop(key)
    assert next_night()


def test_other_ids_for_everything_are_no_deletions(serving, first_night, next_night):
    fill(serving, "algebra", 50)
    first_night()
    for key in list(serving.tables["enrollments"]):
        serving.rekey(key, f"other-{key}")
    assert not next_night()


@pytest.mark.parametrize("name", ["enrollments", "classes", "users"])
def test_a_file_with_only_its_header_where_there_were_rows(serving, first_night, next_night, tmp_path, name):
    fill(serving, "algebra", 3)
    first_night()
    header = {f"{name}.csv": table(COLUMNS["1.1"][name], [])}
    assert next_night(serving.write(tmp_path / "bad", override=header))


def test_a_bundle_of_another_district_fails(serving, first_night, tmp_path):
    fill(serving, "algebra", 3)
    first_night()
    copy, log = whole_copy(), log_state()
    other = Serving("hillside")
    other.add_class("algebra")
    done = sync(other.write(tmp_path / "other"), today=TODAY)
    assert done.outcome == "failed"
    assert "hillside" in done.reason
    assert (whole_copy(), log_state()) == (copy, log)


def test_a_bundle_under_the_same_name_but_with_none_of_the_schools_fails(serving, first_night, tmp_path):
    fill(serving, "algebra", 3)
    first_night()
    copy, log = whole_copy(), log_state()
    other = Serving("hillside")
    other.add_class("algebra")
    other.add("orgs", "lakeside", name="Another Lakeside", type="district")
    other.change("orgs", other.high, parentSourcedId="lakeside")
    done = sync(other.write(tmp_path / "other"), today=TODAY)
    assert done.outcome == "failed"
    assert (whole_copy(), log_state()) == (copy, log)


def test_classes_of_a_further_school_only_are_no_other_district(serving, first_night, next_night):
    fill(serving, "algebra", 3)
    first_night()
    serving.cancel("algebra")
    fill(serving, "band", 3, serving.middle)
    assert not next_night()


def test_the_bundle_of_last_year(serving, first_night, next_night, tmp_path):
    for number in range(12):
        fill(serving, f"class-{number}", 5)
    first_night()
    last = Serving("lakeside")
    last.tables["academicSessions"].clear()
    last.add_year(2026)
    last.tables["users"] = serving.tables["users"]
    for number in range(12):
        last.add_class(f"last-{number}")
        last.enroll(f"last-{number}", "user-1", "2025-08-18", "2025-12-19", key=f"last-{number}")
    assert next_night(last.write(tmp_path / "last"))


def old_bundle(serving, tmp_path, sections: int, *, same_ids: bool):
    """Last year's bundle of so many sections, under this year's ids or its own."""
    last = Serving("lakeside")
    last.tables["academicSessions"].clear()
    last.add_year(2026)
    last.tables["users"] = serving.tables["users"]
    for number in range(sections):
        key = f"class-{number}" if same_ids else f"last-{number}"
        last.add_class(key)
        for student in range(5):
            last.enroll(key, f"user-{student}", "2025-08-18", "2025-12-19", key=f"{key}-{student}")
    return last.write(tmp_path / "last")


@pytest.mark.parametrize("same_ids", [True, False])
@pytest.mark.parametrize("sections", [1, 3, 12])
def test_a_bundle_of_last_year_is_held_however_small(serving, first_night, next_night, tmp_path, sections, same_ids):
    for number in range(sections):
        fill(serving, f"class-{number}", 5)
    first_night()
    assert next_night(old_bundle(serving, tmp_path, sections, same_ids=same_ids))


def test_a_last_term_that_was_shortened_by_some_days_is_no_old_bundle(serving, first_night, tmp_path):
    fill(serving, "algebra", 12)
    first_night()
    serving.change("academicSessions", "s1", endDate="2026-12-01")
    for key in serving.enrollments_of("algebra"):
        serving.move(key, end="2026-12-01")
    done = sync(serving.write(tmp_path / "shortened"), today=datetime.date(2026, 12, 5))
    assert done.outcome == "applied", done.reason


@pytest.mark.parametrize(("lost", "held"), [(9, False), (10, False), (11, True), (50, True)])
def test_dates_that_would_be_lost_in_an_unusual_share_are_held(serving, first_night, next_night, lost, held):
    enrollments = fill(serving, "algebra", 50)
    first_night()
    for key in enrollments[:lost]:
        serving.move(key, end="")
    assert next_night() == held


def test_a_column_of_dates_that_is_misspelt_loses_none(serving, first_night, tmp_path):
    fill(serving, "algebra", 50)
    first_night()
    copy, log = whole_copy(), log_state()
    misspelt = serving.files()["enrollments.csv"].replace(b"endDate", b"end_day", 1)
    done = sync(serving.write(tmp_path / "misspelt", override={"enrollments.csv": misspelt}), today=TODAY)
    assert done.outcome == "held"
    assert (whole_copy(), log_state()) == (copy, log)


@pytest.mark.parametrize("files", ["enrollments", "all"])
def test_a_delta_taken_for_a_bulk(serving, first_night, tmp_path, files):
    """The manifest says bulk of what holds changes only: of the enrollments, or of every file."""
    enrollments = fill(serving, "algebra", 50)
    first_night()
    copy, log, before = whole_copy(), log_state(), serving.snapshot()
    for key in enrollments[:2]:
        serving.move(key, end="2026-12-05")
    changes = serving.delta(before, AT)
    if files == "all":
        changes = {f"{name}.csv": table(columns, []) for name, columns in COLUMNS["1.1"].items()} | changes
    kinds = {name: "bulk" if f"{name}.csv" in changes else "absent" for name in COLUMNS["1.1"]}
    done = sync(pack(tmp_path / "delta", changes | {"manifest.csv": manifest(kinds, "1.1")}), today=TODAY)
    assert done.outcome in {"held", "failed"}
    assert (whole_copy(), log_state()) == (copy, log)


def test_a_held_plan_gives_way_to_the_next_bundle(serving, first_night, next_night):
    enrollments = fill(serving, "algebra", 30)
    first_night()
    before = serving.snapshot()
    for key in enrollments:
        serving.drop(key)
    assert next_night()
    serving.tables = before
    serving.move(enrollments[0], end="2026-12-05")
    assert not next_night()
    assert not SyncPlan.objects.exists()
