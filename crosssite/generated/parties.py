"""Who takes part in the invented log: home schools and their students, serving schools and their sections."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import cycle, islice, product
from random import Random

from auditlog.generated.names import FIRST, FIRST_ID, LAST

HOME_SCHOOLS = tuple(
    f"{place} {kind}"
    for kind, place in product(("High School", "Middle School"), ("Alder", "Birch", "Clover", "Elm", "Hazel", "Maple"))
)
#: Each serving district with its schools.
SERVING = {
    "Lakeside District": ("Lakeside High", "Lakeside Career Center", "Northshore Academy"),
    "Fernhill Unified": ("Fernhill High", "Fernhill Technical"),
    "Granite County Schools": ("Granite High", "Quarry Road School"),
    "Three Rivers District": ("Rivermouth High", "Confluence High", "Three Rivers Online"),
}
COURSES = (
    "Agriculture",
    "Algebra II",
    "Aviation",
    "Bioethics",
    "Calculus",
    "Ceramics",
    "Computer Science",
    "Cosmetology",
    "Culinary Arts",
    "Diesel Mechanics",
    "Français",
    "Health Careers",
    "Latin",
    "Robotics",
    "Statistics",
    "Welding",
)
SUFFIXES = ("", " I", " II", " Honors")
PERIODS = tuple("12345678")
ROOMS = tuple(f"{wing}-{room}" for wing, room in product("ABC", range(101, 125)))
MOST_IN_SECTION = 30


@dataclass(frozen=True, slots=True)
class Pupil:
    """A student of ours. ``school``: which of the home schools."""

    id: int
    number: str
    name: str
    school: int


@dataclass(slots=True)
class Class:
    """A section as it is just now. ``rosters``: who is in it, with first and last day as texts."""

    id: int
    course_number: str
    course_name: str
    number: str
    school: str
    location: str
    periods: str
    rosters: list[tuple[Pupil, str, str]] = field(default_factory=list)


def pupils(count: int, random: Random) -> list[Pupil]:
    """So many students, more of them at the first schools than at the last."""
    weights = [len(HOME_SCHOOLS) - place / 2 for place in range(len(HOME_SCHOOLS))]
    schools = random.choices(range(len(HOME_SCHOOLS)), weights, k=count)
    return [
        Pupil(FIRST_ID + number, f"{104000 + number:06}", _name(random), school)
        for number, school in enumerate(schools)
    ]


def _name(random: Random) -> str:
    middle = f" {random.choice(FIRST)}" if random.random() < 0.5 else ""
    return f"{random.choice(LAST)}, {random.choice(FIRST)}{middle}"


def classes(district: str, count: int, first_id: int, random: Random) -> list[Class]:
    """So many sections of a district, spread over its schools."""
    schools = islice(cycle(SERVING[district]), count)
    return [new_class(first_id + number, school, random) for number, school in enumerate(schools)]


def new_class(pk: int, school: str, random: Random) -> Class:
    course, level = random.randrange(len(COURSES)), random.randrange(len(SUFFIXES))
    return Class(
        id=pk,
        course_number=f"{COURSES[course][:3].upper()}{100 * (level + 1) + course}",
        course_name=COURSES[course] + SUFFIXES[level],
        number=str(random.randint(1, 12)),
        school=school,
        location=random.choice(ROOMS),
        periods=random.choice(PERIODS),
    )
