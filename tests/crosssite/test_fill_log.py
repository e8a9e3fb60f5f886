from __future__ import annotations

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from auditlog.search import fold
from crosssite.generated import filling, nights
from crosssite.models import (
    TEXT_COLUMNS,
    Action,
    ServingSchool,
    SyncLogEntry,
    SyncLogText,
    SyncRun,
    SyncRunCount,
    SyncSectionChange,
)
from district.models import School, UserGroup

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 3, 2)
OF_SECTIONS = {Action.UPDATED_SECTION, Action.INVALIDATED_SECTION}
OF_DATES = {Action.UPDATED_START, Action.UPDATED_END}


def fill_log(*, sync_entries: int = 3000, seed: int = 7, **options) -> str:
    out = StringIO()
    call_command("fill_log", sync_entries=sync_entries, seed=seed, stdout=out, **options)
    return out.getvalue()


def told(entries: int, seed: int) -> list[nights.Night]:
    return list(nights.tell(entries, seed, TODAY))


def test_it_adds_exactly_as_many_entries_as_asked_for_with_every_action():
    assert "3000" in fill_log()
    assert SyncLogEntry.objects.count() == 3000
    assert set(SyncLogEntry.objects.values_list("action", flat=True)) == set(Action.values)


def test_an_entry_has_the_fields_of_its_action_and_no_others():
    fill_log()
    serving = set(ServingSchool.objects.values_list("district__name", "name"))
    for entry in SyncLogEntry.objects.select_related("run__district"):
        about_a_section, about_a_date = entry.action in OF_SECTIONS, entry.action in OF_DATES
        assert bool(entry.student_number) == bool(entry.student_name) == (not about_a_section)
        assert (entry.student_id is None) == about_a_section
        assert bool(entry.old_value) == bool(entry.new_value) == about_a_date
        assert entry.old_value != entry.new_value or not about_a_date
        assert all(getattr(entry, name) for name in ("course_number", "course_name", "section_number", "home_school"))
        assert entry.serving_district == entry.run.district.name
        assert (entry.serving_district, entry.serving_school) in serving


def test_home_schools_are_schools_of_the_district():
    fill_log()
    met = set(SyncLogEntry.objects.values_list("home_school_id", "home_school"))
    assert met == set(School.objects.values_list("pk", "name"))
    assert len(met) >= 10


def test_runs_are_of_every_night_in_order_and_the_last_ones_were_applied():
    fill_log()
    runs = list(SyncRun.objects.order_by("id"))
    assert [run.started for run in runs] == sorted(run.started for run in runs)
    assert runs[-1].started - runs[0].started > datetime.timedelta(days=200)
    assert timezone.now() - datetime.timedelta(days=2) < runs[-1].finished < timezone.now()
    assert {run.outcome for run in runs} == {"applied", "unchanged", "failed"}
    assert {run.started_by for run in runs} == {filling.STARTED_BY}


def test_the_first_run_of_a_district_is_marked_as_initial_and_only_creates():
    fill_log()
    for school in ServingSchool.objects.all():
        assert school.name in school.first_run.initial_schools
        assert not school.first_run.entries.exclude(action=Action.CREATED_ROSTER).exists()


def test_the_counts_of_runs_agree_with_their_entries():
    fill_log()
    counted = {(row.run_id, row.home_school_id, row.action): row.count for row in SyncRunCount.objects.all()}
    met: dict[tuple[int, int, str], int] = {}
    for key in SyncLogEntry.objects.values_list("run_id", "home_school_id", "action"):
        met[key] = met.get(key, 0) + 1
    assert counted == met
    assert set(SyncRun.objects.exclude(outcome="applied").values_list("entries", flat=True)) == {None}


def test_every_text_can_be_searched_for_in_its_school_and_column_and_no_other():
    fill_log()
    met = {
        (entry.home_school_id, name, getattr(entry, name))
        for entry in SyncLogEntry.objects.all()
        for name in TEXT_COLUMNS
        if getattr(entry, name)
    }
    assert set(SyncLogText.objects.values_list("home_school_id", "column", "text")) == met
    assert all(row.folded == fold(row.text) for row in SyncLogText.objects.all())


def test_every_update_of_a_section_says_what_differed():
    fill_log()
    updated = set(SyncLogEntry.objects.filter(action=Action.UPDATED_SECTION).values_list("run_id", "section_id"))
    changes = SyncSectionChange.objects.all()
    assert {(change.run_id, change.section_id) for change in changes} == updated
    assert all(change.old_value != change.new_value for change in changes)


def test_the_same_seed_gives_the_same_log_and_another_seed_another():
    assert told(300, 7) == told(300, 7)
    assert told(300, 7) != told(300, 8)


def test_a_second_fill_adds_to_the_first():
    fill_log(sync_entries=200)
    first = list(SyncLogEntry.objects.order_by("id").values_list("home_school_id", *filling.SAME))
    fill_log(sync_entries=200)
    both = list(SyncLogEntry.objects.order_by("id").values_list("home_school_id", *filling.SAME))
    assert both == first + first
    connection.check_constraints()


def test_chunks_leave_no_seam(monkeypatch):
    monkeypatch.setattr(filling, "CHUNK", 40)
    fill_log(sync_entries=300)
    assert SyncLogEntry.objects.count() == 300
    connection.check_constraints()


def test_what_a_run_logs_afterwards_follows_without_a_clash():
    fill_log(sync_entries=50)
    last = SyncLogEntry.objects.order_by("-id")[0]
    SyncLogEntry.objects.create(run=last.run, timestamp=timezone.now(), home_school_id=1, section_id=1)
    assert SyncLogEntry.objects.count() == 51


def test_a_database_with_runs_of_somebodys_work_is_refused_before_anything_is_added():
    SyncRun.objects.create(started=timezone.now(), source_name="bundle.zip", started_by="command: sync_rosters")
    with pytest.raises(CommandError, match="real entries"):
        fill_log(entries=5)
    assert not SyncLogEntry.objects.exists()
    assert not AuditLogEntry.objects.filter(channel="generated").exists()


def test_an_audit_log_with_real_entries_is_refused_before_anything_is_added():
    with acting_as("admin"):
        UserGroup.objects.create(name="Real")
    with pytest.raises(CommandError, match="real entries"):
        fill_log()
    assert not SyncRun.objects.exists()
