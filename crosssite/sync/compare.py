"""Comparing a bundle with the home copy: what is read goes in, a plan comes out, nothing is written."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from ..models import Section
from .bundle import Bundle
from .catalog import Catalog, ClassState, SectionRecord
from .copy import Held, HomeCopy, SectionRow
from .enrollments import FILE, MASK, Enrollments
from .plan import SECTION_FIELDS, Plan, RosterChange, SectionChange
from .spool import Item, Spool

State = Section.State

#: Rosters compared at once.
BATCH = 10_000

#: What a section is compared by, of a record.
TEXTS = attrgetter(*SECTION_FIELDS)

#: Where a roster is: its class and its student.
Place = tuple[str, int]


class Known(NamedTuple):
    """A section of the home copy, as far as rosters ask for it. ``school``: the identifier of its serving school."""

    pk: int
    class_id: str
    school: str
    ends_on: str | None
    state: str


class Comparison:
    """One comparison. ``today`` decides which terms are over.

    The brake asks for what is left here: ``known`` sections by id, and by section how many rosters there were
    (``rosters``, without ended ones), ``removed`` and ``ended``; ``created``, by the school's identifier.
    """

    def __init__(
        self,
        bundle: Bundle,
        catalog: Catalog,
        taken: Enrollments | None,
        copy: HomeCopy,
        passed_on: Mapping[int, int | None],
        today: datetime.date,
    ) -> None:
        self.catalog, self.copy, self.day, self.today = catalog, copy, today, today.isoformat()
        self.in_bulk = taken is not None and bundle.modes.get(FILE) == "bulk"
        self.taken = taken or Enrollments()
        self.passed_on = passed_on
        self.plan = Plan()
        self.known: dict[int, Known] = {}
        self.rosters: Counter[int] = Counter()
        self.removed: Counter[int] = Counter()
        self.ended: Counter[int] = Counter()
        self.created: Counter[str] = Counter()
        self._pk_of: dict[str, int] = {}
        #: Rosters that are gone unless another enrollment takes their place.
        self._missing: dict[int, Held] = {}
        #: Rosters of which the same id says other dates now.
        self._moved: dict[Place, list[tuple[Held, Item]]] = defaultdict(list)
        #: Of those and of ended ones: whose id is another's now.
        self._yielding: set[int] = set()
        #: Rosters to come unless they take the place of one that is gone.
        self._coming = Spool()

    def compare(self) -> Plan:
        """The plan."""
        for section in self.copy.sections():
            self._compare_section(section)
        self._compare_wanted()
        self._find_missing()
        self._pair()
        return self.plan

    def school_name(self, identifier: str) -> str:
        """What the bundle calls a school; its identifier where it is not in it any more."""
        org = self.catalog.orgs.get(identifier)
        return org.name if org else identifier

    def _compare_section(self, section: SectionRow) -> None:
        known = Known(section.pk, section.sourced_id, section.school_identifier, section.ends_on, section.state)
        self.known[known.pk] = known
        self._pk_of[known.class_id] = known.pk
        state = self.catalog.state_of(known.class_id)
        if state is ClassState.FINE:
            self._compare_data(section, self.catalog.section(known.class_id))
        elif state is ClassState.DELETED and known.state != State.INVALID:
            self.plan.invalid.append(known.pk)
        elif state is ClassState.ELSEWHERE and known.state == State.VALID:
            self._close_section(known)
        elif state is ClassState.UNKNOWN and known.state == State.VALID:
            self._miss_section(known)

    def _miss_section(self, known: Known) -> None:
        spared = self.taken.unclear or known.class_id in self.taken.untouched_classes
        if self.catalog.classes_in_bulk and not spared:
            self._close_section(known)

    def _close_section(self, known: Known) -> None:
        (self.plan.over if self.is_over(known) else self.plan.invalid).append(known.pk)

    def is_over(self, known: Known) -> bool:
        """Whether the section's terms are over, by the dates known from earlier runs."""
        return known.ends_on is not None and known.ends_on < self.today

    def _compare_data(self, section: SectionRow, record: SectionRecord) -> None:
        self._need_school(record)
        was, becomes = section.texts(), TEXTS(record)
        changes = []
        if was != becomes:
            changes = [change for change in zip(SECTION_FIELDS, was, becomes, strict=True) if change[1] != change[2]]
        if section.state == State.INVALID:
            changes.append(("state", State.INVALID.value, State.VALID.value))
        silent = (section.begins_on, section.ends_on, section.state) != (record.begins_on, record.ends_on, State.VALID)
        if changes or silent:
            self.plan.changed_sections.append(SectionChange(section.pk, record, changes))

    def _need_school(self, record: SectionRecord) -> None:
        if record.school not in self.plan.schools:
            self.plan.schools[record.school] = self.catalog.orgs[record.school].name

    def _compare_wanted(self) -> None:
        wanted = (row for row in self.taken.wanted if row[0] not in self.taken.untouched)
        nothing_yet = self.copy.is_empty
        while batch := list(islice(wanted, BATCH)):
            found = {} if nothing_yet else self.copy.by_sourced_id(row[0] for row in batch)
            for row in batch:
                self._compare_row(row, found.get(row[0]))

    def _compare_row(self, row: Item, held: Held | None) -> None:
        _enrollment_id, class_id, student, *_span = row
        if held is not None and (held.class_id, held.student) == (class_id, student):
            if _dates(held, row) or held.ended:
                self._keep(held, row)
            else:
                self._moved[class_id, student].append((held, row))
        else:
            self._coming.append(row)
            if held is not None:
                self._yielding.add(held.pk)
                self._missing[held.pk] = held

    def _keep(self, held: Held, row: Item) -> None:
        """The same roster as before; its dates may have moved, its id too."""
        enrollment_id, _class_id, _student, begin, last = row
        start = (held.begin, begin) if held.begin != begin else None
        end = (held.last, last) if held.last != last else None
        if start or end or held.ended or held.sourced_id != enrollment_id:
            renamed = held.sourced_id != enrollment_id
            self.plan.changed.append(
                RosterChange(held.pk, held.student, held.section, enrollment_id, renamed, begin, last, start, end)
            )

    def _find_missing(self) -> None:
        """What is there and not in the bundle, or said to be gone, or in a section that is."""
        if self.in_bulk:
            self._miss(self.copy.with_ids(self._not_held()))
        else:
            self.rosters = self.copy.counts()
        self._miss(self.copy.by_sourced_id(self.taken.deleted | self.taken.strangers).values())
        self._miss(self.copy.present("section", [*self.plan.invalid, *self.plan.over]))
        for held in self.copy.present("student", self.passed_on):
            if held.pk not in self._missing and not self.taken.holds(held.sourced_id):
                self._pass_on(held, self.passed_on[held.student])

    def _pass_on(self, held: Held, student: int | None) -> None:
        """A roster of a user who is somebody else now, of which the delta itself says nothing."""
        self._missing[held.pk] = held
        if student is not None:
            self._coming.append((held.sourced_id, held.class_id, student, held.begin, held.last))

    def _miss(self, rosters: Iterable[Held]) -> None:
        self._missing.update((held.pk, held) for held in rosters)

    def _not_held(self) -> list[str]:
        """Ids of rosters of which the file says nothing. Every roster of the copy comes by: most are settled."""
        settled, missing = self.taken.settled, []
        for section, ids in self.copy.ids_by_section():
            keys = ids.encode().split(b",")
            self.rosters[section] = len(keys)
            missing += [key.decode() for key in keys if hash(key) & MASK not in settled]
        return [enrollment_id for enrollment_id in missing if not self.taken.holds(enrollment_id)]

    def _pair(self) -> None:
        """Let enrollments under a new id take the place of those that are gone, one to one."""
        missing: dict[Place, list[Held]] = defaultdict(list)
        for held in self._missing.values():
            if not held.ended:
                missing[held.class_id, held.student].append(held)
        coming: dict[Place, list[Item]] = defaultdict(list)
        for row in self._coming:
            if (place := (row[1], row[2])) in missing or place in self._moved:
                coming[place].append(row)
            else:
                self._create(row)
        for place, moved in self._moved.items():
            self._keep_moved(moved, missing[place], coming[place])
        for place, rows in coming.items():
            for held, row in pairs(missing[place], rows):
                del self._missing[held.pk]
                rows.remove(row)
                self._keep(held, row)
            for row in rows:
                self._create(row)
        for held in self._missing.values():
            self._lose(held)

    def _keep_moved(self, moved: list[tuple[Held, Item]], missing: list[Held], coming: list[Item]) -> None:
        """An id stands for its roster, whatever its dates; but where all dates are there as before, only ids moved."""
        helds, rows = [held for held, _row in moved] + missing, [row for _held, row in moved] + coming
        if sorted(map(_days_held, helds)) != sorted(map(_days_wanted, rows)):
            for held, row in moved:
                self._keep(held, row)
            return
        for held, row in pairs(helds, rows):
            self._missing.pop(held.pk, None)
            self._keep(held, row)
        missing.clear()
        coming.clear()

    def _create(self, row: Item) -> None:
        self.plan.created.append(row)
        class_id = row[1]
        pk = self._pk_of.get(class_id)
        if pk is None and class_id not in self.plan.new_sections:
            record = self.plan.new_sections[class_id] = self.catalog.section(class_id)
            self._need_school(record)
        self.created[self.known[pk].school if pk is not None else self.plan.new_sections[class_id].school] += 1

    def _lose(self, held: Held) -> None:
        """A roster whose place nothing takes."""
        explicit = held.sourced_id in self.taken.deleted or held.class_id in self.catalog.deleted_classes
        told = explicit or held.sourced_id in self.taken.strangers or held.student in self.passed_on
        if (held.ended and not explicit) or (not told and self.taken.spares(held.class_id, held.student)):
            self._free(held)
        else:
            self._gone(held, explicit=told)

    def _free(self, held: Held) -> None:
        """A roster that stays lets go of an id that is another's now: some systems number anew each year."""
        if held.pk in self._yielding or self.taken.passes(held.sourced_id):
            self.plan.freed.append(held.pk)

    def _gone(self, held: Held, *, explicit: bool) -> None:
        if not explicit and self.is_over(self.known[held.section]):
            self.plan.ended.append(held.pk)
            self.ended[held.section] += 1
            self._free(held)
        else:
            self.plan.removed.append((held.pk, held.student, held.section))
            self.removed[held.section] += not held.ended


def pairs(missing: list[Held], coming: list[Item]) -> list[tuple[Held, Item]]:
    """Who takes whose place: equal dates first, then an equal start, then an equal last day, then in order of time."""
    left, rest, found = list(missing), list(coming), []
    for same in (_dates, _start, _end, _any):
        for held in sorted(left, key=lambda one: (one.begin or "", one.pk)):
            fits = [row for row in rest if same(held, row)]
            if fits:
                row = min(fits, key=lambda one: (one[3] or "", one[0]))
                left.remove(held)
                rest.remove(row)
                found.append((held, row))
    return found


def _days_held(held: Held) -> tuple[str, str]:
    return held.begin or "", held.last or ""


def _days_wanted(row: Item) -> tuple[str, str]:
    return row[3] or "", row[4] or ""


def _dates(held: Held, row: Item) -> bool:
    return (held.begin, held.last) == (row[3], row[4])


def _start(held: Held, row: Item) -> bool:
    return bool(held.begin == row[3])


def _end(held: Held, row: Item) -> bool:
    return bool(held.last == row[4])


def _any(held: Held, row: Item) -> bool:
    return True
