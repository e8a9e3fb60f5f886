"""What happens in one serving district, one change after the other, each with the entries that it leaves."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from auditlog.generated.names import FIRST_ID

from ..models import Action
from .parties import MOST_IN_SECTION, PERIODS, ROOMS, Class, Pupil, classes, new_class

#: How often each happens; one Invalidated Section brings a Deleted Roster for everybody in it.
WEIGHTS = {
    Action.CREATED_ROSTER: 32,
    Action.DELETED_ROSTER: 18,
    Action.UPDATED_START: 10,
    Action.UPDATED_END: 22,
    Action.UPDATED_SECTION: 1,
    Action.INVALIDATED_SECTION: 0.1,
}
#: Section ids of the districts lie far apart.
APART = 1_000_000
TERM = 120

#: (field, old value, new value) of a section.
Change = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One entry in the making: an action, the home school that sees it, and the texts of that moment."""

    action: str
    school: int
    student_id: int | None
    student_number: str
    student_name: str
    section_id: int
    course_number: str
    course_name: str
    section_number: str
    old_value: str
    new_value: str
    serving_district: str
    serving_school: str
    changes: tuple[Change, ...] = ()


class ServingSide:
    """A serving district with its sections, and who of ours is in them."""

    def __init__(self, place: int, name: str, sections: int, students: list[Pupil], random: Random) -> None:
        self.name, self.students, self.random = name, students, random
        first_id = FIRST_ID + APART * place
        self.classes = classes(name, sections, first_id, random)
        self.ids = count(first_id + sections)
        self.touched: set[int] = set()

    def initial(self, today: datetime.date) -> Iterator[Told]:
        """A change of the first night: rosters come, and nothing else happens."""
        it = self.random.choice(self.classes)
        if len(it.rosters) >= MOST_IN_SECTION:
            it = min(self.classes, key=lambda one: len(one.rosters))
        return self.create(it, today)

    def change(self, today: datetime.date) -> Iterator[Told]:
        """Any change of this night; a section's own data differ once a night at most."""
        it = self.random.choice(self.classes)
        (action,) = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))
        if not it.rosters or (action == Action.UPDATED_SECTION and it.id in self.touched):
            return self.initial(today)
        if action == Action.CREATED_ROSTER and len(it.rosters) >= MOST_IN_SECTION:
            action = Action.DELETED_ROSTER
        return self.happenings()[action](it, today)

    def happenings(self) -> dict[Action, Callable[[Class, datetime.date], Iterator[Told]]]:
        return {
            Action.CREATED_ROSTER: self.create,
            Action.DELETED_ROSTER: self.delete,
            Action.UPDATED_START: self.move_start,
            Action.UPDATED_END: self.move_end,
            Action.UPDATED_SECTION: self.alter,
            Action.INVALIDATED_SECTION: self.invalidate,
        }

    def create(self, it: Class, today: datetime.date) -> Iterator[Told]:
        pupil, begins = self.random.choice(self.students), today + datetime.timedelta(self.random.randint(-3, 7))
        ends = begins + datetime.timedelta(TERM)
        it.rosters.append((pupil, begins.isoformat(), ends.isoformat()))
        yield self.told(Action.CREATED_ROSTER, it, pupil)

    def delete(self, it: Class, today: datetime.date) -> Iterator[Told]:
        pupil, _begins, _ends = it.rosters.pop(self.random.randrange(len(it.rosters)))
        yield self.told(Action.DELETED_ROSTER, it, pupil)

    def move_start(self, it: Class, today: datetime.date) -> Iterator[Told]:
        place = self.random.randrange(len(it.rosters))
        pupil, begins, ends = it.rosters[place]
        it.rosters[place] = (pupil, self._moved(begins), ends)
        yield self.told(Action.UPDATED_START, it, pupil, begins, it.rosters[place][1])

    def move_end(self, it: Class, today: datetime.date) -> Iterator[Told]:
        place = self.random.randrange(len(it.rosters))
        pupil, begins, ends = it.rosters[place]
        it.rosters[place] = (pupil, begins, self._moved(ends))
        yield self.told(Action.UPDATED_END, it, pupil, ends, it.rosters[place][2])

    def _moved(self, day: str) -> str:
        days = self.random.choice((-14, -7, -3, -1, 1, 2, 5, 7))
        return (datetime.date.fromisoformat(day) + datetime.timedelta(days)).isoformat()

    def alter(self, it: Class, today: datetime.date) -> Iterator[Told]:
        """Another room or another period: nothing that the row shows, which is why the detail names it."""
        name, choices = self.random.choice((("location", ROOMS), ("periods", PERIODS)))
        old, new = getattr(it, name), self.random.choice(choices)
        if old == new:
            return
        setattr(it, name, new)
        self.touched.add(it.id)
        for number, school in enumerate(sorted({pupil.school for pupil, *_days in it.rosters})):
            yield self.told(Action.UPDATED_SECTION, it, school, changes=() if number else ((name, old, new),))

    def invalidate(self, it: Class, today: datetime.date) -> Iterator[Told]:
        """Everybody leaves, and another section takes its place."""
        for school in sorted({pupil.school for pupil, *_days in it.rosters}):
            yield self.told(Action.INVALIDATED_SECTION, it, school)
        for pupil, *_days in it.rosters:
            yield self.told(Action.DELETED_ROSTER, it, pupil)
        self.classes[self.classes.index(it)] = new_class(next(self.ids), it.school, self.random)

    def told(
        self,
        action: Action,
        it: Class,
        who: Pupil | int,
        old: str = "",
        new: str = "",
        changes: tuple[Change, ...] = (),
    ) -> Told:
        """An entry about a student, or about a section as a home school sees it."""
        pupil = who if isinstance(who, Pupil) else None
        return Told(
            action=action.value,
            school=who.school if isinstance(who, Pupil) else who,
            student_id=pupil.id if pupil else None,
            student_number=pupil.number if pupil else "",
            student_name=pupil.name if pupil else "",
            section_id=it.id,
            course_number=it.course_number,
            course_name=it.course_name,
            section_number=it.number,
            old_value=old,
            new_value=new,
            serving_district=self.name,
            serving_school=it.school,
            changes=changes,
        )
