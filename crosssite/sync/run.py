"""One run of the sync: a row that says what came of it, a lock per serving district, a plan, one transaction."""

from __future__ import annotations

import datetime
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from django.db import DatabaseError, connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from auditlog.context import current_actor
from auditlog.texts import moment

from ..engines import sync_engine
from ..models import LONGEST, ServingDistrict, SyncPlan, SyncRun
from .apply import PlanOutdated, apply, counted, write_counts
from .bundle import Bundle, read_bundle
from .copy import HomeCopy, home_version, section_ids
from .enrollments import Progress
from .entries import LogRow, Telling
from .findings import BundleError, Findings
from .identify import serving_district
from .plan import Plan
from .prepare import Prepared, figures_of, kind_of
from .source import Source, open_source

Outcome = SyncRun.Outcome

#: Entries that a preview shows.
SHOWN = 500


class AlreadyRunning(Exception):
    """Another run works on the same serving district; as text a sentence that says since when and by whom."""


class Preview(NamedTuple):
    """What a run would do. ``counts``: by home school and action; ``entries``: the first of those it would log."""

    district: ServingDistrict | None
    kind: str
    counts: dict[tuple[int, str, str], int]
    entries: list[LogRow]
    reasons: list[str]
    figures: dict[str, int]
    findings: Findings
    source_hash: str


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


def sync(
    path: Path,
    *,
    district: str | None = None,
    today: datetime.date | None = None,
    at: datetime.datetime | None = None,
    progress: Progress = silent,
) -> SyncRun:
    """Follow a bundle; the run, whatever came of it: applied, unchanged, failed or held.

    ``district``: the serving district's identifier, where the bundle does not say. ``today`` decides which terms are
    over, ``at`` is the time that run and entries carry: both are now where nothing is said. AlreadyRunning where
    another run works on the same district.
    """
    return Running(path, district, today, at, progress).sync()


def preview(path: Path, *, district: str | None = None, today: datetime.date | None = None) -> Preview:
    """What ``sync`` would do with a bundle; writes nothing. BundleError where the run would fail."""
    findings = Findings()
    with open_source(path) as source:
        bundle = read_bundle(source, findings)
        serving = serving_district(bundle, district)
        if serving is None:
            return Preview(None, kind_of(bundle), {}, [], [], {}, findings, source.digest)
        prepared = Prepared(bundle, serving, findings, today or timezone.localdate(), silent)
        prepared.prepare()
        rows = planned_rows(serving, prepared.plan)
        entries = list(islice(rows, SHOWN))
        counts = counted(entries) + counted(rows)
        figures = figures_of(prepared.figures)
        return Preview(serving, prepared.kind, counts, entries, prepared.reasons, figures, findings, source.digest)


def planned_rows(district: ServingDistrict, plan: Plan) -> Iterator[LogRow]:
    """The entries that a plan would make, without making them."""
    return Telling(HomeCopy(district), plan, section_ids(district)).rows()


@contextmanager
def alone(district: ServingDistrict) -> Iterator[None]:
    """Work alone on a serving district; AlreadyRunning where somebody else does."""
    connection = connections[SyncRun.objects.db]
    with sync_engine(connection).district_lock(connection, district.pk) as mine:
        if not mine:
            raise AlreadyRunning(_under_way(district))
        yield


