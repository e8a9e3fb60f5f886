"""Bundles of any size for ``benchmarks.sync``, written row by row.

A district in its fall semester: 7 enrollments for each student, 25 in each section, 30 sections for each course, a
school for every 20,000 enrollments. The second night differs from the first in 1 % of the enrollments: a third ends
earlier, a third is gone, a third is new.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DISTRICT, OURS = "lakeside", "maplewood"
CHANGED = 300

Row = tuple[str, ...]

HEADERS = {
    "manifest": "propertyName value",
    "orgs": "sourcedId status dateLastModified name type identifier parentSourcedId",
    "academicSessions": "sourcedId status dateLastModified title type startDate endDate parentSourcedId schoolYear",
    "courses": "sourcedId status dateLastModified schoolYearSourcedId title courseCode grades orgSourcedId subjects "
    "subjectCodes",
    "classes": "sourcedId status dateLastModified title grades courseSourcedId classCode classType location "
    "schoolSourcedId termSourcedIds subjects subjectCodes periods",
    "users": "sourcedId status dateLastModified enabledUser orgSourcedIds role username userIds givenName familyName "
    "middleName identifier email sms phone agentSourcedIds grades password",
    "enrollments": "sourcedId status dateLastModified classSourcedId schoolSourcedId userSourcedId role primary "
    "beginDate endDate",
}


def key(kind: str, number: int) -> str:
    """A sourcedId as most systems make them: random, 36 characters, the same each time."""
    text = hashlib.md5(f"{kind} {number}".encode(), usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(frozen=True)
class Size:
    """What a bundle of so many enrollments holds; ``ours``: which share of its students are ours, in percent."""

    enrollments: int
    ours: int = 100

    @property
    def students(self) -> int:
        return self.enrollments // 7

    @property
    def sections(self) -> int:
        return max(20, self.enrollments // 25)

    @property
    def schools(self) -> int:
        return max(2, self.enrollments // 20_000)

    def is_ours(self, student: int) -> bool:
        return student % 100 < self.ours


def student_of_ours(number: int) -> tuple[str, str, str]:
    """Student number, family and given name."""
    return f"{1_000_000 + number}", f"Family{number % 5_000}", f"Given{number % 700}"


def write(folder: Path, size: Size, night: int) -> Path:
    """The bulk bundle of night 0 or 1 as a folder."""
    folder.mkdir(parents=True)
    files = {
        "manifest": _manifest(),
        "orgs": _orgs(size),
        "academicSessions": _sessions(),
        "courses": _courses(size),
        "classes": _classes(size),
        "users": _users(size),
        "enrollments": _enrollments(size, night),
    }
    for name, rows in files.items():
        _write_file(folder / f"{name}.csv", HEADERS[name].split(), rows)
    return folder


def _write_file(path: Path, header: list[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _manifest() -> Iterator[Row]:
    yield from (("manifest.version", "1.0"), ("oneroster.version", "1.1"))
    yield from ((f"file.{name}", "bulk") for name in HEADERS if name != "manifest")
    for name in (
        "categories",
        "classResources",
        "courseResources",
        "demographics",
        "lineItems",
        "resources",
        "results",
    ):
        yield f"file.{name}", "absent"


def _orgs(size: Size) -> Iterator[Row]:
    yield DISTRICT, "", "", "Lakeside District", "district", "", ""
    yield OURS, "", "", "Maplewood District", "district", "", ""
    for number in range(size.schools):
        yield key("school", number), "", "", f"Lakeside School {number}", "school", str(number), DISTRICT


def _sessions() -> Iterator[Row]:
    yield "year", "", "", "2026-2027", "schoolYear", "2026-08-17", "2027-06-05", "", "2027"
    yield "fall", "", "", "Fall Semester", "semester", "2026-08-17", "2026-12-19", "year", "2027"


def _courses(size: Size) -> Iterator[Row]:
    for number in range(size.sections // 30 + 1):
        school = key("school", number % size.schools)
        yield key("course", number), "", "", "year", f"Course {number}", f"C{number:05}", "10", school, "", ""


def _classes(size: Size) -> Iterator[Row]:
    for number in range(size.sections):
        course = number // 30
        school = key("school", course % size.schools)
        names = f"Course {course}, section {number % 30}", "10", key("course", course), str(number % 30), "scheduled"
        yield key("class", number), "", "", *names, f"Room {number % 97}", school, "fall", "", "", str(1 + number % 8)


def _users(size: Size) -> Iterator[Row]:
    for student in range(size.students):
        number, family, given = student_of_ours(student)
        if size.is_ours(student):
            org = OURS
        else:
            number, family, org = f"X{number}", f"Stranger{family}", key("school", student % size.schools)
        names = f"user{student}", "", given, family, "", number, f"user{student}@lakeside.example"
        yield key("user", student), "", "", "true", org, "student", *names, "", "", "", "10", f"secret{student}"


def _enrollments(size: Size, night: int) -> Iterator[Row]:
    for number in range(size.students * 7):
        change = number % CHANGED if night else -1
        if change == 107:
            continue
        yield _enrollment(size, number, number, "2026-11-20" if change == 7 else "2026-12-19")
        if change == 207:
            yield _enrollment(size, size.enrollments + number, number, "2026-12-19")


def _enrollment(size: Size, identity: int, number: int, end: str) -> Row:
    """``identity`` beyond the size: a further enrollment of that student, in a section on the other side."""
    further = size.sections // 2 if identity != number else 0
    section = (number + further) % size.sections
    school = key("school", section // 30 % size.schools)
    references = key("class", section), school, key("user", number // 7)
    return key("enrollment", identity), "", "", *references, "student", "", "2026-08-17", end
