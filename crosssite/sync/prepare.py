"""From a bundle to a plan: everything that a run does before it writes anything."""

from __future__ import annotations

import datetime
from array import array
from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from ..models import ServingDistrict, SyncRun
from .brake import Limits, reasons_to_hold
from .bundle import Bundle
from .catalog import FILES, Catalog
from .compare import Comparison
from .copy import HomeCopy, home_version, students_version
from .enrollments import FILE, EnrollmentReader, Enrollments, Progress
from .findings import BundleError, Findings
from .lines import KnownLines
from .matching import People
from .memory import Memory
from .ours import home_identifiers, home_orgs
from .plan import Plan
from .schema import USERS

Kind = SyncRun.Kind


class Prepared:
    """A plan with all that belongs to it: what is to be remembered, what it rests on, why it must wait."""

    plan: Plan
    reasons: list[str]

    def __init__(
        self, bundle: Bundle, district: ServingDistrict, findings: Findings, today: datetime.date, progress: Progress
    ) -> None:
        self.bundle, self.district, self.findings = bundle, district, findings
        self.today, self.progress = today, progress
        self.memory = Memory(district)
        self.copy = HomeCopy(district)
        self.base = home_version(district)
        self.figures: Counter[str] = Counter()

    def prepare(self) -> None:
        """Read, check and compare; BundleError where nothing may be taken."""
        self._refuse_untimely()
        catalog = Catalog(self.bundle, self.memory, self.findings)
        orgs = self._home_orgs(catalog)
        people = People(self.memory, self.findings)
        people.read(self.bundle, self.district, orgs, students_version())
        self._compare(catalog, people)
        self._remember(catalog, people)

    def _compare(self, catalog: Catalog, people: People) -> None:
        """What is known of a million lines is gone from memory when this ends."""
        taken = self._read_enrollments(catalog, people)
        self.bundle.source.verify()
        self._refuse_stale()
        comparison = Comparison(self.bundle, catalog, taken, self.copy, people.passed_on, self.today)
        self.plan = comparison.compare()
        self.reasons = reasons_to_hold(comparison, self.bundle, Limits.in_force())
        self._count(people, taken)

    @property
    def kind(self) -> str:
        return kind_of(self.bundle)

    def _refuse_untimely(self) -> None:
        if self.kind == Kind.DELTA and not self.memory.bulk_seen:
            message = _("A delta says only what changed, and no bulk bundle of this district was taken before it.")
            raise BundleError("delta_first", message)

    def _home_orgs(self, catalog: Catalog) -> set[str]:
        """The orgs that are ours; on the way, which classes are the serving district's."""
        own = {self.district.identifier}
        above = {key: catalog.districts.above(key) for key in {one.school_id for one in catalog.classes.values()}}
        elsewhere = {key for key, org in above.items() if org and not own & {org.sourced_id, org.identifier}}
        if set(above) - elsewhere:
            self._refuse_strange(set(catalog.orgs))
        catalog.check_classes(elsewhere)
        serving = next((org.sourced_id for key, org in above.items() if org and key not in elsewhere), None)
        return home_orgs(catalog, home_identifiers(), serving)

    def _refuse_strange(self, schools: set[str]) -> None:
        """A bundle that knows none of the schools known of the district is another's, whatever it is called.

        A bundle may well hold classes of a new school only.
        """
        known = set(self.district.schools.values_list("identifier", flat=True))
        if known and not known & schools:
            message = _("None of the schools in the bundle is known as a school of %(district)s: it is another's.")
            raise BundleError("other_district", message % {"district": self.district.name}, file=FILES["classes"])

    def _read_enrollments(self, catalog: Catalog, people: People) -> Enrollments | None:
        table = self.bundle.enrollments()
        if table is None:
            return None
        reader = EnrollmentReader(table, self.bundle, catalog, people, self.findings)
        bulk = self.bundle.modes.get(FILE) == "bulk"
        before, now = self.memory.fine_classes(), catalog.fine
        steady = [key for key, days in now.items() if before.get(key) == days]
        lines = self.memory.lines(reader.layout) if bulk else array("Q")
        taken = reader.read(KnownLines(lines), steady, self.progress)
        if bulk:
            self.memory.remember_lines(reader.layout, taken.hashes)
        if taken.unclear:
            message = _("%(count)d rows could not be read at all: no roster was deleted that they might be about.")
            self.findings.warning("unclear_rows", message % {"count": taken.unclear}, file=FILE)
        return taken

    def _refuse_stale(self) -> None:
        newest, before = self.bundle.newest_change, self.memory.newest_change
        if newest and before and newest < before:
            message = _(
                "The delta is older than the last one that was applied: its latest change is of %(newest)s, that of "
                "the last one of %(before)s."
            )
            raise BundleError("stale_delta", message % {"newest": newest.isoformat(), "before": before.isoformat()})

    def _remember(self, catalog: Catalog, people: People) -> None:
        if self.kind == Kind.EMPTY:
            return
        for kind in FILES:
            if getattr(self.bundle, kind) is not None:
                self.memory.remember_records(kind, getattr(catalog, kind).values())
        people.remember()
        self.memory.remember_fine(catalog.fine)
        self.memory.remember_state(self.bundle.newest_change)

    def _count(self, people: People, taken: Enrollments | None) -> None:
        self.figures.update(people.figures)
        self.figures["users"] = self.bundle.counts.get(USERS, 0)
        self.figures["students of ours"] = len(set(people.students.values()))
        self.figures.update(taken.figures if taken else {})
        self.figures["rosters closed, their terms over"] = len(self.plan.ended)
        self.figures["sections closed, their terms over"] = len(self.plan.over)


def kind_of(bundle: Bundle) -> str:
    """Whether a bundle says what there is, or what changed, or nothing."""
    modes = set(bundle.modes.values())
    if "delta" in modes:
        return Kind.DELTA
    return Kind.BULK if "bulk" in modes else Kind.EMPTY


def figures_of(figures: Counter[str]) -> dict[str, Any]:
    """Figures worth keeping."""
    return {name: count for name, count in figures.items() if count}
