"""Writing the invented log straight into the tables: runs with their counts, entries, and the texts they hold."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from auditlog.engines import engine_of
from auditlog.generated.filling import RealEntriesError
from auditlog.search import fold
from district.models import School

from ..models import (
    TEXT_COLUMNS,
    ServingDistrict,
    ServingSchool,
    SyncLogEntry,
    SyncLogText,
    SyncRun,
    SyncRunCount,
    SyncSectionChange,
)
from .changes import Told
from .nights import Night, tell
from .parties import HOME_SCHOOLS, SERVING

#: What tells invented runs from real ones.
STARTED_BY = "command: fill_log"
CHUNK = 10_000
TOOK = datetime.timedelta(seconds=9)

#: What an entry in the making has under the same name.
SAME = ("action", *TEXT_COLUMNS, "student_id", "section_id")
COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    SyncLogEntry: ("id", "run_id", "timestamp", "home_school_id", "home_school", *SAME),
    SyncRunCount: ("run_id", "home_school_id", "home_school", "action", "count"),
    SyncSectionChange: ("run_id", "section_id", "field", "old_value", "new_value"),
    SyncLogText: ("home_school_id", "column", "text", "folded"),
}

Row = tuple[Any, ...]
#: A run with its entries.
Run = tuple[SyncRun, list[Told]]


def refuse_real_runs() -> None:
    if SyncRun.objects.exclude(started_by=STARTED_BY).exists():
        raise RealEntriesError


def fill(entries: int, seed: int, progress: Callable[[int, int], None]) -> None:
    """Add so many invented entries; RealEntriesError where somebody's runs are in the database.

    A chunk is a transaction: what is there when it is broken off is whole runs.
    """
    refuse_real_runs()
    filling, done = Filling(), 0
    for nights in chunks(tell(entries, seed, timezone.now().date() - datetime.timedelta(days=1))):
        with transaction.atomic():
            done += filling.write(nights)
        progress(done, entries)
    engine_of(connection).refresh_statistics(connection, [model._meta.db_table for model in COLUMNS])


def chunks(nights: Iterable[Night]) -> Iterator[list[Night]]:
    """The nights in lists of some ten thousand entries."""
    chunk: list[Night] = []
    for night in nights:
        chunk.append(night)
        if sum(len(one.told) for one in chunk) >= CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


class Filling:
    """The parties of the database, and which texts it holds already."""

    def __init__(self) -> None:
        names = [{"name": name, "identifier": f"generated-{place}"} for place, name in enumerate(HOME_SCHOOLS, start=1)]
        self.schools = [School.objects.get_or_create(name=one["name"], defaults=one)[0] for one in names]
        self.districts = {name: _serving(name) for name in SERVING}
        self.texts = set(SyncLogText.objects.values_list("home_school_id", "column", "text"))

    def write(self, nights: list[Night]) -> int:
        """Write some runs with all that belongs to them; returns how many entries they have."""
        made = SyncRun.objects.bulk_create([self.run(night) for night in nights])
        runs: list[Run] = [(run, night.told) for run, night in zip(made, nights, strict=True)]
        for run, night in zip(made, nights, strict=True):
            if night.initial:
                ServingSchool.objects.filter(district=run.district, first_run=None).update(first_run=run)
        makers: tuple[Callable[[list[Run]], list[Row]], ...] = (self.entries, self.counts, _changes, self.new_texts)
        for (model, columns), rows in zip(COLUMNS.items(), makers, strict=True):
            engine_of(connection).insert_rows(connection, model._meta.db_table, columns, rows(runs))
        return sum(len(told) for _run, told in runs)

    def run(self, night: Night) -> SyncRun:
        failed = night.outcome == SyncRun.Outcome.FAILED
        return SyncRun(
            started=night.at,
            finished=night.at + TOOK,
            duration=TOOK,
            outcome=night.outcome,
            kind=SyncRun.Kind.UNKNOWN if failed else SyncRun.Kind.BULK,
            district=self.districts[night.district],
            source_name=f"{night.district.partition(' ')[0].lower()}-{night.at.date()}.zip",
            started_by=STARTED_BY,
            reason="The zip cannot be read." if failed else "",
            initial_schools=list(SERVING[night.district]) if night.initial else [],
        )

    def entries(self, runs: list[Run]) -> list[Row]:
        ids = engine_of(connection).draw_ids(
            connection, SyncLogEntry._meta.db_table, sum(len(told) for _run, told in runs)
        )
        rest = iter(ids)
        return [
            (next(rest), run.pk, at, *self.home(it.school), *[getattr(it, name) for name in SAME])
            for run, told in runs
            for at in [str(connection.ops.adapt_datetimefield_value(run.finished))]
            for it in told
        ]

    def home(self, school: int) -> tuple[int, str]:
        """A home school's id and name."""
        return self.schools[school].pk, HOME_SCHOOLS[school]

    def counts(self, runs: list[Run]) -> list[Row]:
        counted = Counter((run.pk, it.school, it.action) for run, told in runs for it in told)
        return [(pk, *self.home(school), action, count) for (pk, school, action), count in counted.items()]

    def new_texts(self, runs: list[Run]) -> list[Row]:
        met = {
            (self.schools[it.school].pk, name, text)
            for _run, told in runs
            for it in told
            for name in TEXT_COLUMNS
            if (text := getattr(it, name))
        }
        new = met - self.texts
        self.texts |= new
        return [(*key, fold(key[2])) for key in sorted(new)]


def _serving(name: str) -> ServingDistrict:
    """A serving district with its schools."""
    short = name.partition(" ")[0].lower()
    contact = {"contact_name": "Registrar’s office", "contact_phone": "555-0100"}
    district, _made = ServingDistrict.objects.get_or_create(
        identifier=f"generated-{short}", defaults={"name": name, **contact}
    )
    for place, school in enumerate(SERVING[name], start=1):
        ServingSchool.objects.get_or_create(
            district=district, identifier=f"generated-{place}", defaults={"name": school, **contact}
        )
    return district


def _changes(runs: list[Run]) -> list[Row]:
    return [(run.pk, it.section_id, *change) for run, told in runs for it in told for change in it.changes]
