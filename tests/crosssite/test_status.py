"""The last runs above the list: an empty list is never mistaken for a quiet night."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crosssite.access import ChosenSchool
from crosssite.models import Roster, Section, ServingDistrict, ServingSchool, Student, SyncRunCount
from crosssite.status import statuses
from district.models import School

from .logbook import run
from .readers import page, reader

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = timedelta(hours=1)
HELD = "Held: it waits for a person who has all schools. Nothing of it is applied until then."


@pytest.fixture
def schools(db):
    return [School.objects.create(name=f"{name} School") for name in ("Ash", "Birch")]


@pytest.fixture
def ash(schools):
    return ChosenSchool(schools[0])


def district(name="Lakeside District", **fields) -> ServingDistrict:
    return ServingDistrict.objects.create(name=name, identifier=name, **fields)


def ran(of: ServingDistrict, hours: float = 1, outcome="applied", **counts: int):
    """A run so many hours ago, with its numbers of entries by the school's first letter."""
    made = run(NOW - hours * HOUR, outcome=outcome, district=of)
    for school in School.objects.all():
        if count := counts.get(school.name[0].lower()):
            SyncRunCount.objects.create(
                run=made, home_school_id=school.pk, home_school=school.name, action="Created Roster", count=count
            )
    return made


def test_a_district_shows_its_last_run_and_the_entries_of_this_school(ash, schools):
    lakeside = district()
    ran(lakeside, hours=25, a=7)
    last = ran(lakeside, a=3, b=4)
    (status,) = statuses(ash, NOW)
    assert (status.district, status.run, status.outcome) == ("Lakeside District", last.pk, "Applied")
    assert (status.entries, status.warnings) == ("3 entries", ())
    (status,) = statuses(ChosenSchool(None), NOW)
    assert status.entries == "7 entries"


@pytest.mark.parametrize(
    ("outcome", "entries", "warning"),
    [
        ("held", "3 entries wait", HELD),
        ("failed", "", "Failed: nothing of it was applied."),
        ("running", "", "Still running: its entries are not here yet."),
    ],
)
def test_a_run_that_brought_nothing_is_marked_in_words_with_the_last_that_did(ash, outcome, entries, warning):
    lakeside = district()
    ran(lakeside, hours=25, a=7)
    ran(lakeside, outcome=outcome, a=3)
    (status,) = statuses(ash, NOW)
    assert status.entries == entries
    assert status.warnings[0] == warning
    assert status.warnings[1].startswith("Last applied: ")


def test_a_discarded_run_says_what_was_applied_last(ash):
    lakeside = district()
    ran(lakeside, a=3, outcome="discarded")
    assert statuses(ash, NOW)[0].warnings == ("None was applied yet.",)


@pytest.mark.parametrize(("hours", "late"), [(35.9, False), (36.1, True)])
def test_a_run_that_is_older_than_expected_is_marked(ash, hours, late):
    ran(district(), hours=hours, a=1)
    (status,) = statuses(ash, NOW)
    assert bool(status.warnings) is late
    assert not late or status.warnings == ("Older than expected: a run is due every 36 hours.",)


def test_where_nothing_is_expected_nothing_is_late(ash):
    ran(district(expected_hours=0), hours=9999, a=1)
    assert statuses(ash, NOW)[0].warnings == ()


def test_a_district_that_serves_only_another_school_is_not_shown(ash):
    ran(district(), b=4)
    assert statuses(ash, NOW) == []
    assert [status.district for status in statuses(ChosenSchool(None), NOW)] == ["Lakeside District"]


def test_a_district_of_which_nothing_came_yet_is_shown_to_every_school(ash):
    district("Never Ran")
    ran(district("Only Failed"), outcome="failed")
    never, failed = statuses(ash, NOW)
    assert (never.district, never.run, never.warnings) == ("Never Ran", None, ("There was no run yet.",))
    assert failed.warnings == ("Failed: nothing of it was applied.", "None was applied yet.")


def test_who_may_decide_about_a_held_run_is_not_told_to_wait_for_somebody_else(ash):
    ran(district(), outcome="held", a=3)
    (status,) = statuses(ash, NOW, decides=True)
    assert status.warnings[0] == "Held: nothing of it is applied until a person confirms it."


def test_a_district_whose_runs_brought_nothing_so_far_is_shown_to_every_school(ash):
    made = ran(district(), outcome="unchanged")
    for school in (ash, ChosenSchool(None)):
        (status,) = statuses(school, NOW)
        assert (status.run, status.warnings) == (made.pk, ("Which schools it serves is not known yet.",))


def test_rows_that_could_not_be_read_are_told_with_the_way_to_the_run_and_no_number(schools):
    made = ran(district(), outcome="unchanged")
    made.finding_counts = {"error": 77}
    made.save()
    html = page(reader("ash", schools[0]), "/sync-log/")
    assert f'<a href="/sync-runs/{made.pk}/">Some rows could not be read.</a>' in html
    assert "77" not in html.partition('aria-labelledby="statuses-heading"')[2].partition("</section>")[0]
    made.finding_counts = {"warning": 77, "exception": 1}
    made.save()
    assert "could not be read" not in page(reader("ash2", schools[0]), "/sync-log/")


def test_a_student_who_comes_to_the_school_brings_the_districts_that_teach_her(ash, schools):
    lakeside = district()
    ran(lakeside, b=4)
    taught = Section.objects.create(
        district=lakeside, school=ServingSchool.objects.create(district=lakeside, name="High"), sourced_id="s"
    )
    student = Student.objects.create(number="1", family_name="A", given_name="B", school=schools[1])
    Roster.objects.create(district=lakeside, section=taught, student=student, sourced_id="r")
    assert statuses(ash, NOW) == []
    Student.objects.update(school=schools[0])
    assert [status.district for status in statuses(ash, NOW)] == ["Lakeside District"]


def test_the_page_shows_them_above_the_list_and_links_to_the_run(schools):
    last = ran(district(), outcome="failed", hours=40)
    html = page(reader("ash", schools[0]), "/sync-log/")
    assert f'<a href="/sync-runs/{last.pk}/">' in html
    for words in ("Failed: nothing of it was applied.", "Older than expected: a run is due every 36 hours."):
        assert words in html
    assert html.index("Failed: nothing") < html.index('<table class="log-table')


def test_many_districts_cost_no_more_statements_than_one(ash):
    ran(district("D0"), a=1)
    with CaptureQueriesContext(connection) as of_one:
        statuses(ash, NOW)
    for number in range(1, 9):
        ran(district(f"D{number}"), a=1)
    with CaptureQueriesContext(connection) as of_many:
        assert len(statuses(ash, NOW)) == 9
    assert len(of_one) == len(of_many) == 3
