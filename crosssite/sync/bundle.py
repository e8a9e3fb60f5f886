"""A bundle as read: small tables whole, users as a stream, enrollments as lines for whoever compares them.

References between files are not checked here: those of a delta may point at records of earlier runs.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Protocol, TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from .findings import BundleError, Findings
from .manifest import Manifest, Mode, read_manifest
from .memory import hash_of
from .parsing import first_user_id, naturally, split_list
from .records import Class, Course, FaultyUser, Org, Session, User
from .schema import CLASSES, COURSES, ENROLLMENTS, ORGS, ROLES, SESSIONS, USERS
from .source import Source
from .table import Table
from .values import Row, RowReader


class Record(Protocol):
    @property
    def sourced_id(self) -> str: ...
    @property
    def line(self) -> int: ...


R = TypeVar("R", bound=Record)
#: Of many records with their lines, those that are to be looked at.
Pick = Callable[[Sequence[int], Sequence[bytes]], Iterable[tuple[int, bytes]]]

_DAY = datetime.timedelta(days=1)


def read_bundle(
    source: Source, findings: Findings, *, now: datetime.datetime | None = None, only: Collection[str] | None = None
) -> Bundle:
    """All but users, roles and enrollments, read and checked. ``now``: later changes are in the future.

    ``only``: the files that are asked for, the others are passed over. A bulk bundle must hold all, if nothing is said.
    Raises BundleError for what cannot be taken at all.
    """
    return Bundle(source, read_manifest(source, findings, only), findings, now or timezone.now())


class Bundle:
    """``orgs``, ``sessions``, ``courses``, ``classes``: by sourcedId, None where the bundle does not hold the file.

    ``modes``: by file name. ``faulty``: by file name, the ids of records of which a row was left out. ``counts``: by
    file name, rows read so far. ``header_only``: files without a row.
    """

    def __init__(self, source: Source, manifest: Manifest, findings: Findings, now: datetime.datetime) -> None:
        self.source = source
        self.version = manifest.version
        self.modes: dict[str, Mode] = manifest.modes
        self.findings = findings
        self.faulty: dict[str, set[str]] = {file: set() for file in manifest.modes}
        self.counts: dict[str, int] = {}
        self._now = now
        self._readers: list[RowReader] = []
        self._tables = {file: self._table(file) for file, mode in manifest.modes.items() if mode != "absent"}
        self.header_only = {file for file, table in self._tables.items() if table.is_header_only()}
        self.orgs = self._all(ORGS, _org)
        self.sessions = self._all(SESSIONS, _session)
        self.courses = self._all(COURSES, _course)
        self.classes = self._all(CLASSES, _class)
        refuse_cycles(self.orgs or {})

    @property
    def newest_change(self) -> datetime.datetime | None:
        """The latest dateLastModified of the delta rows read so far, those in the future left aside."""
        return max((reader.newest for reader in self._readers if reader.newest), default=None)

    @property
    def users_table(self) -> Table | None:
        return self._tables.get(USERS)

    @property
    def has_roles(self) -> bool:
        """Whether a file of its own says where users have their roles."""
        return ROLES in self._tables

    def users(self, pick: Pick = zip) -> Iterator[User | FaultyUser]:
        """Every user in the order of the file; what is doubled comes twice. ``pick`` says which lines to look at."""
        if USERS not in self._tables:
            return
        roles = _Roles(self._rows(ROLES)) if ROLES in self._tables else None
        self.faulty.get(ROLES, set()).update(roles.faulty if roles else ())
        for read in self._rows(USERS, pick):
            if read.row is None:
                if "sourcedId" in read.ids:
                    yield FaultyUser(read.ids["sourcedId"])
            elif roles and read.row["sourcedId"] in roles.faulty:
                yield FaultyUser(read.row["sourcedId"])
            else:
                yield _user(read.row, read.token, self._orgs_of(read.row, roles), self._is_student(read.row, roles))

    def enrollments(self) -> Table | None:
        return self._tables.get(ENROLLMENTS)

    def reader(self, table: Table) -> RowReader:
        """Checks the rows of one of the bundle's tables; ``newest_change`` counts them in."""
        is_delta = self.modes[table.name] == "delta"
        self._readers.append(RowReader(table, self.findings, is_delta=is_delta, now=self._now))
        return self._readers[-1]

    def _orgs_of(self, row: Row, roles: _Roles | None) -> tuple[str, ...]:
        if self.version == "1.1":
            return row.list("orgSourcedIds")
        orgs = (row["primaryOrgSourcedId"], *(roles.orgs_of(row["sourcedId"]) if roles else ()))
        return tuple(dict.fromkeys(filter(None, orgs)))

    def _is_student(self, row: Row, roles: _Roles | None) -> bool | None:
        if self.version == "1.1":
            return row["role"] == "student"
        if roles is None:
            return None
        unsaid = self.modes[ROLES] == "delta" or roles.nameless
        return True if row["sourcedId"] in roles.students else None if unsaid else False

    def _table(self, file: str) -> Table:
        return Table(self.source, file, self.version, self.findings)

    def _rows(self, file: str, pick: Pick = zip) -> Iterator[_Read]:
        """Every row of a file that is picked, those that have to be left out with the ids that can be read."""
        table = self._tables[file]
        reader = self.reader(table)
        self.counts[file] = 0
        for lines, records in table.batches():
            self.counts[file] += len(records)
            for line, record in pick(lines, records):
                yield self._read(table, reader, line, record)

    def _read(self, table: Table, reader: RowReader, line: int, record: bytes) -> _Read:
        cells = table.cells(line, record)
        if cells is None:
            return _Read(line, None, reader.ids(table.loose_cells(record)))
        reader.drop_secrets(cells)
        token = hash_of("\x1f".join(cells).encode())
        row = reader.read(line, cells)
        return _Read(line, row, {} if row else reader.ids(cells), token)

    def _all(self, file: str, make: Callable[[Row], R]) -> dict[str, R] | None:
        """All records of a file by sourcedId; those with a row that is out or contradicts another are out."""
        if file not in self._tables:
            return None
        found: dict[str, R] = {}
        tokens: dict[str, int] = {}
        for read in self._rows(file):
            if read.row is None:
                self.faulty[file].update([read.ids["sourcedId"]] if "sourcedId" in read.ids else [])
                continue
            key = read.row["sourcedId"]
            if tokens.setdefault(key, read.token) != read.token:
                self.faulty[file].add(key)
                self._contradicting(file, read.line)
            elif key in found:
                self._identical(file, read.line)
            else:
                found[key] = make(read.row)
        for key in self.faulty[file] & found.keys():
            self._contradicting(file, found.pop(key).line)
        self._warn_of_likes(file, found)
        return found

    def _contradicting(self, file: str, line: int) -> None:
        message = _("Another row with this identifier says something else; all of them are left out.")
        self.findings.error("duplicate_id", message, file=file, line=line, column="sourcedId")

    def _identical(self, file: str, line: int) -> None:
        message = _("The same row was there before.")
        self.findings.warning("duplicate_row", message, file=file, line=line, column="sourcedId")

    def _warn_of_likes(self, file: str, found: Mapping[str, Record]) -> None:
        """Identifiers that a spreadsheet may have spoilt are still those of two records."""
        likes: dict[str, str] = {}
        for key, record in found.items():
            if likes.setdefault(key.casefold().lstrip("0"), key) != key:
                message = _("The identifier differs from another by letter case or leading zeros only.")
                self.findings.warning("like_id", message, file=file, line=record.line, column="sourcedId")


