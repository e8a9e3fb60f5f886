"""A registrar of one school sees, guesses and reviews nothing of another school, by whatever way and parameter."""

from __future__ import annotations

import pytest

from crosssite.models import SyncReview, SyncRunCount
from district.models import School
from tests.pages import without_chance

from .logbook import entry, run
from .readers import reader

pytestmark = pytest.mark.django_db

#: What stands in the other school's entry, run and reviews, and nowhere else.
SECRETS = {
    "student_name": "Secretstudent, Sally",
    "student_number": "777123",
    "course_number": "SEC999",
    "course_name": "Secretcourse",
    "section_number": "S-77",
    "serving_school": "Secretserving High",
}
SCHOOL, NOTE, REASON = "Secretschool", "Secretnote", "Secretreason"


@pytest.fixture
def schools(db):
    return [School.objects.create(name=name) for name in ("Ash School", SCHOOL)]


@pytest.fixture
def ash(schools):
    """The registrar of Ash School, who may review."""
    return reader("ash", schools[0], writes=True)


@pytest.fixture
def mine(schools):
    """An entry of Ash School, of the run, the student and the section of the other school's entry."""
    return entry(schools[0], run=run(reason=REASON, initial_schools=[SECRETS["serving_school"]]))


@pytest.fixture
def theirs(schools, mine):
    made = entry(schools[1], pk=77_000_777, run=mine.run, **SECRETS)
    SyncReview.objects.create(entry=made, timestamp=made.timestamp, status="resolved", note=NOTE, reviewed_by=NOTE)
    SyncRunCount.objects.create(run=mine.run, home_school_id=schools[1].pk, home_school=SCHOOL, action="x", count=9)
    return made


WAYS = {
    "entry": lambda client, pk: client.get(f"/sync-log/{pk}/"),
    "entry of the list": lambda client, pk: client.get("/sync-log/", {"entry": pk}),
    "entry beside the list": lambda client, pk: client.get(
        "/sync-log/", {"entry": pk}, headers={"HX-Request": "true", "HX-Target": "entry"}
    ),
    "review": lambda client, pk: client.post(f"/sync-log/{pk}/review/", {"status": "reviewed"}),
    "review with htmx": lambda client, pk: client.post(
        f"/sync-log/{pk}/review/", {"status": "reviewed"}, headers={"HX-Request": "true", "HX-Target": "entry"}
    ),
    "refused review": lambda client, pk: client.post(f"/sync-log/{pk}/review/", {"status": "x"}),
    "review shown": lambda client, pk: client.post("/sync-log/review-shown/", {"entries": pk}),
}


def answer(way, client, pk):
    """What the way answers, without what any two answers differ in: the token of forms, the number asked for."""
    found = WAYS[way](client, pk)
    return found.status_code, without_chance(found.content.decode()).replace(str(pk), "#")


@pytest.mark.parametrize("way", WAYS)
def test_another_schools_entry_and_one_that_does_not_exist_are_the_same(ash, theirs, way):
    before = SyncReview.objects.count()
    status, text = answer(way, ash, theirs.pk)
    for missing in (99_000_999, 2**63 - 1):
        assert answer(way, ash, missing) == (status, text)
    for secret in (*SECRETS.values(), SCHOOL, NOTE):
        assert secret not in text, secret
    assert SyncReview.objects.count() == before


@pytest.mark.parametrize("way", ["entry", "review", "review with htmx", "review shown"])
def test_what_is_no_id_at_all_is_the_same_again(ash, theirs, way):
    assert answer(way, ash, theirs.pk) == answer(way, ash, 10**20)


@pytest.mark.parametrize("way", ["entry", "entry of the list", "review", "review with htmx"])
def test_her_own_entry_tells_nothing_of_what_shares_its_run_student_and_section(ash, mine, theirs, way):
    _status, text = answer(way, ash, mine.pk)
    for secret in (*SECRETS.values(), SCHOOL, NOTE, REASON, f"/sync-log/{theirs.pk}/"):
        assert secret not in text, secret


@pytest.mark.parametrize("address", ["/sync-runs/", "/sync-runs/{run}/", "/"])
def test_runs_tell_nothing_of_another_school(ash, mine, theirs, address):
    text = ash.get(address.format(run=mine.run_id)).content.decode()
    for secret in (*SECRETS.values(), SCHOOL, NOTE, REASON):
        assert secret not in text, secret


def test_the_other_schools_registrar_does_see_all_of_it(schools, mine, theirs):
    text = reader("theirs", schools[1]).get(f"/sync-log/{theirs.pk}/").content.decode()
    for secret in (*SECRETS.values(), SCHOOL, NOTE):
        assert secret in text, secret
