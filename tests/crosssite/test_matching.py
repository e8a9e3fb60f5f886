"""Which users are students of ours."""

from __future__ import annotations

import pytest

from crosssite.models import CrossSiteStudent, Roster, Student
from crosssite.sync.run import sync
from district.catalogue import HOME_ORGS
from district.models import School
from district.preferences import set_value

pytestmark = pytest.mark.django_db


@pytest.fixture
def met(home, serving, tmp_path):
    """Syncs a bundle with one more user in Welding; the numbers of the students who came into it for that."""
    counter = iter(range(100))

    def meet(number, family, given, org=None, **cells):
        key = f"probe-{next(counter)}"
        serving.add_student(number, family, given, org=org or serving.high, key=key, **cells)
        serving.enroll("welding", key, key=f"{key}-welding")
        run = sync(serving.write(tmp_path / key))
        assert run.outcome in ("applied", "unchanged"), run.reason
        found = Roster.objects.filter(sourced_id=f"{key}-welding")
        return [roster.student.number for roster in found], run

    return meet


def test_the_name_decides_where_the_bundle_does_not_say_that_he_is_ours(met):
    assert met("000520", "O’Brien", "Daniel")[0] == ["000520"]
    assert met("000520", "o’brien", "d.")[0] == ["000520"]
    assert met("104519", "Nu\u0301n\u0303ez", "Cleopatra")[0] == ["104519"]


def test_another_name_with_the_same_number_is_an_exception_and_nobody_of_ours(met):
    found, run = met("000520", "Ferguson", "Dan")
    assert found == []
    (told,) = [one for one in run.findings if one["code"] == "name_differs" and one["line"] == 8]
    assert "Ferguson" not in str(run.findings)
    assert told["file"] == "users.csv"


def test_the_first_letter_alone_is_not_enough_and_numbers_keep_their_zeros(met):
    assert met("000520", "Other", "Dan")[0] == []
    assert met("520", "O’Brien", "Dan")[0] == []


def test_the_home_org_decides_whatever_the_name(met, serving, home):
    assert met("000520", "Somebody", "Else", org="maplewood")[0] == ["000520"]
    serving.add("orgs", "maplewood-north-building", name="North", type="school", parentSourcedId="maplewood")
    assert met("000520", "Somebody", "Else", org="maplewood-north-building")[0] == ["000520"]
    assert met("000520", "Somebody", "Else", org=f"{serving.high},maplewood-south")[0] == ["000520"], "not even listed"


def test_a_school_of_theirs_that_has_the_identifier_of_one_of_ours_is_still_theirs(met, serving, home):
    School.objects.filter(pk=home.north.pk).update(identifier=serving.high)
    assert met("000520", "Somebody", "Else")[0] == []
    set_value(HOME_ORGS, f"maplewood,{serving.key}")
    assert met("000520", "Somebody", "Else")[0] == []


def test_a_number_at_the_serving_district_goes_before_the_own_one(met, home):
    dan = home.students["dan"]
    CrossSiteStudent.objects.create(student=dan, district=home.lakeside, number="L-77")
    assert met("L-77", "Whoever", "Dan")[0] == ["000520"]
    assert met("000520", "O’Brien", "Dan")[0] == [], "he has another number there, so this one is somebody else"


def test_an_inactive_student_is_nobody_of_ours(met, home):
    Student.objects.filter(number="000520").update(active=False)
    assert met("000520", "O’Brien", "Dan")[0] == []


def test_where_a_user_has_no_identifier_his_first_id_and_then_his_name_is_the_number(met):
    assert met("", "O’Brien", "Dan", userIds="{Local:000520},{State:1}")[0] == ["000520"]
    assert met("", "O’Brien", "Dan", username="000520")[0] == ["000520"]


def test_two_rows_of_one_user_that_contradict_each_other_leave_his_rosters_alone(home, serving, tmp_path):
    sync(serving.write(tmp_path / "first"))
    files = serving.files()
    (row,) = [line for line in files["users.csv"].splitlines() if line.startswith(b"user-ben,")]
    doubled = files["users.csv"] + row.replace(b"Okafor", b"Okefor") + b"\n"
    serving.drop("ben-algebra")
    for name in ("second", "third"):
        run = sync(serving.write(tmp_path / name, override={"users.csv": doubled}))
        assert run.finding_counts["error"] == 1
    reversed_rows = doubled.splitlines()
    reversed_rows.insert(1, reversed_rows.pop())
    run = sync(serving.write(tmp_path / "fourth", override={"users.csv": b"\n".join(reversed_rows) + b"\n"}))
    assert run.finding_counts["error"] == 1


def test_the_same_row_twice_is_one_user_and_a_warning(home, serving, tmp_path):
    files = serving.files()
    doubled = files["users.csv"] + files["users.csv"].splitlines()[1] + b"\n"
    for name in ("first", "second"):
        run = sync(serving.write(tmp_path / name, override={"users.csv": doubled}))
        assert run.finding_counts["warning"] == 1
    assert Roster.objects.count() == 4