@dataclass(frozen=True, slots=True)
class _Read:
    """A row as it was read; ``ids``: of one that is out, those that can be read. ``token``: a hash of its cells."""

    line: int
    row: Row | None
    ids: dict[str, str]
    token: int = 0


class _Roles:
    """Which orgs a user has a role at (1.2 keeps them in a file of their own): as a student, and as anything.

    ``students``: whose primary role somewhere that is. ``nameless``: whether it is unknown whose role a row says.
    """

    def __init__(self, rows: Iterator[_Read]) -> None:
        self.faulty: set[str] = set()
        self.students: set[str] = set()
        self.nameless = False
        self._as_student: dict[str, tuple[str, ...]] = {}
        self._as_other: dict[str, tuple[str, ...]] = {}
        #: Most users share their orgs with many.
        self._shared: dict[tuple[str, ...], tuple[str, ...]] = {}
        for read in rows:
            if read.row is None:
                self.faulty.update([read.ids["userSourcedId"]] if "userSourcedId" in read.ids else [])
                self.nameless |= "userSourcedId" not in read.ids
            elif not read.row.deleted:
                self._add(read.row)

    def orgs_of(self, user: str) -> tuple[str, ...]:
        return self._as_student.get(user) or self._as_other.get(user, ())

    def _add(self, row: Row) -> None:
        """The org of the primary role comes first."""
        user, is_student = row["userSourcedId"], row["role"] == "student"
        orgs = self._as_student if is_student else self._as_other
        found = (*orgs.get(user, ()), row["orgSourcedId"])
        if is_student and row["roleType"] == "primary" and user not in self.students:
            self.students.add(user)
            found = (found[-1], *found[:-1])
        orgs[user] = self._shared.setdefault(found, found)


def refuse_cycles(orgs: Mapping[str, Org]) -> None:
    """Raises BundleError where an org is its own ancestor."""
    sound: set[str] = set()
    for key in orgs:
        path: set[str] = set()
        while key in orgs and key not in sound:
            if key in path:
                message = _("The org is its own ancestor. Correct parentSourcedId.")
                raise BundleError("org_cycle", message, file=ORGS, line=orgs[key].line, column="parentSourcedId")
            path.add(key)
            key = orgs[key].parent
        sound |= path


def _org(row: Row) -> Org:
    return Org(
        row["sourcedId"], row["name"], row["type"], row["identifier"], row["parentSourcedId"], row.deleted, row.line
    )


def _session(row: Row) -> Session:
    start, end = row.date("startDate"), row.date("endDate")
    assert start is not None
    assert end is not None
    return Session(
        row["sourcedId"], row["title"], row["type"], start, end - _DAY, int(row["schoolYear"]), row.deleted, row.line
    )


def _course(row: Row) -> Course:
    return Course(row["sourcedId"], row["courseCode"], row["title"], row.deleted, row.line)


def _class(row: Row) -> Class:
    """Many classes share their texts: each is kept once."""
    return Class(
        sourced_id=row["sourcedId"],
        title=row["title"],
        code=row["classCode"],
        location=intern(row["location"]),
        periods=_periods(row["periods"]),
        course_id=intern(row["courseSourcedId"]),
        school_id=intern(row["schoolSourcedId"]),
        term_ids=tuple(map(intern, row.list("termSourcedIds"))),
        deleted=row.deleted,
        line=row.line,
    )


@lru_cache(maxsize=1024)
def _periods(text: str) -> str:
    return ", ".join(naturally(split_list(text)))


def _user(row: Row, token: int, org_ids: tuple[str, ...], student: bool | None) -> User:
    return User(
        sourced_id=row["sourcedId"],
        number=row["identifier"] or first_user_id(row["userIds"]) or row["username"],
        family=row["familyName"],
        given=row["givenName"],
        middle=row["middleName"],
        org_ids=org_ids,
        student=student,
        deleted=row.deleted,
        line=row.line,
        token=token,
    )
