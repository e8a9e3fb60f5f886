"""One entry of the Data Sync Log, whole, beside the list and on its own page."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crosssite.details import entry_details
from crosssite.models import ServingDistrict, ServingSchool, SyncSectionChange
from district.models import School, UserAccount

from .logbook import SECTION, STUDENT, WHEN, entry, run
from .readers import page, reader

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
LABELS = {
    "student_number": "Student Number",
    "student_name": "Student Name",
    "course_number": "Course Number",
    "course_name": "Course Name",
    "section_number": "Section Number",
    "serving_district": "Serving District",
    "serving_school": "Serving School",
}
ROSTER = {LABELS[name]: value for name, value in {**STUDENT, **SECTION}.items()}
SECTION_ONLY = {LABELS[name]: value for name, value in SECTION.items()}


@pytest.fixture
def schools(db):
    return [School.objects.create(name=f"{name} School") for name in ("Ash", "Birch")]


@pytest.fixture
def ash(schools):
    """The registrar of Ash School."""
    return reader("ash", schools[0])


def details(of, username="ash"):
    return entry_details(UserAccount.objects.get(username=username), of.pk)


def statuses(client, *entries):
    return [client.get(f"/sync-log/{entry.pk}/").status_code for entry in entries]


@pytest.mark.parametrize("action", ["Created Roster", "Deleted Roster"])
def test_a_roster_shows_student_and_section(ash, schools, action):
    assert dict(details(entry(schools[0], action=action)).facts) == {**ROSTER, "Home School": "Ash School"}


@pytest.mark.parametrize("action", ["Updated Section Data", "Invalidated Section"])
def test_a_section_shows_its_five_fields(ash, schools, action):
    assert dict(details(entry(schools[0], action=action)).facts) == {**SECTION_ONLY, "Home School": "Ash School"}


def test_moved_dates_are_called_what_they_are_the_end_the_last_day(ash, schools):
    dates = {"old_value": "2027-01-15", "new_value": "2026-12-18"}
    end = dict(details(entry(schools[0], action="Updated Roster End Date", **dates)).facts)
    assert (end["Old Value, last day"], end["New Value, last day"]) == ("2027-01-15", "2026-12-18")
    start = dict(details(entry(schools[0], action="Updated Roster Start Date", **dates)).facts)
    assert (start["Old Value, first day"], start["New Value, first day"]) == ("2027-01-15", "2026-12-18")


def test_the_page_leads_to_the_run_and_says_when_it_was_the_schools_first(ash, schools):
    made = run()
    one = entry(schools[0], run=made)
    assert f'href="/sync-runs/{made.pk}/"' in page(ash, f"/sync-log/{one.pk}/")
    assert not details(one).run.initial
    ServingSchool.objects.create(district=made.district, name="Lakeside High", identifier="high", first_run=made)
    assert details(one).run.initial
    assert "Initial run of this school" in page(ash, f"/sync-log/{one.pk}/")
    assert not details(entry(schools[0], run=run())).run.initial


def test_updated_section_data_shows_which_fields_changed(ash, schools):
    made = run()
    one = entry(schools[0], action="Updated Section Data", run=made, section_id=7)
    for of, section, field, old, new in (
        (made, 7, "location", "", "Room 12"),
        (made, 7, "number", "3", "4"),
        (made, 8, "title", "Other", "Section"),
        (run(), 7, "periods", "other", "run"),
    ):
        SyncSectionChange.objects.create(run=of, section_id=section, field=field, old_value=old, new_value=new)
    shown = [(change.field, change.old, change.new) for change in details(one).changes]
    assert shown == [("Location", "", "Room 12"), ("Section number", "3", "4")]
    assert "Room 12" in page(ash, f"/sync-log/{one.pk}/")


def test_an_invalidated_section_shows_the_readers_students_who_lost_their_roster(ash, schools):
    made = run()
    one = entry(schools[0], action="Invalidated Section", run=made, section_id=7)
    gone = {"action": "Deleted Roster", "run": made, "section_id": 7}
    entry(schools[0], student_name="Young, Zoe", student_number="2", **gone)
    entry(schools[0], student_name="Adams, Al", student_number="1", **gone)
    entry(schools[1], student_name="Other, School", **gone)
    entry(schools[0], student_name="Other, Section", **{**gone, "section_id": 8})
    entry(schools[0], student_name="Other, Run", **{**gone, "run": run()})
    entry(schools[0], student_name="Other, Action", **{**gone, "action": "Created Roster"})
    assert [student.about for student in details(one).students] == ["Adams, Al (1)", "Young, Zoe (2)"]
    assert "Students affected" in page(ash, f"/sync-log/{one.pk}/")


def test_the_histories_of_student_and_section_go_across_runs_and_stay_in_the_readers_schools(ash, schools):
    one = entry(schools[0], WHEN, run=run(), student_id=5, section_id=7)
    later = entry(schools[0], WHEN + DAY, run=run(), student_id=5, section_id=9, course_name="Welding")
    classmate = entry(schools[0], WHEN + 2 * DAY, run=run(), student_id=6, section_id=7, student_name="Okafor, Ben")
    elsewhere = entry(schools[1], WHEN + 3 * DAY, run=run(), student_id=5, section_id=7)
    shown = details(one)
    assert [line.id for line in shown.student_history.lines] == [later.pk, one.pk]
    assert [line.id for line in shown.section_history.lines] == [classmate.pk, one.pk]
    assert shown.student_history.lines[0].about == "MAT201-3 Welding"
    assert shown.section_history.lines[0].about == "Okafor, Ben (104417)"
    text = page(ash, f"/sync-log/{one.pk}/")
    assert f'href="/sync-log/{later.pk}/"' in text
    assert f'href="/sync-log/{elsewhere.pk}/"' not in text


def test_a_history_lists_its_newest_50_and_says_so(ash, schools):
    made = [entry(schools[0], WHEN + number * DAY) for number in range(52)]
    history = details(made[0]).student_history
    assert [line.id for line in history.lines] == [one.pk for one in reversed(made[2:])]
    assert history.more
    assert "The newest 50 are listed." in page(ash, f"/sync-log/{made[0].pk}/")


def test_an_entry_about_a_section_has_no_history_of_a_student(ash, schools):
    assert details(entry(schools[0], action="Invalidated Section")).student_history is None


def test_the_serving_schools_contact_is_shown_else_its_districts_else_where_to_enter_one(ash, schools):
    one = entry(schools[0])
    district = ServingDistrict.objects.get()
    address = f"/sync-log/{one.pk}/"
    assert details(one).contact is None
    assert "No contact is kept" in page(ash, address)
    district.contact_name, district.contact_phone = "Dora District", "555 0100"
    district.save()
    assert (details(one).contact.of, details(one).contact.name) == ("Lakeside District", "Dora District")
    other = ServingDistrict.objects.create(name="Other", identifier="other")
    ServingSchool.objects.create(district=other, name="Lakeside High", identifier="x", contact_name="Wrong Person")
    school = ServingSchool.objects.create(district=district, name="Lakeside High", identifier="high")
    assert details(one).contact.name == "Dora District"
    school.contact_name, school.contact_email = "Sam School", "sam@lakeside.example"
    school.save()
    assert (details(one).contact.of, details(one).contact.name) == ("Lakeside High", "Sam School")
    assert 'href="mailto:sam@lakeside.example"' in page(ash, address)


@pytest.mark.parametrize("pk", ["0", "-1", "999999999", "1" + "0" * 20])
def test_an_entry_of_another_school_and_one_that_does_not_exist_are_the_same_404(ash, schools, pk):
    theirs = entry(schools[1])
    missing = ash.get(f"/sync-log/{pk}/")
    assert missing.status_code == 404
    assert missing.content == ash.get(f"/sync-log/{theirs.pk}/").content


def test_who_reads_all_schools_opens_the_entries_of_all_and_who_has_none_opens_none(schools):
    entries = [entry(school) for school in schools]
    assert statuses(reader("everywhere", None), *entries) == [200, 200]
    assert statuses(reader("nobody"), *entries) == [404, 404]


def test_hostile_text_is_text(ash, schools):
    hostile = "<script>alert(1)</script>\u202e"
    one = entry(schools[0], student_name=hostile, course_name=hostile, serving_school=hostile)
    ServingDistrict.objects.update(contact_name=hostile, contact_phone='"><b>', contact_email="a@b.example?cc=<x>")
    shown = page(ash, f"/sync-log/{one.pk}/")
    assert "<script>alert" not in shown
    assert "\u202e" not in shown
    assert '"><b>' not in shown


def test_the_number_of_statements_does_not_grow_with_what_there_is_to_tell(ash, schools):
    made = run()
    one = entry(schools[0], action="Invalidated Section", run=made)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            page(ash, f"/sync-log/{one.pk}/")
        return len(captured)

    few = statements()
    for number in range(60):
        entry(schools[0], action="Deleted Roster", run=made, student_id=number)
        entry(schools[0], run=run())
    assert statements() == few
    assert few <= 17


def test_the_page_of_an_entry_leads_to_the_list_that_shows_it(ash, schools):
    one = entry(schools[0])
    for client, school in ((ash, schools[0].pk), (reader("everywhere", None), "all")):
        back = f"/sync-log/?school={school}&amp;entry={one.pk}"
        assert f'href="{back}"' in page(client, f"/sync-log/{one.pk}/")
        assert f'id="row-{one.pk}"' in page(client, back.replace("&amp;", "&"))
