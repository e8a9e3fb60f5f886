"""What the bundle and the ones before it say about orgs, terms, courses and classes, put together.

A file given in bulk stands for itself, a delta changes what is remembered, an absent file leaves it. A row that could
not be read leaves what is remembered of it too.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from ..models import LONGEST
from .bundle import Bundle
from .copy import day_text
from .districts import Districts
from .findings import Findings
from .memory import Memory
from .records import Class, Course, Org, Session
from .schema import CLASSES, COURSES, ORGS, SESSIONS

#: The bundle's file of each kind of record.
FILES = {"orgs": ORGS, "sessions": SESSIONS, "courses": COURSES, "classes": CLASSES}


class SectionRecord(NamedTuple):
    """A section as the bundle has it, in the texts of the home copy. ``school``: the sourcedId of its org."""

    sourced_id: str
    school: str
    course_number: str
    course_name: str
    number: str
    title: str
    location: str
    periods: str
    terms: str
    begins_on: str | None
    ends_on: str | None


class Terms(NamedTuple):
    """What classes that have the same terms share: titles in one text, first and last day, these also in short."""

    titles: str
    first: datetime.date | None
    last: datetime.date | None
    days: str


class ClassState(Enum):
    """Whether an enrollment may refer to a class."""

    FINE = "fine"
    FAULTY = "faulty"
    DELETED = "deleted"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


class Catalog:
    """Records by sourcedId. ``gone_classes``: those that this bundle says are gone, explicitly or by a bulk file."""

    orgs: dict[str, Org]
    sessions: dict[str, Session]
    courses: dict[str, Course]
    classes: dict[str, Class]

    def __init__(self, bundle: Bundle, memory: Memory, findings: Findings) -> None:
        self.bundle, self.findings = bundle, findings
        self.deleted_classes: set[str] = set()
        for kind, file in FILES.items():
            setattr(self, kind, self._merged(kind, file, memory))
        #: What is said about each class; asked once for each.
        self._states: dict[str, ClassState] = {}
        self._terms: dict[tuple[str, ...], Terms] = {}
        self.districts = Districts(self.orgs)

    def _merged(self, kind: str, file: str, memory: Memory) -> dict[str, Any]:
        given: dict[str, Any] | None = getattr(self.bundle, kind)
        if given is None:
            return memory.records(kind)
        faulty = self.bundle.faulty.get(file, set())
        if self.bundle.modes.get(file) == "delta":
            merged = memory.records(kind)
        else:
            kept = memory.records(kind) if faulty else {}
            merged = {key: kept[key] for key in faulty if key in kept}
        deleted = {key for key, record in given.items() if record.deleted}
        if kind == "classes":
            self.deleted_classes = deleted
        merged.update(given)
        return {key: record for key, record in merged.items() if key not in deleted}

    @property
    def classes_in_bulk(self) -> bool:
        """Whether a class that is not there is gone."""
        return self.bundle.classes is not None and self.bundle.modes.get(FILES["classes"]) == "bulk"

    def check_classes(self, elsewhere: Iterable[str]) -> None:
        """Say of each class whether enrollments may refer to it; ``elsewhere``: schools of other districts."""
        others = set(elsewhere)
        self._states = {key: self._state(record, others) for key, record in self.classes.items()}

    def _state(self, record: Class, elsewhere: set[str]) -> ClassState:
        if record.school_id in elsewhere:
            return ClassState.ELSEWHERE
        faults = list(self._faults(record))
        for column, code, message in faults:
            self.findings.error(code, message, file=FILES["classes"], line=record.line or None, column=column)
        return ClassState.FAULTY if faults else ClassState.FINE

    def _faults(self, record: Class) -> Iterator[tuple[str, str, str]]:
        if record.school_id not in self.orgs:
            yield "schoolSourcedId", "dangling_school", "The school of this class is not in orgs.csv."
        if record.course_id not in self.courses:
            yield "courseSourcedId", "dangling_course", "The course of this class is not in courses.csv."
        if not all(term in self.sessions for term in record.term_ids):
            yield "termSourcedIds", "dangling_term", "A term of this class is not in academicSessions.csv."
        elif len(self._terms_of(record).titles) > LONGEST:
            yield "termSourcedIds", "too_long", f"The titles of its terms together pass {LONGEST} characters."

    def state_of(self, class_id: str) -> ClassState:
        """Whether an enrollment may refer to this class."""
        if class_id in self.deleted_classes:
            return ClassState.DELETED
        if class_id in self._states:
            return self._states[class_id]
        faulty = class_id in self.bundle.faulty.get(FILES["classes"], ())
        return ClassState.FAULTY if faulty else ClassState.UNKNOWN

    def terms_of(self, class_id: str) -> Terms:
        """The terms of a class whose state is FINE."""
        return self._terms_of(self.classes[class_id])

    @property
    def last_day(self) -> datetime.date | None:
        """The last day of the newest term that a bulk file's classes are in; None where there is no such file."""
        days = [self.terms_of(key).last for key in self.fine] if self.classes_in_bulk else []
        return max((day for day in days if day is not None), default=None)

    @cached_property
    def fine(self) -> dict[str, str]:
        """The classes to which enrollments may refer, with their days in short: what unchanged lines rest on."""
        fine = (key for key, state in self._states.items() if state is ClassState.FINE)
        return {key: self.terms_of(key).days for key in fine}

    def section(self, class_id: str) -> SectionRecord:
        """A class whose state is FINE, in the home copy's texts."""
        record = self.classes[class_id]
        course = self.courses[record.course_id]
        terms = self._terms_of(record)
        return SectionRecord(
            sourced_id=record.sourced_id,
            school=record.school_id,
            course_number=course.code,
            course_name=course.title,
            number=record.code or record.sourced_id,
            title=record.title,
            location=record.location,
            periods=record.periods,
            terms=terms.titles,
            begins_on=day_text(terms.first),
            ends_on=day_text(terms.last),
        )

    def _terms_of(self, record: Class) -> Terms:
        found = self._terms.get(record.term_ids)
        if found is None:
            terms = sorted((self.sessions[term] for term in record.term_ids), key=lambda term: (term.start, term.title))
            titles = ", ".join(dict.fromkeys(term.title for term in terms))
            first = min((term.start for term in terms), default=None)
            last = max((term.last_day for term in terms), default=None)
            found = self._terms[record.term_ids] = Terms(titles, first, last, f"{first}/{last}")
        return found
