"""The invented district of the generated history: its people, groups, tools, schools and preferences."""

from __future__ import annotations

# ruff: noqa: SIM905 (a list of words reads best as words)
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, count, product
from random import Random

FIRST = (
    "Ada Amos Anouk Bela Bruno Carla Cyrus Dalia Dirk Edda Emil Farah Felix Greta Gus Hana Hugo Ilse Ivan Jana "
    "Jorge Kaja Karl Leda Luis Maja Milo Nadia Nils Olga Otto Petra Quinn Rana Rolf Sara Sven Tilda Tomas Uma Vera "
    "Walt Xenia Yann Zora"
).split()
LAST = (
    "Abend Ackerly Barlow Bexley Calder Corwin Danvers Dunmore Eastman Elsworth Farrow Fenwick Gantry Grimsby Hale "
    "Hobart Inglis Ivers Jessop Kendrick Kirkby Lathrop Lowell Marsden Merrow Naylor Norcross Oakden Orwin Palgrave "
    "Penrose Quimby Radley Rowan Selwyn Stanton Tarrant Thorne Underhill Vickers Wainwright Weldon Yardley"
).split()
SUBJECTS = (
    "Art Biology Chemistry Chorus Civics Drama English French Geography German History Latin Mathematics Music "
    "Physics Reading Science Spanish Welding"
).split()
PLACES = "Alder Birch Clover Dogwood Elm Fern Hazel Ivy Juniper Larch Maple Oak Pine Rowan Spruce Willow".split()
KINDS = ("Elementary School", "Middle School", "High School")
DUTIES = ("Teachers", "Aides", "Substitutes", "Leads")
MODULES = (
    "Student Records",
    "Attendance",
    "Behavior",
    "Census",
    "Scheduling",
    "Grading",
    "Health",
    "Fees",
    "Messages",
    "Reporting",
)
FOLDERS = ("General", "Setup", "Reports")
TOOLS = ("Overview", "Detail", "Batch Wizard", "Letters", "History", "Preferences", "Verification", "Export")
PREFERENCES = tuple(
    f"{what}{aspect}"
    for what, aspect in product(("Attendance", "Enrollment", "Grading", "Health", "Search"), ("Limit", "Mode", "Warn"))
)
RIGHTS = ("Read", "Write", "Add", "Delete")
#: Ids far from those of real records, so that an invented history never mixes with that of a real one.
FIRST_ID = 1_000_000
PEOPLE, ADMINISTRATORS = 3000, 24


@dataclass(frozen=True)
class Named:
    """Somebody or something of the invented district."""

    id: int
    name: str
    person: str = ""


class District:
    """Everything that has a name; some of it turns up much more often than the rest, as in life."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)  # noqa: S311 (invented, no secret)
        self.numbers = count()
        self.people = [_person(next(self.numbers), random) for _number in range(PEOPLE)]
        self.administrators = self.people[:ADMINISTRATORS]
        self.expected: set[int] = set()
        self.groups = _named(f"{subject} {duty}" for subject, duty in product(SUBJECTS, DUTIES))
        self.schools = _named(f"{place} {kind}" for place, kind in product(PLACES, KINDS))
        self.tools = _named(" > ".join(path) for path in product(MODULES, FOLDERS, TOOLS))
        self.often = list(accumulate(1 / (rank + 3) for rank in range(PEOPLE)))

    def anyone(self, random: Random) -> Named:
        return self.people[self.rank(random)]

    def rank(self, random: Random) -> int:
        """The place of somebody among the people: the first ones turn up most, the administrators before all."""
        return random.choices(range(PEOPLE), cum_weights=self.often)[0]

    def replace(self, rank: int, random: Random) -> None:
        """Somebody has left: an account that is added when next spoken of takes the place."""
        self.people[rank] = _person(next(self.numbers), random)
        self.expected.add(self.people[rank].id)

    def administrator(self, random: Random) -> Named:
        return random.choices(self.administrators, cum_weights=self.often[:ADMINISTRATORS])[0]


def _person(number: int, random: Random) -> Named:
    first, last = random.choice(FIRST), random.choice(LAST)
    return Named(FIRST_ID + number, f"{first[0]}{last}{number}".lower(), f"{first} {last}")


def _named(names: Iterable[str]) -> list[Named]:
    return [Named(FIRST_ID + number, name) for number, name in enumerate(names)]