@contextmanager
def no_cycles_sought() -> Iterator[None]:
    """A run makes millions of objects and no cycles of them: looking for those again and again costs a tenth."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _under_way(district: ServingDistrict) -> str:
    run = SyncRun.objects.filter(district=district, outcome=Outcome.RUNNING).order_by("-started").first()
    if run is None:
        return _("Another run of %(district)s is under way.") % {"district": district.name}
    told = {"district": district.name, "since": moment(run.started), "who": run.started_by}
    return _("Another run of %(district)s is under way since %(since)s, started by %(who)s.") % told


class Running:
    """One run under way."""

    def __init__(
        self,
        path: Path,
        wanted: str | None,
        today: datetime.date | None,
        at: datetime.datetime | None,
        progress: Progress,
    ) -> None:
        self.path, self.wanted, self.at, self.progress = path, wanted, at, progress
        self.today = today or timezone.localdate(at)
        self.findings = Findings()
        self.begun = time.monotonic()
        who = current_actor()
        self.run = SyncRun(
            started=at or timezone.now(),
            source_name=storable(path.name or str(path)),
            started_by=who.name,
            started_by_name=who.person,
        )

    def sync(self) -> SyncRun:
        try:
            with open_source(self.path) as source, no_cycles_sought():
                self._follow(source)
        except BundleError as error:
            self._fail(str(error), error)
        return self.run

    def _follow(self, source: Source) -> None:
        bundle = read_bundle(source, self.findings)
        self.run.kind = kind_of(bundle)
        self.run.source_hash = source.digest
        serving = self.run.district = serving_district(bundle, self.wanted)
        if serving is None:
            self._end(Outcome.UNCHANGED)
            return
        with alone(serving):
            self._give_up_dead_runs(serving)
            self.run.save()
            try:
                self._work(bundle, serving)
            except BundleError:
                raise
            except BaseException as error:
                # Where the database itself is away, the next run says that this one died.
                with suppress(DatabaseError):
                    self._fail(
                        _("The run was broken off (%(why)s). Nothing of it was applied.") % {"why": _named(error)}
                    )
                raise

    def _give_up_dead_runs(self, serving: ServingDistrict) -> None:
        """Whoever holds the lock is alone: a run that is still called running has died."""
        dead = SyncRun.objects.filter(district=serving, outcome=Outcome.RUNNING)
        dead.update(
            outcome=Outcome.FAILED,
            finished=timezone.now(),
            reason=_("The run ended before it was done, its process was stopped. Nothing of it was applied."),
        )

    def _work(self, bundle: Bundle, serving: ServingDistrict) -> None:
        prepared = Prepared(bundle, serving, self.findings, self.today, self.progress)
        prepared.prepare()
        self.run.figures = figures_of(prepared.figures)
        self.run.source_hash = bundle.source.digest
        if prepared.reasons:
            self._hold(prepared)
        else:
            self._apply(prepared)

    def _hold(self, prepared: Prepared) -> None:
        counts = counted(planned_rows(prepared.district, prepared.plan))
        self.run.base = prepared.base
        self.run.reason = _("Held: %(reasons)s") % {"reasons": " ".join(prepared.reasons)}
        with transaction.atomic():
            self._replace_held(prepared.district)
            write_counts(self.run, counts)
            SyncPlan.objects.create(run=self.run, data=prepared.plan.packed(prepared.memory.changes))
            self._end(Outcome.HELD)

    def _apply(self, prepared: Prepared) -> None:
        outcome = Outcome.UNCHANGED if prepared.plan.is_empty else Outcome.APPLIED
        try:
            with transaction.atomic():
                if home_version(prepared.district) != prepared.base:
                    raise PlanOutdated
                self._replace_held(prepared.district)
                write_counts(self.run, apply(prepared.plan, self.run, self._now()))
                prepared.memory.write()
                self._end(outcome)
        except PlanOutdated:
            message = _("Students or their numbers were changed while the run was under way. Start it again.")
            raise BundleError("changed_meanwhile", message) from None

    def _replace_held(self, serving: ServingDistrict) -> None:
        """A later bundle takes the place of a held one."""
        held = SyncRun.objects.filter(district=serving, outcome=Outcome.HELD).exclude(pk=self.run.pk)
        SyncPlan.objects.filter(run__in=held).delete()
        held.update(outcome=Outcome.REPLACED)

    def _fail(self, reason: str, error: BundleError | None = None) -> None:
        self.run.reason = reason
        self.run.initial_schools = []
        if self.run.district is None:
            # The bundle could not say whose it is; who started the run may have.
            self.run.district = ServingDistrict.objects.filter(identifier=self.wanted).first()
        self._end(Outcome.FAILED)
        if error is not None:
            place = {"file": error.file, "line": error.line, "column": error.column}
            fatal = {"severity": "fatal", "code": error.code, **place, "message": error.message}
            self.run.findings = [fatal, *self.run.findings]
            self.run.save(update_fields=["findings"])

    def _end(self, outcome: str) -> None:
        self.run.outcome = outcome
        self.run.duration = datetime.timedelta(seconds=time.monotonic() - self.begun)
        self.run.finished = self.at or timezone.now()
        self.run.findings = self.findings.listed()
        self.run.finding_counts = {name: count for name, count in self.findings.counts.items() if count}
        self.run.save()

    def _now(self) -> datetime.datetime:
        return self.at or timezone.now()


def storable(name: str) -> str:
    """A file's name as every engine takes it."""
    return name.encode("utf-8", "backslashreplace").decode().replace("\x00", "")[:LONGEST]


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200].replace("\x00", "")
