"""A year of nightly bundles: no run is held, the copy follows every night, and no entry is one nobody can explain."""

from __future__ import annotations

import datetime

import pytest

from crosssite.models import ServingDistrict, Student, SyncLogEntry
from crosssite.sync.run import sync
from district.catalogue import HOME_ORGS
from district.models import School
from district.preferences import set_value

from .copies import copy_state, source_state
from .school_year import SchoolYear

HOMES = ("Maplewood North High", "Maplewood South High")


@pytest.fixture
def people(db):
    """Sixty students of ours in two schools; family, given name and school by number."""
    set_value(HOME_ORGS, "maplewood")
    ServingDistrict.objects.create(name="Lakeside District", identifier="lakeside")
    schools = {name: School.objects.create(name=name) for name in HOMES}
    people = {f"{1000 + n}": (f"Family{n}", f"Given{n}", HOMES[n % 2]) for n in range(60)}
    Student.objects.bulk_create(
        Student(number=number, family_name=family, given_name=given, school=schools[school])
        for number, (family, given, school) in people.items()
    )
    return people


def entries(run) -> list[tuple[str, ...]]:
    found = SyncLogEntry.objects.filter(run=run)
    rows = found.values_list("action", "section_id", "student_number", "home_school", "old_value", "new_value")
    sections = dict(run.district.sections.values_list("pk", "sourced_id"))
    return sorted((action, sections[key], number or home, old, new) for action, key, number, home, old, new in rows)


@pytest.mark.slow
def test_a_school_year_of_nightly_bundles(people, tmp_path):
    year = SchoolYear(people, seed=11)
    students = list(Student.objects.all())
    nights, quiet_changes = 0, []
    for day, told in year.nights():
        nights += 1
        # The job runs in the small hours after the day.
        at = datetime.datetime.combine(day, datetime.time(9), datetime.UTC)
        run = sync(year.serving.write(tmp_path), today=day, at=at)
        assert run.outcome in ({"applied"} if told else {"applied", "unchanged"}), (day, run.reason)
        if run.outcome == "applied" and not told:
            quiet_changes.append(day.isoformat())
        assert entries(run) == sorted(told), day
        assert copy_state() == source_state(year.serving, students), day
        # The ten strangers who have numbers of ours, and nothing else.
        assert run.finding_counts == {"exception": 10}, day
    assert nights == 180
    # Other ids for everything; the fall is over, the year is over.
    assert quiet_changes == ["2026-10-26", "2026-12-19", "2027-07-01"]
