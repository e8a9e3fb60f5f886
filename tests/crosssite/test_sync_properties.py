"""For any two rosters A and B: after A, then B, the home copy is B, and the log is the way from one to the other."""

from __future__ import annotations

import datetime
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosssite.models import Section, ServingDistrict
from crosssite.sync.decide import confirm
from crosssite.sync.run import sync
from district.catalogue import SYNC_HOLD_MINIMUM, SYNC_HOLD_PERCENT
from district.preferences import set_value
from tests.examples import own_examples

from .bundles import Serving
from .copies import copy_state, entries, replayed, source_state
from .home import STUDENTS
from .tables import pack

TODAY = datetime.date(2026, 9, 2)
AT = datetime.datetime(2026, 9, 2, 4, 0, tzinfo=datetime.UTC)

SECTIONS = ("algebra", "band", "civics", "drawing")
USERS = {f"user-{number}": (number, *names) for number, *names, _school in STUDENTS}
PLACES = [(section, user) for section in SECTIONS for user in USERS]
WHOLE, LATE, SHORT, AGAIN = (
    ("2026-08-17", "2026-12-19"),
    ("2026-08-24", "2026-12-19"),
    ("2026-08-17", "2026-10-10"),
    ("2026-10-19", "2026-12-19"),
)
ONE_SPAN = st.sampled_from([(WHOLE,), (LATE,), (SHORT,), (("", ""),), (("2026-08-17", ""),)])
UP_TO_TWO = ONE_SPAN | st.just((SHORT, AGAIN))

CELLS = st.fixed_dictionaries(
    {"classCode": st.sampled_from(["1", "2"]), "location": st.sampled_from(["Gym", "", "Room 1"])},
    optional={"periods": st.sampled_from(["1,2", "2,1", "3"]), "title": st.just("Another title")},
)


def rosters(spans):
    """Sections with their cells, the spans of each student in them, and how the enrollments are called."""
    return st.fixed_dictionaries(
        {
            "sections": st.dictionaries(st.sampled_from(SECTIONS), CELLS, min_size=1),
            "places": st.dictionaries(st.sampled_from(PLACES), spans, max_size=12),
            "teaching": st.sets(st.sampled_from(PLACES), max_size=2),
            "names": st.sampled_from(["by place", "with begin", "by position", "reversed"]),
        }
    )


numbers = count()


def serve(key: str, roster) -> Serving:
    """The roster as a serving district; a stranger with a number of ours sits in every section."""
    serving = Serving(key)
    for user, names in USERS.items():
        serving.add_student(*names, key=user)
    stranger = serving.add_student(STUDENTS[0][0], "Quackenbush", "Zeb", org=serving.high, key="stranger")
    for section, cells in sorted(roster["sections"].items()):
        school = serving.high if section < "c" else serving.middle
        serving.add_class(section, course=section.capitalize(), school=school)
        serving.change("classes", section, **cells)
        serving.enroll(section, stranger, key=f"stranger-{section}")
    spans = [
        (section, user, begin, end)
        for (section, user), found in sorted(roster["places"].items())
        if section in roster["sections"]
        for begin, end in found
    ]
    for position, (section, user, begin, end) in enumerate(spans):
        names = {
            "by place": f"{section}-{user}-{begin > '2026-10'}",
            "with begin": f"{section}-{user}-{begin}",
            "by position": f"e{position}",
            "reversed": f"e{len(spans) - position}",
        }
        role = "teacher" if (section, user) in roster["teaching"] else "student"
        serving.enroll(section, user, begin, end, key=names[roster["names"]], role=role)
    return serving


def set_up_district() -> ServingDistrict:
    """A district of its own for each example: what the ones before left is none of its business."""
    key = f"example{next(numbers)}"
    return ServingDistrict.objects.create(name=f"{key.capitalize()} District", identifier=key)


def section_state(serving: Serving, sections: set[str]) -> dict[str, tuple]:
    classes = serving.tables["classes"]
    return {key: (classes[key]["classCode"], classes[key]["title"], classes[key]["location"]) for key in sections}


def check_copy(district: ServingDistrict, serving: Serving, students) -> None:
    expected = source_state(serving, students)
    assert copy_state(district) == expected
    valid = Section.objects.filter(district=district, state=Section.State.VALID)
    found = {key: cells for key, *cells in valid.values_list("sourced_id", "number", "title", "location")}
    taught = {section for section, _number, _begin, _end in expected}
    assert taught <= set(found) <= set(serving.tables["classes"])
    assert {key: tuple(cells) for key, cells in found.items()} == section_state(serving, set(found))


@pytest.fixture
def students(home):
    """Everybody of ours; the brake lets every change of so few pass."""
    set_value(SYNC_HOLD_MINIMUM, "100000")
    return list(home.students.values())


any_two = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@own_examples
@any_two
@given(a=rosters(UP_TO_TWO), b=rosters(UP_TO_TWO))
def test_after_a_then_b_the_copy_is_b_and_b_again_changes_nothing(students, tmp_path, a, b):
    district = set_up_district()
    for name, roster in (("a", a), ("b", b)):
        serving = serve(district.identifier, roster)
        run = sync(serving.write(tmp_path / district.identifier / name), today=TODAY)
        assert run.outcome in {"applied", "unchanged"}, run.reason
        check_copy(district, serving, students)
    run = sync(serving.write(tmp_path / district.identifier / "c"), today=TODAY)
    assert (run.outcome, entries(run)) == ("unchanged", [])


