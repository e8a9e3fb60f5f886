"""The command: what it prints, what it answers, what it leaves alone."""

from __future__ import annotations

import datetime
import json
import os
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from crosssite.engines import sync_engine
from crosssite.models import Roster, Student, SyncLogEntry, SyncPlan, SyncRun
from district.catalogue import SYNC_HOLD_MINIMUM
from district.preferences import set_value
from tests.crosssite.bundles import Serving
from tests.crosssite.command import FAILED
from tests.crosssite.copies import whole_copy
from tests.locks import writer_at_work

pytestmark = pytest.mark.django_db


def run(capsys, *args, **options):
    """Exit code and what was printed."""
    code = 0
    try:
        call_command("sync_rosters", *map(str, args), **options)
    except SystemExit as end:
        code = end.code
    return code, capsys.readouterr()


def summary(capsys, *args, **options):
    code, printed = run(capsys, *args, as_json=True, **options)
    return code, json.loads(printed.out)


@contextmanager
def taken(connection, district):
    """Somebody else has the lock."""
    yield False


@pytest.fixture
def held(home, serving, tmp_path, capsys) -> SyncRun:
    """A run that would delete two of four rosters, held at the lowest limit."""
    set_value(SYNC_HOLD_MINIMUM, "1")
    assert run(capsys, serving.write(tmp_path / "monday"))[0] == 0
    serving.drop("ana-algebra")
    serving.drop("ben-algebra")
    code, told = summary(capsys, serving.write(tmp_path / "tuesday"))
    assert (code, told["outcome"]) == (3, "held")
    return SyncRun.objects.get(pk=told["run"])


def test_a_run_says_what_it_did_for_people_and_for_machines(home, serving, tmp_path, capsys):
    code, printed = run(capsys, serving.write(tmp_path / "bundle"))
    assert code == 0
    assert "Created Roster: 4" in printed.out
    assert "Lakeside District" in printed.out
    code, told = summary(capsys, serving.write(tmp_path / "again"))
    assert (code, told["outcome"]) == (0, "unchanged")
    assert set(told["actions"].values()) == {0}
    assert len(told["sha256"]) == 64


def test_a_bundle_that_cannot_be_taken_ends_with_one_and_a_sentence(home, serving, tmp_path, capsys):
    code, printed = run(capsys, tmp_path / "nowhere")
    assert code == 1
    assert "There is no such folder or zip" in printed.err
    assert SyncRun.objects.get().outcome == "failed"


def test_a_bundle_that_cannot_be_opened_is_a_failed_run_of_the_district_that_was_asked_for(
    home, serving, tmp_path, capsys
):
    half = tmp_path / "half.zip"
    half.write_bytes(b"PK\x03\x04")
    assert run(capsys, half, district="lakeside")[0] == 1
    assert SyncRun.objects.get().district.identifier == "lakeside"
    assert run(capsys, half)[0] == 1
    assert SyncRun.objects.latest("pk").district is None


