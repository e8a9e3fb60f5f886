"""What several nights lead to when ids, users, numbers and errors change together."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import pytest

from crosssite.models import Roster, Section, SyncRun
from crosssite.sync.run import sync

from .copies import actions, copy_state

pytestmark = pytest.mark.django_db

AUTUMN, WINTER = datetime.date(2026, 9, 2), datetime.date(2027, 1, 10)
BEN = "ben-algebra,,,algebra,lakeside-high,user-ben,student,,2026-08-17,2026-12-19"
STAMPED = "{},2026-09-02T04:00:00Z"


class Nights:
    """Each night's bundle in a folder of its own, followed at once."""

    def __init__(self, serving, folder) -> None:
        self.serving, self.folder, self.count = serving, folder, 0

    def bulk(self, *more: str, today: datetime.date = AUTUMN, version: str = "1.1") -> SyncRun:
        """What the district has; ``more``: further rows of enrollments.csv."""
        rows = self.serving.files(version)["enrollments.csv"] + "".join(f"{row}\n" for row in more).encode()
        return sync(self.serving.write(self._next(), version, override={"enrollments.csv": rows}), today=today)

    def delta(self, since, version: str = "1.1", override: Mapping[str, bytes | None] | None = None) -> SyncRun:
        path = self._next()
        at = datetime.datetime(2026, 9, 2, 4, self.count, tzinfo=datetime.UTC)
        return sync(self.serving.write_delta(path, since, at, version, override=override), district="lakeside")

    def _next(self):
        self.count += 1
        return self.folder / f"night-{self.count}"


@pytest.fixture
def nights(home, serving, tmp_path, no_brake) -> Nights:
    """The first bundle is applied."""
    nights = Nights(serving, tmp_path)
    assert nights.bulk().outcome == "applied"
    return nights


def ids(**which) -> set[str]:
    return set(Roster.objects.filter(**which).values_list("sourced_id", flat=True))


# Rows that contradict each other


@pytest.mark.parametrize("second", [BEN.replace("2026-12-19", "2026-10-10"), BEN.replace("2026-12-19", "soon")])
def test_a_moved_date_beside_a_row_with_an_error_is_taken_once_the_error_is_gone(nights, serving, second):
    serving.move("ben-algebra", end="2026-11-01")
    run = nights.bulk(second)
    assert (run.outcome, run.finding_counts["error"]) == ("unchanged", 1)
    assert actions(nights.bulk()) == ["Updated Roster End Date"]


def test_a_new_roster_beside_a_row_with_an_error_comes_once_the_error_is_gone(nights, serving):
    serving.enroll("welding", "user-ben", key="ben-welding")
    run = nights.bulk("ben-welding,,,welding,lakeside-high,user-ben,student,,2026-08-17,soon")
    assert (run.outcome, run.finding_counts["error"]) == ("unchanged", 1)
    assert actions(nights.bulk()) == ["Created Roster"]


@pytest.mark.parametrize("gone_first", [True, False])
def test_rows_that_say_gone_and_there_delete_nothing(nights, serving, gone_first):
    gone = BEN.replace(",,,", ",tobedeleted,,", 1)
    del serving.tables["enrollments"]["ben-algebra"]
    run = nights.bulk(*([gone, BEN] if gone_first else [BEN, gone]))
    assert (run.outcome, run.finding_counts["error"]) == ("unchanged", 1)
    assert "ben-algebra" in ids()


@pytest.mark.parametrize("first", ["tobedeleted", "teacher"])
def test_rows_of_a_delta_that_say_gone_and_there_delete_nothing(nights, serving, first):
    before = serving.snapshot()
    serving.move("ana-algebra", end="2026-11-01")
    header = serving.files()["enrollments.csv"].decode().splitlines()[0]
    there = BEN.replace(",,", "," + STAMPED.format("active"), 1)
    other = there.replace("active" if first == "tobedeleted" else "student", first)
    run = nights.delta(before, override={"enrollments.csv": f"{header}\n{other}\n{there}\n".encode()})
    assert (run.outcome, run.finding_counts["error"]) == ("unchanged", 1)
    assert "ben-algebra" in ids()


