"""The log entries that a plan makes: exactly the fields of the table of actions (Data Sync Log, the sync job).

They are told before the plan is applied: what is going away can still be asked who and where it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from django.db import connections

from auditlog.engines import engine_of

from ..models import Action, Roster, Section, Student, student_name
from .catalog import SectionRecord
from .copy import HomeCopy
from .plan import Plan

#: Entries made at once: each such step costs a fixed number of statements.
BATCH = 5_000

#: A school of this district: id and name.
Home = tuple[int, str]


class LogRow(NamedTuple):
    """One entry, without its run and time. ``section_id`` is 0 for a section that is not there yet."""

    action: str
    home_school_id: int
    home_school: str
    student_number: str
    student_name: str
    course_number: str
    course_name: str
    section_number: str
    old_value: str
    new_value: str
    serving_district: str
    serving_school: str
    student_id: int | None
    section_id: int


class Event(NamedTuple):
    """What happened to a roster. ``section`` is the section's id, or the class id of a new one."""

    action: str
    student: int
    section: int | str
    old: str
    new: str


class Pupil(NamedTuple):
    """A student as the log shows him, and his home school."""

    number: str
    name: str
    home: Home


class Place(NamedTuple):
    """A section as the log shows it."""

    pk: int
    course_number: str
    course_name: str
    number: str
    school: str


class Telling:
    """Tells a plan. ``ids``: the ids of sections by class id, of new ones too once they have one."""

    def __init__(self, copy: HomeCopy, plan: Plan, ids: Mapping[str, int]) -> None:
        self.copy, self.plan, self.ids = copy, plan, ids
        self.becomes = {change.pk: change for change in plan.changed_sections}
        #: Class ids of the sections of which something is told, with the students who come into them.
        self.newcomers: dict[int, set[int]] = defaultdict(set)

    def rows(self) -> Iterator[LogRow]:
        """Every entry: changed sections, what left, what moved, what came, sections that are gone."""
        told = {change.pk for change in self.plan.changed_sections if change.changes}
        self._meet_newcomers(told)
        yield from self._of_sections(Action.UPDATED_SECTION, told)
        events = self._events()
        while batch := list(islice(events, BATCH)):
            yield from self._of_rosters(batch)
        yield from self._of_sections(Action.INVALIDATED_SECTION, set(self.plan.invalid))

    def _meet_newcomers(self, told: set[int]) -> None:
        if told:
            for _id, class_id, student, _begin, _last in self.plan.created:
                if (section := self.ids.get(class_id, 0)) in told:
                    self.newcomers[section].add(student)
        # Among the changed ones are rosters that had ended and go on.
        for change in self.plan.changed:
            if change.section in told:
                self.newcomers[change.section].add(change.student)

    def _of_sections(self, action: str, sections: set[int]) -> Iterator[LogRow]:
        """One entry for each home school with a roster in the section, before the run or after."""
        ordered = sorted(sections)
        for start in range(0, len(ordered), BATCH):
            batch = ordered[start : start + BATCH]
            homes, places = self._homes(batch), self._places(batch)
            for section in batch:
                for home in sorted(homes[section]):
                    yield self._row(action, home, None, places[section])

    def _homes(self, sections: list[int]) -> dict[int, set[Home]]:
        homes: dict[int, set[Home]] = defaultdict(set)
        wanted = engine_of(self.copy.connection).id_list(sections)
        rosters = Roster.objects.filter(district=self.copy.district, section__in=wanted, ended=False).order_by()
        for section, pk, name in rosters.values_list("section", "student__school", "student__school__name").distinct():
            homes[section].add((pk, name))
        pupils = _pupils({student for section in sections for student in self.newcomers[section]})
        for section in sections:
            homes[section] |= {pupils[student].home for student in self.newcomers[section]}
        return homes

    def _events(self) -> Iterator[Event]:
        for _pk, student, section in self.plan.removed:
            yield Event(Action.DELETED_ROSTER, student, section, "", "")
        for change in self.plan.changed:
            for action, values in (
                (Action.UPDATED_START, change.start_moved),
                (Action.UPDATED_END, change.end_moved),
            ):
                if values:
                    yield Event(action, change.student, change.section, values[0] or "", values[1] or "")
        for _id, class_id, student, _begin, _last in self.plan.created:
            yield Event(Action.CREATED_ROSTER, student, class_id, "", "")

    def _of_rosters(self, events: list[Event]) -> Iterator[LogRow]:
        pupils = _pupils({event.student for event in events})
        sections = {
            event.section if isinstance(event.section, int) else self.ids.get(event.section) for event in events
        }
        places = self._places([section for section in sections if section])
        for event in events:
            pupil = pupils[event.student]
            yield self._row(event.action, pupil.home, (event.student, pupil), self._place(event, places), event)

    def _section(self, event: Event) -> int:
        return event.section if isinstance(event.section, int) else self.ids.get(event.section, 0)

    def _place(self, event: Event, places: dict[int, Place]) -> Place:
        if section := self._section(event):
            return places[section]
        return self._told(0, self.plan.new_sections[str(event.section)])

    def _places(self, sections: list[int]) -> dict[int, Place]:
        """Sections in the texts that they have after the run."""
        wanted = engine_of(self.copy.connection).id_list(sections)
        found = Section.objects.filter(pk__in=wanted).order_by()
        columns = ("pk", "course_number", "course_name", "number", "school__name", "school__identifier")
        places = {}
        for pk, course, name, number, school, identifier in found.values_list(*columns):
            place = Place(pk, course, name, number, self.plan.schools.get(identifier, school))
            places[pk] = self._told(pk, self.becomes[pk].record) if pk in self.becomes else place
        return places

    def _told(self, pk: int, record: SectionRecord) -> Place:
        school = self.plan.schools[record.school]
        return Place(pk, record.course_number, record.course_name, record.number, school)

    def _row(
        self, action: str, home: Home, who: tuple[int, Pupil] | None, where: Place, event: Event | None = None
    ) -> LogRow:
        return LogRow(
            action=str(action),
            home_school_id=home[0],
            home_school=home[1],
            student_number=who[1].number if who else "",
            student_name=who[1].name if who else "",
            course_number=where.course_number,
            course_name=where.course_name,
            section_number=where.number,
            old_value=event.old if event else "",
            new_value=event.new if event else "",
            serving_district=self.copy.district.name,
            serving_school=where.school,
            student_id=who[0] if who else None,
            section_id=where.pk,
        )


def _pupils(students: Iterable[int]) -> dict[int, Pupil]:
    wanted = engine_of(connections[Student.objects.db]).id_list(sorted(students))
    columns = ("pk", "number", "family_name", "given_name", "middle_name", "school", "school__name")
    found: Any = Student.objects.filter(pk__in=wanted).order_by().values_list(*columns)
    return {pk: Pupil(number, student_name(*names), (home, called)) for pk, number, *names, home, called in found}