def test_a_path_that_is_a_pipe_or_a_device_is_refused_at_once(home, tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe.zip")
    for path in (tmp_path / "pipe.zip", "/dev/null"):
        code, printed = run(capsys, path)
        assert code == 1
        assert "neither a folder nor a zip" in printed.err


def test_a_district_that_is_not_set_up_is_named(home, tmp_path, capsys):
    stranger = Serving("hillside", ours="maplewood")
    stranger.add_class("art", course="Art", number="1")
    code, printed = run(capsys, stranger.write(tmp_path / "bundle"))
    assert code == 1
    assert "hillside" in printed.err
    assert "Serving districts" in printed.err


def test_a_dry_run_shows_the_entries_and_writes_nothing(home, serving, tmp_path, capsys):
    bundle = serving.write(tmp_path / "bundle")
    code, told = summary(capsys, bundle, dry_run=True)
    assert (code, told["outcome"], told["actions"]["Created Roster"]) == (0, "would be applied", 4)
    assert len(told["entries"]) == 4
    assert not SyncRun.objects.exists()
    assert not Roster.objects.exists()
    assert "Created Roster | 104417 | Rivera, Ana Maria" in run(capsys, bundle, dry_run=True)[1].out


def test_a_held_run_changes_nothing_until_it_is_confirmed(held, capsys):
    assert Roster.objects.count() == 4
    assert "Held: 2 of 4 rosters" in held.reason
    assert {(row.action, row.count) for row in held.counts.all()} == {("Deleted Roster", 2)}
    code, told = summary(capsys, confirm=held.pk)
    assert (code, told["outcome"]) == (0, "applied")
    assert Roster.objects.count() == 2
    assert SyncLogEntry.objects.filter(run=held, action="Deleted Roster").count() == 2
    assert not SyncPlan.objects.exists()


def test_the_bundle_of_a_confirmed_run_is_unchanged_the_next_time(held, serving, tmp_path, capsys):
    run(capsys, confirm=held.pk)
    code, told = summary(capsys, serving.write(tmp_path / "wednesday"))
    assert (code, told["outcome"]) == (0, "unchanged")


def test_a_discarded_run_changes_nothing_and_cannot_be_confirmed_any_more(held, capsys):
    assert summary(capsys, discard=held.pk)[1]["outcome"] == "discarded"
    code, told = summary(capsys, confirm=held.pk)
    assert code == 1
    assert "not held any more" in told["reason"]
    assert Roster.objects.count() == 4


def test_a_held_run_says_where_to_look_and_how_to_decide(held, serving, tmp_path, capsys):
    code, printed = run(capsys, serving.write(tmp_path / "again"))
    assert code == 3
    assert "/sync-runs/" in printed.out
    assert "--confirm" in printed.out


def test_a_decision_while_another_run_is_under_way_answers_that(held, capsys):
    with (
        patch("crosssite.engines.sqlite.district_lock", taken),
        patch("crosssite.engines.postgresql.district_lock", taken),
    ):
        code, told = summary(capsys, discard=held.pk)
    assert (code, told["outcome"]) == (4, "refused")
    assert "under way" in told["reason"]
    held.refresh_from_db()
    assert held.outcome == "held"


def test_an_unknown_district_is_answered_with_those_there_are(home, serving, tmp_path, capsys):
    code, printed = run(capsys, serving.write(tmp_path / "bundle"), district="lakesite")
    assert code == 1
    assert "lakesite" in printed.err
    assert "there are: lakeside" in printed.err


def test_a_held_run_is_refused_once_a_student_was_changed(held, home, capsys):
    home.students["ana"].family_name = "Rivera-Soto"
    home.students["ana"].save()
    code, told = summary(capsys, confirm=held.pk)
    assert code == 1
    assert "changed since" in told["reason"]
    assert Roster.objects.count() == 4


def test_a_later_bundle_replaces_a_held_one(held, serving, tmp_path, capsys):
    serving.enroll("algebra", "user-ana", key="ana-algebra-2")
    serving.enroll("algebra", "user-ben", key="ben-algebra-2")
    assert run(capsys, serving.write(tmp_path / "wednesday"))[0] == 0
    held.refresh_from_db()
    assert held.outcome == "replaced"
    assert not SyncPlan.objects.exists()
    assert summary(capsys, confirm=held.pk)[0] == 1


def test_a_run_that_does_not_exist_is_named(home, capsys):
    code, told = summary(capsys, confirm=77)
    assert code == 1
    assert "77" in told["reason"]


def test_a_bundle_is_asked_for_and_none_with_a_decision(home, held, capsys):
    with pytest.raises(CommandError, match="Name the bundle"):
        call_command("sync_rosters")
    with pytest.raises(CommandError, match="leave the bundle out"):
        call_command("sync_rosters", "somewhere", confirm=held.pk)


def test_a_student_who_is_no_longer_ours_leaves_the_copy(home, serving, tmp_path, capsys):
    run(capsys, serving.write(tmp_path / "monday"))
    ben = Student.objects.get(number="104418")
    ben.active = False
    ben.save()
    told = summary(capsys, serving.write(tmp_path / "tuesday"))[1]
    assert told["actions"]["Deleted Roster"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_busy_is_said_so_and_nothing_is_applied(home, serving, tmp_path, capsys, impatient):
    bundle = serving.write(tmp_path / "bundle")
    with writer_at_work('LOCK TABLE "SyncRun" IN ACCESS EXCLUSIVE MODE'):
        code, told = summary(capsys, bundle)
    assert code == 1
    assert "busy or away" in told["reason"]
    assert not Roster.objects.exists()
    assert run(capsys, bundle)[0] == 0


def test_the_engines_offer_the_same_functions(db):
    from django.db import connection

    engine = sync_engine(connection)
    assert {"district_lock", "update_rows", "insert_missing"} <= set(vars(engine))


def test_a_delta_before_any_bulk_is_refused(home, serving, tmp_path, capsys):
    nothing: dict = {name: {} for name in serving.tables}
    path = serving.write_delta(tmp_path, nothing, datetime.datetime(2026, 9, 3, 4, tzinfo=datetime.UTC))
    code, _printed = run(capsys, path)
    assert code == FAILED
    assert whole_copy() == []