# Users with errors


def test_a_roster_under_a_new_id_is_not_deleted_while_the_users_row_has_an_error(nights, serving):
    serving.rekey("ben-algebra", "ben-algebra-2")
    serving.change("users", "user-ben", familyName="")
    assert nights.bulk().outcome == "unchanged"
    serving.change("users", "user-ben", familyName="Okafor")
    assert actions(nights.bulk()) == []
    assert "ben-algebra-2" in ids()


@pytest.mark.parametrize("how", ["bulk", "delta"])
def test_a_delta_may_refer_to_a_user_whose_row_had_an_error_the_night_before(nights, serving, how):
    before = serving.snapshot()
    serving.change("users", "user-ben", familyName="")
    run = nights.bulk() if how == "bulk" else nights.delta(before)
    assert run.finding_counts["error"] >= 1
    before = serving.snapshot()
    serving.enroll("welding", "user-ben", key="ben-welding")
    assert actions(nights.delta(before)) == ["Created Roster"]


def test_a_roster_under_a_new_id_is_not_deleted_while_its_user_is_missing(nights, serving):
    serving.rekey("ben-algebra", "ben-algebra-2")
    ben = serving.tables["users"].pop("user-ben")
    for _night in range(3):
        assert nights.bulk().outcome == "unchanged"
    serving.tables["users"]["user-ben"] = ben
    assert actions(nights.bulk()) == []
    assert "ben-algebra-2" in ids()


# Ids that change hands


def test_an_id_goes_to_another_while_an_error_keeps_its_roster(nights, serving):
    serving.drop("ben-algebra")
    serving.enroll("algebra", "user-dan", key="ben-algebra")
    error = "ben-again,,,algebra,lakeside-high,user-ben,student,,2026-08-17,soon"
    assert actions(nights.bulk(error)) == ["Created Roster"]
    assert actions(nights.bulk(error.replace("soon", "2026-12-19"))) == []
    assert ids(section__sourced_id="algebra") == {"ana-algebra", "ben-again", "cleo-algebra", "ben-algebra"}


@pytest.mark.parametrize("at_once", [True, False])
def test_ids_numbered_anew_after_a_term_take_nothing_from_those_that_ended(nights, serving, at_once):
    serving.end_term("s1")
    if not at_once:
        assert actions(nights.bulk(today=WINTER)) == []
    serving.add_class("biology", course="Biology", terms=("s2",))
    serving.enroll("biology", "user-dan", "2027-01-04", "2027-06-05", key="ben-algebra")
    assert actions(nights.bulk(today=WINTER)) == ["Created Roster"]
    assert Roster.objects.filter(ended=True).count() == 4
    assert ids(ended=False) == {"ben-algebra"}
    assert nights.bulk(today=WINTER).outcome == "unchanged"


def test_an_id_that_goes_to_a_stranger_while_an_error_keeps_its_roster_is_let_go(nights, serving):
    serving.drop("ben-algebra")
    serving.enroll("algebra", "stranger", key="ben-algebra")
    error = "ben-again,,,algebra,lakeside-high,user-ben,student,,2026-08-17,soon"
    assert nights.bulk(error).outcome == "unchanged"
    assert actions(nights.bulk(error.replace("soon", "2026-12-19"))) == []
    assert ids(section__sourced_id="algebra") == {"ana-algebra", "ben-again", "cleo-algebra"}