@pytest.mark.slow
@own_examples
@any_two
@given(a=rosters(ONE_SPAN), b=rosters(ONE_SPAN))
def test_the_log_carried_out_over_a_gives_b(students, tmp_path, a, b):
    district = set_up_district()
    before, serving = serve(district.identifier, a), serve(district.identifier, b)
    sync(before.write(tmp_path / district.identifier / "a"), today=TODAY)
    run = sync(serving.write(tmp_path / district.identifier / "b"), today=TODAY)
    after = source_state(serving, students)
    dates = {(section, number): (begin, end) for section, number, begin, end in after}
    assert replayed(source_state(before, students), dates, run) == after


@pytest.mark.slow
@own_examples
@any_two
@given(a=rosters(UP_TO_TWO), b=rosters(UP_TO_TWO))
def test_a_delta_leads_to_the_same_copy_by_the_same_entries_as_the_bulk(students, tmp_path, a, b):
    told = []
    for how in ("bulk", "delta"):
        district = set_up_district()
        before, serving = serve(district.identifier, a), serve(district.identifier, b)
        folder = tmp_path / district.identifier
        sync(before.write(folder / "a"), today=TODAY)
        path = serving.write(folder / "b")
        if how == "delta":
            path = serving.write_delta(folder / "b", before.tables, AT)
        # A delta need not hold anything that says whose it is.
        run = sync(path, district=district.identifier, today=TODAY)
        assert run.outcome in {"applied", "unchanged"}, run.reason
        check_copy(district, serving, students)
        told.append([{k: text for k, text in entry.items() if "serving" not in k} for entry in entries(run)])
    assert told[0] == told[1]


@pytest.mark.slow
@own_examples
@settings(any_two, max_examples=15)
@given(a=rosters(UP_TO_TWO), b=rosters(UP_TO_TWO))
def test_a_plan_that_was_held_and_confirmed_does_what_the_run_would_have_done(students, tmp_path, a, b):
    told = []
    for percent, minimum in (("100", "100000"), ("1", "0")):
        district = set_up_district()
        before, serving = serve(district.identifier, a), serve(district.identifier, b)
        folder = tmp_path / district.identifier
        sync(before.write(folder / "a"), today=TODAY)
        set_value(SYNC_HOLD_PERCENT, percent)
        set_value(SYNC_HOLD_MINIMUM, minimum)
        run = sync(serving.write(folder / "b"), today=TODAY)
        if run.outcome == "held":
            assert copy_state(district) == source_state(before, students)
            run = confirm(run)
        check_copy(district, serving, students)
        told.append([{k: text for k, text in entry.items() if "serving" not in k} for entry in entries(run)])
        assert sync(serving.write(folder / "b"), today=TODAY).outcome == "unchanged"
    assert told[0] == told[1]


FAULTS = {
    "cell too few": lambda line: line.rpartition(b",")[0],
    "cell too many": lambda line: line + b",x",
    "no id": lambda line: b"," + line.partition(b",")[2],
    "an id that is none": lambda line: b"!" + line,
    "not a date and not a status": lambda line: line.replace(b",,", b",perhaps,", 1),
}
#: Which file, which of its rows (modulo their number), which fault.
SPOILT = st.lists(
    st.tuples(
        st.sampled_from(["orgs", "academicSessions", "courses", "classes", "users", "enrollments"]),
        st.integers(0, 30),
        st.sampled_from(sorted(FAULTS)),
    ),
    min_size=1,
    max_size=4,
)


def spoil(files, spoilt):
    """The files with some rows that cannot be read."""
    files = dict(files)
    for name, number, fault in spoilt:
        header, *lines = files[f"{name}.csv"].rstrip(b"\n").split(b"\n")
        if lines:
            lines[number % len(lines)] = FAULTS[fault](lines[number % len(lines)])
        files[f"{name}.csv"] = b"\n".join([header, *lines, b""])
    return files


def places(spans) -> set[tuple[str, str]]:
    return {(section, number) for section, number, _begin, _end in spans}


@pytest.mark.slow
@own_examples
@settings(any_two, max_examples=50)
@given(a=rosters(UP_TO_TWO), b=rosters(UP_TO_TWO), spoilt=SPOILT)
def test_rows_that_cannot_be_read_never_delete_what_both_nights_have(students, tmp_path, a, b, spoilt):
    district = set_up_district()
    before, serving = serve(district.identifier, a), serve(district.identifier, b)
    folder = tmp_path / district.identifier
    sync(before.write(folder / "a"), today=TODAY)
    there, wanted = source_state(before, students), source_state(serving, students)
    run = sync(pack(folder / "spoilt", spoil(serving.files(), spoilt)), today=TODAY)
    assert places(there) & places(wanted) <= places(copy_state(district))
    assert places(copy_state(district)) <= places(there) | places(wanted)
    if run.outcome in {"failed", "held"}:
        assert copy_state(district) == there
    assert sync(serving.write(folder / "b"), today=TODAY).outcome in {"applied", "unchanged"}
    check_copy(district, serving, students)
