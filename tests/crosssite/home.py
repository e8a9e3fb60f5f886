"""The home district's side, as fixtures for every test: two schools, their students, and a district that serves them.

``home`` is Maplewood with North and South; Ana and Ben are at North, Cleo and Dan at South. ``serving`` is the
Lakeside district as ``bundles.Serving``: two sections with these students, a teacher, and a stranger who has Ana's
number.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from crosssite.models import ServingDistrict, Student
from district.catalogue import HOME_ORGS, SYNC_HOLD_MINIMUM, SYNC_HOLD_PERCENT
from district.models import School
from district.preferences import set_value

from .bundles import Serving

#: Number, family, given and middle name, school of every student of ours.
STUDENTS = (
    ("104417", "Rivera", "Ana", "Maria", "north"),
    ("104418", "Okafor", "Ben", "", "north"),
    ("104519", "Núñez", "Cleo", "", "south"),
    ("000520", "O’Brien", "Dan", "James", "south"),
)


@dataclass
class Home:
    """Schools, students by given name in small letters, and the serving district that is set up."""

    north: School
    south: School
    students: dict[str, Student]
    lakeside: ServingDistrict


def set_up_home() -> Home:
    """The rows of the home side; also for programs that are no tests."""
    set_value(HOME_ORGS, "maplewood")
    schools = {
        name: School.objects.create(name=f"Maplewood {name.capitalize()} High", identifier=f"maplewood-{name}")
        for name in ("north", "south")
    }
    students = {
        given.lower(): Student.objects.create(
            number=number, family_name=family, given_name=given, middle_name=middle, school=schools[school]
        )
        for number, family, given, middle, school in STUDENTS
    }
    lakeside = ServingDistrict.objects.create(name="Lakeside District", identifier="lakeside")
    return Home(schools["north"], schools["south"], students, lakeside)


def example_serving() -> Serving:
    """Algebra with Ana, Ben and Cleo, Welding with Ana; ``serving.tables["enrollments"]`` are ana-algebra and so on."""
    serving = Serving("lakeside", ours="maplewood")
    serving.add_class("algebra", course="Algebra II", number="3")
    serving.add_class("welding", course="Welding", number="1", periods="5,6", location="Shop")
    users = {
        given.lower(): serving.add_student(number, family, given, middle, key=f"user-{given.lower()}")
        for number, family, given, middle, _school in STUDENTS
    }
    for section, given in (("algebra", "ana"), ("algebra", "ben"), ("algebra", "cleo"), ("welding", "ana")):
        serving.enroll(section, users[given], key=f"{given}-{section}")
    stranger = serving.add_student("104417", "Quackenbush", "Zebediah", org=serving.high, key="stranger")
    serving.enroll("algebra", stranger, key="stranger-algebra")
    serving.enroll("algebra", serving.add_teacher("teacher", "Teller", "Tom"), role="teacher", key="teacher-algebra")
    return serving


@pytest.fixture
def home(db) -> Home:
    return set_up_home()


@pytest.fixture
def serving() -> Serving:
    return example_serving()


@pytest.fixture
def no_brake(db) -> None:
    """Runs of a handful of rosters that no share of deletions holds."""
    set_value(SYNC_HOLD_PERCENT, "100")
    set_value(SYNC_HOLD_MINIMUM, "1000")
