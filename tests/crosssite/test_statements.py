"""What a run asks of the database: as many statements for a thousand changes as for ten, up to a few."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crosssite.models import Student
from crosssite.sync.run import preview, sync
from district.catalogue import SYNC_HOLD_MINIMUM
from district.preferences import set_value

from .bundles import Serving

TODAY = datetime.date(2026, 9, 2)

#: SQLite takes 32,766 values in a statement, and rows are written by so many.
FURTHER = 12


@pytest.fixture
def synced(home, tmp_path):
    """Forty sections of fifty students each."""
    set_value(SYNC_HOLD_MINIMUM, "100000")
    serving = Serving("lakeside")
    people = [(f"{number}", f"Family{number}", "Given") for number in range(50)]
    Student.objects.bulk_create(
        Student(number=number, family_name=family, given_name=given, school=home.north)
        for number, family, given in people
    )
    users = [serving.add_student(*person) for person in people]
    for section in range(40):
        serving.add_class(f"class-{section}", course=f"Course {section}")
        for user in users:
            serving.enroll(f"class-{section}", user)
    assert sync(serving.write(tmp_path / "first"), today=TODAY).outcome == "applied"
    return serving


def change(serving: Serving, every: int) -> None:
    """Of every so many enrollments one dropped, one moved, one followed by a second span; as many sections changed."""
    for place, (key, cells) in enumerate(list(serving.tables["enrollments"].items())):
        if place % every == 0:
            serving.drop(key)
        elif place % every == 1:
            serving.move(key, begin="2026-08-24", end="2026-12-05")
        elif place % every == 2 and cells["endDate"] == "2026-12-19":
            serving.move(key, end="2026-09-26")
            serving.enroll(cells["classSourcedId"], cells["userSourcedId"], "2026-10-05", "2026-12-12")
    for section in range(0, 40, every // 2):
        serving.change("classes", f"class-{section}", location=f"Gym {every}")


def statements(call) -> int:
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


@pytest.mark.slow
def test_a_run_with_many_changes_costs_hardly_more_statements_than_one_with_few(synced, tmp_path):
    costs = []
    for every in (200, 4):
        change(synced, every)
        path = synced.write(tmp_path / f"every-{every}")
        costs += [statements(lambda call=call, path=path: call(path, today=TODAY)) for call in (preview, sync)]
    few_shown, few, many_shown, many = costs
    assert many <= few + FURTHER
    assert many_shown <= few_shown + FURTHER


def test_a_night_without_changes_costs_a_fixed_number_of_statements(synced, tmp_path):
    path = synced.write(tmp_path / "again")
    small = statements(lambda: sync(path, today=TODAY))
    for section in range(40, 80):
        synced.add_class(f"class-{section}", course=f"Course {section}")
        for number in range(50):
            synced.enroll(f"class-{section}", f"user-{number}")
    sync(synced.write(tmp_path / "more"), today=TODAY)
    large = statements(lambda: sync(synced.write(tmp_path / "more"), today=TODAY))
    assert large <= small + 2
