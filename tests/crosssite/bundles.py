"""A small serving district in memory, whose OneRoster bundles tests write to disk.

>>> serving = Serving("lakeside", ours="maplewood")
>>> algebra = serving.add_class("alg-1", course="Algebra II", terms=("s1",))
>>> ana = serving.add_student("104417", "Rivera", "Ana", "Maria")
>>> roster = serving.enroll(algebra, ana)
>>> path = serving.write(tmp_path / "night-1")
>>> before = serving.snapshot()
>>> serving.move(roster, end="2026-12-05")
>>> path = serving.write_delta(tmp_path / "night-2", since=before, at=datetime(2026, 9, 2, tzinfo=UTC))

Every record is a dict of the file's own columns, under its sourcedId in ``serving.tables[file]``; ``change`` sets
any cell. Dates are texts, and the end is exclusive, as in the files.
"""

from __future__ import annotations

import copy
import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path

from .tables import COLUMNS, PLAIN, Dialect, Files, Record, manifest, pack, table

Tables = dict[str, dict[str, Record]]

#: What a bundle's file is replaced by; None leaves it out while the manifest goes on naming it.
Override = Mapping[str, bytes | None]


class Serving:
    """A district with two schools, one school year of two semesters, and ``ours`` as a foreign district's org."""

    def __init__(self, key: str = "lakeside", *, ours: str = "maplewood") -> None:
        self.key, self.ours, self.name = key, ours, f"{key.capitalize()} District"
        self.high, self.middle = f"{key}-high", f"{key}-middle"
        self.tables: Tables = {name: {} for name in COLUMNS["1.1"]}
        self._numbers = 0
        self.add("orgs", key, name=self.name, type="district", identifier=f"{key}-4711")
        self.add("orgs", ours, name=f"{ours.capitalize()} District", type="district")
        self.add_school(self.high, f"{key.capitalize()} High")
        self.add_school(self.middle, f"{key.capitalize()} Middle")
        self.add_year(2027)

    # What there is

    def add(self, file: str, key: str, /, **cells: str) -> str:
        """Any record, or the same once more; its sourcedId."""
        self.tables[file][key] = {"sourcedId": key, **cells}
        return key

    def change(self, file: str, key: str, /, **cells: str) -> None:
        self.tables[file][key].update(cells)

    def remove(self, file: str, key: str) -> None:
        del self.tables[file][key]

    def add_school(self, key: str, name: str) -> str:
        return self.add("orgs", key, name=name, type="school", parentSourcedId=self.key)

    def add_year(self, end_year: int, prefix: str = "") -> None:
        """A school year with its semesters ``s1`` (to 18 December) and ``s2`` (to 4 June), behind a prefix."""
        begin, year = f"{end_year - 1}-08-17", str(end_year)
        self.add_session(f"{prefix}year", f"{end_year - 1}-{end_year}", begin, f"{end_year}-06-05", "schoolYear", year)
        self.add_session(f"{prefix}s1", "Fall Semester", begin, f"{end_year - 1}-12-19", "semester", year)
        self.add_session(f"{prefix}s2", "Spring Semester", f"{end_year}-01-04", f"{end_year}-06-05", "semester", year)

    def add_session(
        self, key: str, title: str, begin: str, end: str, kind: str = "term", school_year: str = "2027"
    ) -> str:
        cells = {"title": title, "type": kind, "startDate": begin, "endDate": end, "schoolYear": school_year}
        return self.add("academicSessions", key, **cells)

    def add_class(
        self,
        key: str,
        *,
        course: str = "Algebra II",
        school: str = "",
        terms: Iterable[str] = ("s1",),
        number: str | None = None,
        location: str = "Room 12",
        periods: str = "1",
        **cells: str,
    ) -> str:
        """A section, its course made where it is not there yet; ``number``: its classCode, the key where not given."""
        school = school or self.high
        course_key = f"course-{course}".replace(" ", "-").lower()
        if course_key not in self.tables["courses"]:
            code = "".join(word[0] for word in course.split()).upper() + str(100 + len(self.tables["courses"]))
            self.add("courses", course_key, title=course, courseCode=code, orgSourcedId=school)
        cells = {"title": f"{course} {key}", "courseSourcedId": course_key, "classType": "scheduled"} | cells
        cells |= {"classCode": key if number is None else number, "location": location, "periods": periods}
        return self.add("classes", key, schoolSourcedId=school, termSourcedIds=",".join(terms), **cells)

    def add_student(
        self,
        number: str,
        family: str,
        given: str,
        middle: str = "",
        *,
        org: str | None = None,
        key: str = "",
        **cells: str,
    ) -> str:
        """A student of ``org``, ours where not given; a stranger is one of ``serving.high``."""
        org = self.ours if org is None else org
        names = {"familyName": family, "givenName": given, "middleName": middle, "identifier": number}
        return self._add_user(key or f"user-{number}", org, "student", **names, **cells)

    def add_teacher(self, key: str, family: str, given: str) -> str:
        return self._add_user(key, self.high, "teacher", familyName=family, givenName=given, identifier=key)

    def _add_user(self, key: str, org: str, role: str, **cells: str) -> str:
        cells = {"username": key, "enabledUser": "true", "password": f"secret-of-{key}"} | cells
        return self.add("users", key, orgSourcedIds=org, role=role, **cells)

    # What happens to it

    def enroll(
        self,
        section: str,
        student: str,
        begin: str = "2026-08-17",
        end: str = "2026-12-19",
        *,
        role: str = "student",
        key: str = "",
    ) -> str:
        """An enrollment; its sourcedId, a new one where not given."""
        self._numbers += 1
        cells = {"classSourcedId": section, "userSourcedId": student, "role": role, "beginDate": begin, "endDate": end}
        school = self.tables["classes"][section]["schoolSourcedId"]
        return self.add("enrollments", key or f"enrollment-{self._numbers}", schoolSourcedId=school, **cells)

    def move(self, enrollment: str, *, begin: str | None = None, end: str | None = None) -> None:
        dates = {"beginDate": begin, "endDate": end}
        self.change("enrollments", enrollment, **{name: date for name, date in dates.items() if date is not None})

    def rekey(self, enrollment: str, key: str) -> str:
        """The same enrollment under another sourcedId."""
        cells = self.tables["enrollments"].pop(enrollment)
        return self.add("enrollments", key, **{name: cell for name, cell in cells.items() if name != "sourcedId"})

    def drop(self, enrollment: str) -> None:
        self.remove("enrollments", enrollment)

    def cancel(self, section: str) -> None:
        """The section and all its enrollments go."""
        for key in self.enrollments_of(section):
            self.drop(key)
        self.remove("classes", section)

    def end_term(self, term: str) -> None:
        """The term goes, with the sections that are in no other, as systems do when they roll over."""
        for key, cells in list(self.tables["classes"].items()):
            left = [name for name in cells["termSourcedIds"].split(",") if name != term]
            if left:
                self.change("classes", key, termSourcedIds=",".join(left))
            else:
                self.cancel(key)
        self.remove("academicSessions", term)

    def enrollments_of(self, section: str) -> list[str]:
        found = self.tables["enrollments"].items()
        return [key for key, cells in found if cells["classSourcedId"] == section]

    # Its bundles

    def snapshot(self) -> Tables:
        return copy.deepcopy(self.tables)

    def files(self, version: str = "1.1", dialect: Dialect = PLAIN) -> Files:
        """A bulk bundle, as bytes by file name."""
        return _files(self.tables, "bulk", version, dialect)

    def delta(self, since: Tables, at: datetime.datetime, version: str = "1.1", dialect: Dialect = PLAIN) -> Files:
        """What differs from a snapshot, as a delta bundle of that moment; a file without changes is absent."""
        stamp = at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        changes = {name: _changes(since[name], now, stamp) for name, now in self.tables.items()}
        return _files({name: found for name, found in changes.items() if found}, "delta", version, dialect)

    def write(
        self,
        folder: Path,
        version: str = "1.1",
        *,
        zipped: bool = False,
        dialect: Dialect = PLAIN,
        override: Override | None = None,
    ) -> Path:
        """A bulk bundle on disk; the path to give to the command."""
        return pack(folder, _overridden(self.files(version, dialect), override), zipped=zipped)

    def write_delta(
        self,
        folder: Path,
        since: Tables,
        at: datetime.datetime,
        version: str = "1.1",
        *,
        zipped: bool = False,
        dialect: Dialect = PLAIN,
        override: Override | None = None,
    ) -> Path:
        """What differs from a snapshot as a delta bundle on disk."""
        return pack(folder, _overridden(self.delta(since, at, version, dialect), override), zipped=zipped)