@pytest.mark.parametrize("first", [0, 2])
def test_spans_of_one_student_that_are_only_numbered_anew_log_nothing(nights, serving, first):
    spans = [("2026-08-17", "2026-09-20"), ("2026-09-21", "2026-10-30"), ("2026-11-02", "2026-12-19")]
    for place, span in enumerate(spans):
        serving.enroll("welding", "user-dan", *span, key=f"dan-{place}")
    assert actions(nights.bulk()) == ["Created Roster"] * 3
    state = copy_state()
    for place, (begin, end) in enumerate(spans):
        serving.drop(f"dan-{place}")
        serving.enroll("welding", "user-dan", begin, end, key=f"new-{first + 2 - place}")
    for place in range(first, first + 3):
        serving.rekey(f"new-{place}", f"dan-{place}")
    assert actions(nights.bulk()) == []
    assert copy_state() == state
    assert ids(section__sourced_id="welding", student__number="000520") == {f"dan-{first + n}" for n in range(3)}


# Numbers that go to another


def test_in_a_delta_the_rosters_of_a_user_follow_the_corrected_number(nights, serving):
    before = serving.snapshot()
    serving.change("users", "user-dan", identifier="999", orgSourcedIds=serving.high)
    serving.change("users", "user-ben", identifier="000520", familyName="O’Brien", givenName="Dan")
    assert actions(nights.delta(before)) == ["Created Roster", "Deleted Roster"]
    state = copy_state()
    assert ("algebra", "000520", "2026-08-17", "2026-12-18") in state
    assert nights.bulk().outcome == "unchanged"
    assert copy_state() == state


def test_in_a_delta_two_users_may_swap_their_numbers(nights, serving):
    before = serving.snapshot()
    serving.change("users", "user-ben", identifier="104519")
    serving.change("users", "user-dan", identifier="104418")
    serving.change("users", "user-cleo", identifier="000520")
    assert actions(nights.delta(before)) == ["Created Roster", "Deleted Roster"]
    state = copy_state()
    assert nights.bulk().outcome == "unchanged"
    assert copy_state() == state


def test_in_a_delta_without_roles_a_student_stays_ours_by_the_role_told_before(nights, serving):
    serving.change("users", "user-ben", familyName="Okoro", givenName="Zed")
    assert nights.bulk(version="1.2").outcome == "unchanged"
    before = serving.snapshot()
    serving.change("users", "user-ben", username="zed")
    manifest = serving.delta(before, datetime.datetime(2026, 9, 3, tzinfo=datetime.UTC), "1.2")["manifest.csv"]
    absent = {"roles.csv": None, "manifest.csv": manifest.replace(b"file.roles,delta", b"file.roles,absent")}
    assert nights.delta(before, "1.2", override=absent).outcome == "unchanged"
    assert "ben-algebra" in ids()


# Sections


def test_a_section_that_goes_on_next_year_with_its_rosters_tells_their_schools(nights, serving):
    tables = serving.snapshot()
    serving.end_term("s1")
    assert actions(nights.bulk(today=WINTER)) == []
    serving.tables = tables
    serving.add_session("fall", "Fall 2027", "2027-08-17", "2027-12-19", school_year="2028")
    for section in ("algebra", "welding"):
        serving.change("classes", section, termSourcedIds="fall")
    told = actions(nights.bulk(today=datetime.date(2027, 8, 20)))
    # Algebra at both of our schools, Welding at one.
    assert told == ["Updated Section Data"] * 3


def test_a_section_that_goes_to_another_district_is_invalidated(nights, serving):
    serving.add("orgs", "far", name="Far District", type="district")
    serving.add("orgs", "far-high", name="Far High", type="school", parentSourcedId="far")
    serving.change("classes", "welding", schoolSourcedId="far-high")
    assert actions(nights.bulk()) == ["Deleted Roster", "Invalidated Section"]
    assert Section.objects.get(sourced_id="welding").state == "invalid"
    assert nights.bulk().outcome == "unchanged"


def test_orgs_that_lie_a_hundred_thousand_deep_are_gone_through_once(nights, serving):
    deep = {f"org-{place}": f"org-{place + 1}" for place in range(100_000)}
    for key, parent in deep.items():
        serving.add("orgs", key, name="Office", type="local", parentSourcedId=parent)
    serving.add("orgs", "org-100000", name="Maplewood", type="local", identifier="maplewood-north")
    assert nights.bulk().outcome == "unchanged"
