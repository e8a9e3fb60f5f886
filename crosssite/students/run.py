"""One import: read the bundle, compare, look whether it is too much, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..models import SyncRun
from ..sync.brake import Limits
from ..sync.bundle import Bundle, read_bundle
from ..sync.copy import students_version
from ..sync.findings import BundleError, Findings
from ..sync.prepare import kind_of
from ..sync.schema import ORGS, ROLES, SESSIONS, USERS
from ..sync.source import open_source
from .apply import apply
from .brake import reasons_to_wait
from .calendars import Calendars
from .plan import StudentPlan, compare, students_here
from .roll import Roll
from .schools import Schools

#: What says something of schools, calendars and students.
FILES = (ORGS, SESSIONS, USERS, ROLES)


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass
class Imported:
    """What came of an import. ``error``: why it failed. ``reasons``: why it waits for a person. Else it is done."""

    source: str
    findings: Findings = field(default_factory=Findings)
    kind: str = SyncRun.Kind.UNKNOWN
    digest: str = ""
    schools: Schools | None = None
    calendars: Calendars | None = None
    students: StudentPlan | None = None
    roll: Roll | None = None
    reasons: list[str] = field(default_factory=list)
    error: BundleError | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to write."""
        assert self.schools is not None
        assert self.calendars is not None
        written = (self.schools.new, self.schools.named, self.calendars.new, self.calendars.changed)
        return not any(written) and (self.students is None or self.students.is_empty)


def import_students(path: Path, *, confirmed: bool = False, progress: Callable[[int, int], None] = silent) -> Imported:
    """Follow the district's own bundle; ``confirmed``: though it changes unusually much."""
    imported = Imported(path.name or str(path))
    try:
        with open_source(path) as source:
            bundle = read_bundle(source, imported.findings, only=FILES)
            imported.kind = kind_of(bundle)
            follow(bundle, imported, confirmed, progress)
    except BundleError as error:
        imported.error = error
    return imported


def follow(bundle: Bundle, imported: Imported, confirmed: bool, progress: Callable[[int, int], None]) -> None:
    base = students_version()
    schools = imported.schools = Schools(bundle, imported.findings)
    roll = imported.roll = Roll(bundle, schools, imported.findings)
    roll.read(progress)
    whose = schools.known if "delta" in bundle.modes.values() else schools.found
    calendars = imported.calendars = Calendars(bundle, whose, imported.findings)
    here = students_here() if bundle.users_table else []
    plan = imported.students = compare(roll, here)
    imported.digest = bundle.source.digest
    bundle.source.verify()
    if not confirmed:
        imported.reasons = reasons_to_wait(plan, here, bundle, Limits.in_force())
    if not imported.reasons and not imported.is_empty:
        apply(schools, calendars, plan, base)
