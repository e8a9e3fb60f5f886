"""``kill -9`` at any moment of a run: the copy is the one before or the one after, and the log agrees.

The next run completes. And two runs at once: one works, the other says so and leaves.
"""

from __future__ import annotations

import datetime
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from auditlog.triggers import missing_triggers
from crosssite.models import Student, SyncRun
from crosssite.sync.run import sync
from tests.auditlog.test_kills import database_url

from .bundles import Serving
from .command import BUSY, sync_rosters
from .home import Home


def crowd(home: Home, sections: int, size: int) -> Serving:
    """Sections full of students of ours, with terms that have no end near."""
    serving = Serving("lakeside")
    for session in serving.tables["academicSessions"].values():
        session["endDate"] = "2099-06-05"
    Student.objects.bulk_create(
        Student(number=f"{number}", family_name=f"Family{number}", given_name="Given", school=home.north)
        for number in range(size)
    )
    for number in range(size):
        serving.add_student(f"{number}", f"Family{number}", "Given")
    for section in range(sections):
        serving.add_class(f"class-{section}")
        for number in range(size):
            serving.enroll(f"class-{section}", f"user-{number}", key=f"e-{section}-{number}")
    return serving


def write_two(serving: Serving, folder, every: int) -> None:
    """``a``, and ``b`` in which one of so many enrollments is dropped, moved, or comes."""
    serving.write(folder / "a")
    for place, key in enumerate(list(serving.tables["enrollments"])):
        if place % every == 0:
            serving.drop(key)
        elif place % every == 1:
            serving.move(key, begin="2026-08-24", end="2026-12-05")
    serving.cancel("class-0")
    serving.change("classes", "class-1", location="Gym")
    serving.write(folder / "b")


def lines_of(folder, *arguments: str) -> list[str]:
    environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    connection.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.crosssite.killed", str(folder), *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_run_killed_at_a_random_moment_has_happened_or_has_not(home, tmp_path):
    write_two(crowd(home, sections=20, size=60), tmp_path, every=9)
    lines = lines_of(tmp_path, "random", "50", "7")
    assert [line for line in lines if "torn" in line] == []
    assert lines.count("killed before") + lines.count("killed after") == 50
    assert lines.count("killed before") >= 10
    assert lines[-1] == "then completed after"
    assert missing_triggers(connection) == set()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_run_killed_after_any_of_its_statements_has_happened_or_has_not(home, tmp_path):
    write_two(crowd(home, sections=3, size=6), tmp_path, every=4)
    lines = lines_of(tmp_path, "statements")
    assert [line for line in lines if "torn" in line] == []
    assert lines.count("killed before") >= 10
    assert lines[-2] == "lived after"
    assert lines[-1] == "then completed after"


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_at_once_one_works_and_the_other_exits_4(home, serving, tmp_path):
    """The second comes while the first reads, plans and applies: whenever the first tells how far it is."""
    path = serving.write(tmp_path)
    codes = []

    def meanwhile(_done: int, _of: int) -> None:
        environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
        second = [sys.executable, "manage.py", "sync_rosters", str(path)]
        if len(codes) < 2:
            codes.append(subprocess.run(second, cwd=settings.BASE_DIR, env=environment, check=False).returncode)

    run = sync(path, today=datetime.date(2026, 9, 2), progress=meanwhile)
    assert run.outcome == "applied"
    assert codes
    assert set(codes) == {BUSY}
    assert SyncRun.objects.count() == 1
    assert sync_rosters(path).code == 0