def _changes(before: dict[str, Record], now: dict[str, Record], stamp: str) -> dict[str, Record]:
    """Records that are new, other or gone, marked as a delta marks them."""
    active = {key: cells for key, cells in now.items() if before.get(key) != cells}
    gone = {key: cells for key, cells in before.items() if key not in now}
    marked = [("active", active), ("tobedeleted", gone)]
    return {
        key: cells | {"status": status, "dateLastModified": stamp}
        for status, found in marked
        for key, cells in found.items()
    }


def _files(tables: Tables, kind: str, version: str, dialect: Dialect) -> Files:
    columns = COLUMNS["1.1" if version == "1.1" else "1.2"]
    if "roles" in columns and "users" in tables:
        tables = tables | {"roles": _roles(tables["users"])}
    files = {f"{name}.csv": table(columns[name], tables[name].values(), dialect) for name in columns if name in tables}
    kinds = {name: kind if name in tables else "absent" for name in columns}
    return {"manifest.csv": manifest(kinds, version, dialect), **files}


def _roles(users: dict[str, Record]) -> dict[str, Record]:
    """What 1.2 keeps in a file of its own: one role of each user at each of its orgs, the first one primary."""
    return {
        f"{key}-{org}": {
            "sourcedId": f"{key}-{org}",
            "status": cells.get("status", ""),
            "dateLastModified": cells.get("dateLastModified", ""),
            "userSourcedId": key,
            "roleType": "secondary" if place else "primary",
            "role": cells["role"],
            "orgSourcedId": org,
        }
        for key, cells in users.items()
        for place, org in enumerate(cells["orgSourcedIds"].split(","))
    }


def _overridden(files: Files, override: Override | None) -> Files:
    return {name: content for name, content in {**files, **(override or {})}.items() if content is not None}
