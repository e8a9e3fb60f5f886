"""Applying a plan: the home copy and the log move together, in the caller's transaction, a batch at a time."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from auditlog.engines import engine_of
from auditlog.search import fold

from ..engines import sync_engine
from ..models import (
    TEXT_COLUMNS,
    Roster,
    Section,
    ServingDistrict,
    ServingSchool,
    SyncLogEntry,
    SyncLogText,
    SyncRun,
    SyncRunCount,
    SyncSectionChange,
)
from .catalog import SectionRecord
from .copy import HomeCopy, section_ids
from .entries import LogRow, Telling
from .plan import SECTION_FIELDS, Plan

#: Rows written at once.
BATCH = 10_000

#: The columns of a section that a plan sets, with their types.
SECTION_COLUMNS = (
    ("school_id", "bigint"),
    *((name, "text") for name in SECTION_FIELDS if name != "school"),
    ("begins_on", "date"),
    ("ends_on", "date"),
    ("state", "text"),
)

Row = tuple[Any, ...]


class PlanOutdated(Exception):
    """Rows that the plan is about are not there any more: nothing of it may be applied."""


def apply(plan: Plan, run: SyncRun, at: datetime.datetime) -> Counter[tuple[int, str, str]]:
    """Apply a plan and log it; how many entries each home school got of each action.

    Within a transaction. Raises ``PlanOutdated`` where the home copy is not the one that the plan was made from.
    """
    assert run.district is not None
    return Applying(plan, run, at, run.district).apply()


class Applying:
    """One plan, being applied."""

    def __init__(self, plan: Plan, run: SyncRun, at: datetime.datetime, district: ServingDistrict) -> None:
        self.plan, self.run, self.at, self.district = plan, run, at, district
        self.copy = HomeCopy(district)
        self.connection = self.copy.connection
        self.counts: Counter[tuple[int, str, str]] = Counter()
        self.texts: set[tuple[int, str, str]] = set()

    def apply(self) -> Counter[tuple[int, str, str]]:
        schools = self._schools()
        sections = self._new_sections(schools)
        self._log(Telling(self.copy, self.plan, sections))
        self._change_sections(schools)
        self._change_rosters()
        self._create_rosters(sections)
        self._write_texts()
        return self.counts

    def _schools(self) -> dict[str, int]:
        """Ids of the serving schools by identifier; new ones are added, renamed ones renamed."""
        known = {school.identifier: school for school in self.district.schools.all()}
        for identifier, name in self.plan.schools.items():
            school = known.get(identifier)
            if school is None:
                known[identifier] = ServingSchool.objects.create(
                    district=self.district, identifier=identifier, name=name
                )
            elif school.name != name:
                school.name = name
                school.save(update_fields=["name"])
        self._first_runs(known)
        return {identifier: school.pk for identifier, school in known.items()}

    def _first_runs(self, schools: dict[str, ServingSchool]) -> None:
        """Mark the schools whose first rosters come with this run."""
        new = {identifier for identifier, school in schools.items() if school.first_run_id is None}
        classes = {key: record.school for key, record in self.plan.new_sections.items() if record.school in new}
        if not classes:
            return
        first = {classes[row[1]] for row in self.plan.created if row[1] in classes}
        for identifier in sorted(first):
            schools[identifier].first_run = self.run
            schools[identifier].save(update_fields=["first_run"])
            self.run.initial_schools = [*self.run.initial_schools, schools[identifier].name]

    def _new_sections(self, schools: dict[str, int]) -> dict[str, int]:
        """Ids of all sections of the district by class id, the new ones inserted."""
        records = list(self.plan.new_sections.values())
        ids = engine_of(self.connection).draw_ids(self.connection, Section._meta.db_table, len(records))
        columns = ("id", "district_id", "sourced_id", *(name for name, _type in SECTION_COLUMNS))
        rows = [
            (pk, self.district.pk, record.sourced_id, *_section_values(record, schools))
            for pk, record in zip(ids, records, strict=True)
        ]
        self._insert(Section, columns, rows)
        return section_ids(self.district)

    def _log(self, telling: Telling) -> None:
        rows = telling.rows()
        columns = ("run_id", "timestamp", *LogRow._fields)
        head = (self.run.pk, str(self.connection.ops.adapt_datetimefield_value(self.at)))
        while batch := list(islice(rows, BATCH)):
            self._insert(SyncLogEntry, columns, [(*head, *row) for row in batch])
            for row in batch:
                self.counts[row.home_school_id, row.home_school, row.action] += 1
                self._note_texts(row)
        changes = [
            (self.run.pk, change.pk, *texts) for change in self.plan.changed_sections for texts in change.changes
        ]
        self._insert(SyncSectionChange, ("run_id", "section_id", "field", "old_value", "new_value"), changes)

    def _note_texts(self, row: LogRow) -> None:
        for column in TEXT_COLUMNS:
            if text := getattr(row, column):
                self.texts.add((row.home_school_id, column, text))

    def _write_texts(self) -> None:
        """In one order, so that two runs at once never wait for each other."""
        columns = (("home_school_id", "bigint"), ("column", "text"), ("text", "text"), ("folded", "text"))
        texts = iter(sorted(self.texts))
        while batch := list(islice(texts, BATCH)):
            rows = [(*key, fold(key[2])) for key in batch]
            sync_engine(self.connection).insert_missing(self.connection, SyncLogText._meta.db_table, columns, 3, rows)

    def _change_sections(self, schools: dict[str, int]) -> None:
        rows = [(change.pk, *_section_values(change.record, schools)) for change in self.plan.changed_sections]
        self._update(Section, SECTION_COLUMNS, rows)
        states = [(pk, Section.State.INVALID.value) for pk in self.plan.invalid]
        states += [(pk, Section.State.ENDED.value) for pk in self.plan.over]
        self._update(Section, (("state", "text"),), states)

    def _change_rosters(self) -> None:
        self._remove([pk for pk, _student, _section in self.plan.removed])
        self._update(Roster, (("ended", "boolean"),), [(pk, True) for pk in self.plan.ended])
        # Ids may change hands between rosters: a mark that no bundle can hold stands in until all have let go.
        changed = self.plan.changed
        letting_go = [*self.plan.freed, *(change.pk for change in changed if change.renamed)]
        self._update(Roster, (("sourced_id", "text"),), [(pk, f"~{pk}") for pk in letting_go])
        columns = (("sourced_id", "text"), ("begin_date", "date"), ("last_day", "date"), ("ended", "boolean"))
        rows = [(change.pk, change.sourced_id, change.begin, change.last, False) for change in changed]
        self._update(Roster, columns, rows)

    def _remove(self, ids: Sequence[int]) -> None:
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            wanted = engine_of(self.connection).id_list(batch)
            # By their ids alone: with the district, SQLite would walk through all of its rosters.
            going = Roster.objects.filter(pk__in=wanted)
            if going._raw_delete(going.db) != len(batch):
                raise PlanOutdated

    def _create_rosters(self, sections: dict[str, int]) -> None:
        columns = ("district_id", "section_id", "student_id", "sourced_id", "begin_date", "last_day", "ended")
        rows: Iterator[Row] = (
            (self.district.pk, sections[class_id], student, enrollment_id, begin, last, False)
            for enrollment_id, class_id, student, begin, last in self.plan.created
        )
        while batch := list(islice(rows, BATCH)):
            self._insert(Roster, columns, batch)

    def _insert(self, model: Any, columns: Sequence[str], rows: Sequence[Row]) -> None:
        if rows:
            engine_of(self.connection).insert_rows(self.connection, model._meta.db_table, columns, rows)

    def _update(self, model: Any, columns: Sequence[tuple[str, str]], rows: list[Row]) -> None:
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            changed = sync_engine(self.connection).update_rows(self.connection, model._meta.db_table, columns, batch)
            if changed != len(batch):
                raise PlanOutdated


def _section_values(record: SectionRecord, schools: dict[str, int]) -> Row:
    texts = (record.course_number, record.course_name, record.number, record.title)
    more = (record.location, record.periods, record.terms, record.begins_on, record.ends_on)
    return (schools[record.school], *texts, *more, Section.State.VALID.value)


def write_counts(run: SyncRun, counts: Counter[tuple[int, str, str]]) -> None:
    """Keep how many entries a run made, or would make, for each home school."""
    SyncRunCount.objects.filter(run=run).delete()
    SyncRunCount.objects.bulk_create(
        SyncRunCount(run=run, home_school_id=school, home_school=name, action=action, count=count)
        for (school, name, action), count in sorted(counts.items())
    )


def counted(rows: Iterable[LogRow]) -> Counter[tuple[int, str, str]]:
    """How many entries each home school would get of each action."""
    return Counter((row.home_school_id, row.home_school, row.action) for row in rows)
