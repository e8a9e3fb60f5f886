"""A school year of two serving schools, night by night, that tells of each change which entries it is worth.

The high school takes its fall sections out of the bundle when the term is over; the middle school has sections for
the whole year and some for the fall, and keeps both until the year is over. In summer the bundle is all but empty; in
August both schools roll over.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Iterator

from crosssite.models import Action

from .bundles import Serving
from .copies import last_day

#: Action, section, and for a roster the student's number, old and new value; for a section the home school.
Told = tuple[str, ...]

COURSES = ("Algebra II", "Band", "Civics", "Drawing", "English", "French")
DAY = datetime.timedelta(days=1)


class SchoolYear:
    """``students``: home school by number of every student of ours; names come with them from ``people``."""

    def __init__(self, people: dict[str, tuple[str, str, str]], seed: int) -> None:
        self.chance = random.Random(seed)
        self.home = {number: school for number, (_family, _given, school) in people.items()}
        self.serving = Serving("lakeside")
        for number, (family, given, _school) in people.items():
            self.serving.add_student(number, family, given)
        for number, person in enumerate(list(people)[:10]):
            key = self.serving.add_student(person, f"Stranger{number}", "Zeb", org=self.serving.high, key=f"z{number}")
            assert key != f"user-{person}"
        self.told: list[Told] = []
        #: Sections that an operation of this night touched: a second one would mix with it.
        self.touched: set[str] = set()
        self.terms_over: set[str] = set()

    # The nights

    def nights(self) -> Iterator[tuple[datetime.date, list[Told]]]:
        """180 nights: the day before whose morning the bundle is written, and the entries it must leave."""
        self.open("", 12)
        yield datetime.date(2026, 8, 16), self._taken()
        special: dict[int, Callable[[], None]] = {
            20: self.change_bell_schedule,
            35: self.rename_a_course,
            50: self.rekey_everything,
            60: lambda: self.open_sections(self.serving.high, "s2", 12),
        }
        for number, day in enumerate(_weekdays(datetime.date(2026, 8, 17), 70)):
            special.get(number, self.ordinary_night)()
            yield day, self._taken()
        self.end_fall()
        yield datetime.date(2026, 12, 19), self._taken()
        for day in _weekdays(datetime.date(2027, 1, 4), 90):
            self.ordinary_night()
            yield day, self._taken()
        yield from self.summer()
        self.roll_over()
        yield datetime.date(2027, 8, 14), self._taken()
        for day in _weekdays(datetime.date(2027, 8, 16), 9):
            self.ordinary_night()
            yield day, self._taken()

    def summer(self) -> Iterator[tuple[datetime.date, list[Told]]]:
        """Quiet nights; then everything of the old year goes at once, and the bundle stays so."""
        for week in range(3):
            yield datetime.date(2027, 6, 5) + week * 7 * DAY, self._taken()
        for file in ("enrollments", "classes"):
            self.serving.tables[file].clear()
        for week in range(5):
            yield datetime.date(2027, 7, 1) + week * 7 * DAY, self._taken()

    def roll_over(self) -> None:
        self.serving.tables["academicSessions"].clear()
        self.serving.add_year(2028, prefix="next-")
        self.open("next-", 12)

    # What happens in a night

    def open(self, prefix: str, sections: int) -> None:
        """The sections of a fall."""
        self.open_sections(self.serving.high, f"{prefix}s1", sections)
        self.open_sections(self.serving.middle, f"{prefix}year", sections - 3)
        self.open_sections(self.serving.middle, f"{prefix}s1", 3)

    def open_sections(self, school: str, term: str, sections: int) -> None:
        for number in range(sections):
            key = f"{school}-{term}-{number}"
            course = COURSES[number % len(COURSES)]
            self.serving.add_class(key, course=course, school=school, terms=(term,), periods=str(1 + number % 7))
            for student in self.chance.sample(sorted(self.home), 12):
                self.add(key, student)
            self.serving.enroll(key, f"z{number % 10}", *self._term(key))

    def end_fall(self) -> None:
        self.terms_over.add("s1")
        for key, cells in list(self.serving.tables["classes"].items()):
            if cells["termSourcedIds"] == "s1" and cells["schoolSourcedId"] == self.serving.high:
                self.serving.cancel(key)

    def ordinary_night(self) -> None:
        operations = (
            (0.8, self.drop_one),
            (0.8, self.add_one),
            (0.5, self.move_end),
            (0.3, self.move_begin),
            (0.3, self.move_both),
            (0.2, self.other_room),
            (0.15, self.move_with_another_id),
            (0.1, self.leave_and_return),
            (0.05, self.cancel_one),
        )
        for share, operation in operations:
            if self.chance.random() < share:
                operation()

    def add_one(self) -> None:
        section = self._section()
        there = {self._number(key) for key in self._students_of(section)}
        self.add(section, self.chance.choice(sorted(set(self.home) - there)))

    def add(self, section: str, student: str) -> None:
        self.serving.enroll(section, f"user-{student}", *self._term(section))
        self._tell(Action.CREATED_ROSTER, section, student)

    def drop_one(self) -> None:
        section, key = self._enrollment()
        self._tell(Action.DELETED_ROSTER, section, self._number(key))
        self.serving.drop(key)

    def move_end(self) -> None:
        section, key = self._enrollment()
        self._move(section, key, "endDate", -7)

    def move_begin(self) -> None:
        section, key = self._enrollment()
        self._move(section, key, "beginDate", 7)

    def move_both(self) -> None:
        section, key = self._enrollment()
        self._move(section, key, "beginDate", 3)
        self._move(section, key, "endDate", -3)

    def move_with_another_id(self) -> None:
        """As systems do that put the begin date into the id."""
        section, key = self._enrollment()
        key = self.serving.rekey(key, f"{key}-{self.chance.random()}")
        self._move(section, key, "beginDate", 1)

    def leave_and_return(self) -> None:
        """The student's first span ends early and a second one begins."""
        section, key = self._enrollment()
        begin, end = (self.serving.tables["enrollments"][key][name] for name in ("beginDate", "endDate"))
        middle = datetime.date.fromisoformat(end) - 40 * DAY
        if datetime.date.fromisoformat(begin) < middle - 7 * DAY:
            self._set(section, key, "endDate", middle.isoformat())
            user = self.serving.tables["enrollments"][key]["userSourcedId"]
            self.serving.enroll(section, user, (middle + 10 * DAY).isoformat(), end)
            self._tell(Action.CREATED_ROSTER, section, self._number(key))

    def other_room(self) -> None:
        section = self._section()
        self.serving.change("classes", section, location=f"Room {self.chance.randrange(10_000)}")
        self._tell_section(Action.UPDATED_SECTION, section)

    def cancel_one(self) -> None:
        section = self._section()
        self._tell_section(Action.INVALIDATED_SECTION, section)
        for key in self._students_of(section):
            self._tell(Action.DELETED_ROSTER, section, self._number(key))
        self.serving.cancel(section)

    def change_bell_schedule(self) -> None:
        for section, cells in self.serving.tables["classes"].items():
            cells["periods"] = f"{cells['periods']}A"
            self._tell_section(Action.UPDATED_SECTION, section)

    def rename_a_course(self) -> None:
        self.serving.change("courses", "course-band", title="Concert Band")
        for section, cells in self.serving.tables["classes"].items():
            if cells["courseSourcedId"] == "course-band":
                self._tell_section(Action.UPDATED_SECTION, section)

    def rekey_everything(self) -> None:
        """The serving district moves to another system."""
        for key in list(self.serving.tables["enrollments"]):
            self.serving.rekey(key, f"moved-{key}")

    # How it is done

    def _section(self) -> str:
        """A section that runs, and that nothing happened to this night."""
        running = [
            key
            for key, cells in self.serving.tables["classes"].items()
            if cells["termSourcedIds"] not in self.terms_over
            and key not in self.touched
            and len(self._students_of(key)) > 6
        ]
        section = self.chance.choice(running)
        self.touched.add(section)
        return section

    def _enrollment(self) -> tuple[str, str]:
        section = self._section()
        return section, self.chance.choice(self._students_of(section))

    def _students_of(self, section: str) -> list[str]:
        users = self.serving.tables["enrollments"]
        return [key for key in self.serving.enrollments_of(section) if users[key]["userSourcedId"].startswith("user-")]

    def _number(self, enrollment: str) -> str:
        return self.serving.tables["enrollments"][enrollment]["userSourcedId"].removeprefix("user-")

    def _term(self, section: str) -> tuple[str, str]:
        term = self.serving.tables["academicSessions"][self.serving.tables["classes"][section]["termSourcedIds"]]
        return term["startDate"], term["endDate"]

    def _move(self, section: str, enrollment: str, name: str, days: int) -> None:
        """One of its dates by some days, if that leaves it a span."""
        cells = dict(self.serving.tables["enrollments"][enrollment])
        cells[name] = (datetime.date.fromisoformat(cells[name]) + days * DAY).isoformat()
        if cells["beginDate"] < cells["endDate"]:
            self._set(section, enrollment, name, cells[name])

    def _set(self, section: str, enrollment: str, name: str, value: str) -> None:
        old = self.serving.tables["enrollments"][enrollment][name]
        self.serving.change("enrollments", enrollment, **{name: value})
        if name == "endDate":
            values = Action.UPDATED_END, last_day(old), last_day(value)
        else:
            values = Action.UPDATED_START, old, value
        self._tell(values[0], section, self._number(enrollment), *values[1:])

    def _tell(self, action: str, section: str, student: str, old: str = "", new: str = "") -> None:
        self.told.append((str(action), section, student, old, new))

    def _tell_section(self, action: str, section: str) -> None:
        """Each home school with a student in it, as it is now."""
        for school in {self.home[self._number(key)] for key in self._students_of(section)}:
            self.told.append((str(action), section, school, "", ""))

    def _taken(self) -> list[Told]:
        told, self.told, self.touched = self.told, [], set()
        return told


def _weekdays(first: datetime.date, number: int) -> Iterator[datetime.date]:
    days = (first + n * DAY for n in range(2 * number + 7))
    yield from [day for day in days if day.weekday() < 5][:number]
