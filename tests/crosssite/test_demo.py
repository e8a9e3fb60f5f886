from __future__ import annotations

import datetime
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from auditlog.models import AuditLogEntry
from crosssite.access import visible_entries
from crosssite.demo import loading, nights
from crosssite.models import Action, ServingDistrict, ServingSchool, Student, SyncLogEntry, SyncReview, SyncRun
from crosssite.sync.decide import confirm
from district.demo.loading import NotEmptyError
from district.models import School, UserAccount

pytestmark = pytest.mark.django_db

LAKESIDE, FERNHILL = "Lakeside School District", "Fernhill Unified School District"


@pytest.fixture(scope="module", autouse=True)
def _demo(django_db_setup, django_db_blocker):
    """The demo district, loaded once for all of these tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_demo", stdout=StringIO())
        yield
        transaction.set_rollback(True)


def runs(district: str):
    return list(SyncRun.objects.filter(district__name=district).order_by("started"))


def test_each_of_the_six_actions_occurs_with_the_fields_that_belong_to_it():
    assert set(SyncLogEntry.objects.values_list("action", flat=True)) == set(Action.values)
    for entry in SyncLogEntry.objects.all():
        about_a_section = entry.action in {Action.UPDATED_SECTION, Action.INVALIDATED_SECTION}
        assert bool(entry.student_number) != about_a_section
        assert bool(entry.old_value) == (entry.action in {Action.UPDATED_START, Action.UPDATED_END})


def test_every_night_has_a_run_of_each_district_and_the_last_one_was_the_newest_night():
    last = nights.last_night(timezone.now())
    for district in (LAKESIDE, FERNHILL):
        days = [timezone.localdate(run.started) for run in runs(district)]
        assert days == [last - datetime.timedelta(days=back) for back in range(20, -1, -1)]
    assert SyncRun.objects.latest("started").finished < timezone.now()


def test_runs_were_applied_and_unchanged_one_failed_and_the_last_one_of_lakeside_is_held():
    assert {run.outcome for run in runs(FERNHILL)} == {"applied", "unchanged"}
    assert {run.outcome for run in runs(LAKESIDE)} == {"applied", "unchanged", "failed", "held"}
    assert [run.outcome for run in runs(LAKESIDE)][-1] == "held"
    (failed,) = SyncRun.objects.filter(outcome="failed")
    assert "users.csv" in failed.reason


def test_rosters_whose_term_is_over_left_no_entry():
    assert SyncLogEntry.objects.filter(course_name="Winter Ecology").exclude(action="Created Roster").count() == 0


def test_the_deltas_of_fernhill_begin_with_a_bulk_and_a_quiet_night_is_a_manifest_alone():
    kinds = [run.kind for run in runs(FERNHILL)]
    assert kinds[0] == "bulk"
    assert set(kinds[1:]) == {"delta", "empty"}
    assert all(run.outcome == "unchanged" for run in runs(FERNHILL) if run.kind == "empty")


def test_only_our_own_students_are_kept_and_a_number_of_theirs_that_is_ours_is_an_exception_of_the_run():
    assert Student.objects.count() == 41
    ours = set(Student.objects.values_list("number", flat=True)) | {""}
    assert set(SyncLogEntry.objects.values_list("student_number", flat=True)) <= ours
    assert {run.finding_counts.get("exception") for run in runs(LAKESIDE) if run.outcome == "applied"} == {1}
    assert not SyncLogEntry.objects.filter(student_name__contains="Sorrento").exists()


def test_students_whose_number_differs_there_are_found_by_their_links():
    number = {"student_number": "104502", "serving_district": LAKESIDE}
    assert SyncLogEntry.objects.filter(**number, course_name="Welding I").exists()


def test_the_serving_schools_have_somebody_to_phone_and_their_first_run():
    assert ServingDistrict.objects.count() == 2
    for school in ServingSchool.objects.all():
        assert school.contact_phone
        assert school.first_run == runs(school.district.name)[0]
    assert ServingSchool.objects.count() == 4


@pytest.mark.parametrize(
    ("username", "school"),
    [("registrar.millbrook", "Millbrook High School"), ("registrar.harlow", "Harlow Ridge High School")],
)
def test_a_registrar_sees_the_entries_of_his_school_only(username, school):
    seen = visible_entries(UserAccount.objects.get(username=username))
    assert 20 < seen.count() < SyncLogEntry.objects.count()
    assert set(seen.values_list("home_school", flat=True)) == {school}


def test_registrars_reviewed_some_entries_of_their_school_in_the_morning_after():
    for review in SyncReview.objects.select_related("entry"):
        assert timezone.localtime(review.timestamp).hour == 7
        assert review.timestamp > review.entry.timestamp
        person = UserAccount.objects.get(pk=review.reviewed_by_id)
        assert review.reviewed_by_name == person.get_full_name()
        assert visible_entries(person).filter(pk=review.entry_id).exists()
    assert set(SyncReview.objects.values_list("status", flat=True)) == set(SyncReview.Status.values)


def test_nothing_of_it_is_in_the_audit_log_but_what_people_did():
    assert not AuditLogEntry.objects.filter(changed_by__startswith="command: sync").exists()


def test_the_held_run_can_be_confirmed():
    held = runs(LAKESIDE)[-1]
    with transaction.atomic():
        before = SyncLogEntry.objects.count()
        assert confirm(held).outcome == "applied"
        assert SyncLogEntry.objects.count() > before + 10
        transaction.set_rollback(True)


@pytest.mark.parametrize("day", ["2024-02-29", "2025-07-01", "2026-01-01"])
def test_the_days_in_a_bundle_move_with_the_day_of_loading(day, tmp_path):
    last = datetime.date.fromisoformat(day)
    bundles = list(nights.bundles("lakeside", last, tmp_path))
    assert [night for night, _bundle in bundles][-1] == last
    sessions = (bundles[-1][1] / "academicSessions.csv").read_text()
    year = re.search(r"schoolYear,(\S+?),(\S+?),,(\d{4})", sessions)
    moved = last - nights.LAST_NIGHT
    assert year[1] == str(datetime.date(2025, 8, 18) + moved)
    assert int(year[3]) == last.year + (last.month >= 7)


@pytest.mark.parametrize(("hour", "back"), [("00:30", 1), ("03:59", 1), ("04:00", 0), ("17:00", 0)])
def test_the_newest_night_is_the_last_that_is_over(hour, back):
    now = timezone.make_aware(datetime.datetime.fromisoformat(f"2026-05-05 {hour}"))
    assert nights.last_night(now) == datetime.date(2026, 5, 5) - datetime.timedelta(days=back)


def test_home_schools_are_those_of_the_district():
    names = set(School.objects.values_list("name", flat=True))
    assert set(SyncLogEntry.objects.values_list("home_school", flat=True)) <= names
    assert School.objects.count() == 6


def test_a_database_in_which_a_serving_district_is_set_up_is_refused():
    with pytest.raises(NotEmptyError):
        loading.load()
