"""The columns of the OneRoster CSV files that a run reads, of 1.1, 1.2 and 1.2.1 (1EdTech, OneRoster CSV binding)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from crosssite.models import LONGEST, LONGEST_NAME

MANIFEST = "manifest.csv"
ORGS = "orgs.csv"
SESSIONS = "academicSessions.csv"
COURSES = "courses.csv"
CLASSES = "classes.csv"
USERS = "users.csv"
ROLES = "roles.csv"
ENROLLMENTS = "enrollments.csv"

VERSIONS = ("1.1", "1.2", "1.2.1")


class Kind(enum.Enum):
    """What the cells of a column hold."""

    ID = "the record's own sourcedId, or that of another"
    IDS = "a list of sourcedIds"
    TEXT = "a text"
    TEXTS = "a list of texts"
    CHOICE = "a value of a list"
    DATE = "YYYY-MM-DD"
    YEAR = "YYYY"
    STATUS = "active or tobedeleted, blank in bulk"
    MOMENT = "a date-time in UTC, blank in bulk"
    DROPPED = "never read"


@dataclass(frozen=True, slots=True)
class Column:
    """``values``: of a choice. ``extensible``: tokens ``ext:...`` are valid too. ``longest``: None is any length."""

    name: str
    kind: Kind
    required: bool = False
    values: tuple[str, ...] = ()
    extensible: bool = False
    longest: int | None = None


def _id(name: str, *, required: bool = True) -> Column:
    return Column(name, Kind.ID, required)


def _ids(name: str, *, required: bool = False) -> Column:
    return Column(name, Kind.IDS, required)


def _text(name: str, *, required: bool = False, longest: int = LONGEST) -> Column:
    return Column(name, Kind.TEXT, required, longest=longest)


def _texts(name: str, *, longest: int | None = None) -> Column:
    return Column(name, Kind.TEXTS, longest=longest)


def _choice(name: str, values: str, *, required: bool = True) -> Column:
    return Column(name, Kind.CHOICE, required, tuple(values.split("|")))


def _date(name: str, *, required: bool = False) -> Column:
    return Column(name, Kind.DATE, required)


_RECORD = (_id("sourcedId"), Column("status", Kind.STATUS), Column("dateLastModified", Kind.MOMENT))
_PERSON = (
    _text("givenName", required=True, longest=LONGEST_NAME),
    _text("familyName", required=True, longest=LONGEST_NAME),
    _text("middleName", longest=LONGEST_NAME),
    *(_text(name) for name in ("identifier", "email", "sms", "phone")),
    _ids("agentSourcedIds"),
    _texts("grades"),
    Column("password", Kind.DROPPED),
)

_FILES_OF_1_1: dict[str, tuple[Column, ...]] = {
    ORGS: (
        *_RECORD,
        _text("name", required=True),
        _choice("type", "department|school|district|local|state|national"),
        _text("identifier"),
        _id("parentSourcedId", required=False),
    ),
    SESSIONS: (
        *_RECORD,
        _text("title", required=True),
        _choice("type", "gradingPeriod|semester|schoolYear|term"),
        _date("startDate", required=True),
        _date("endDate", required=True),
        _id("parentSourcedId", required=False),
        Column("schoolYear", Kind.YEAR, required=True),
    ),
    COURSES: (
        *_RECORD,
        _id("schoolYearSourcedId", required=False),
        _text("title", required=True),
        _text("courseCode"),
        _texts("grades"),
        _id("orgSourcedId"),
        _texts("subjects"),
        _texts("subjectCodes"),
    ),
    CLASSES: (
        *_RECORD,
        _text("title", required=True),
        _texts("grades"),
        _id("courseSourcedId"),
        _text("classCode"),
        _choice("classType", "homeroom|scheduled"),
        _text("location"),
        _id("schoolSourcedId"),
        _ids("termSourcedIds", required=True),
        _texts("subjects"),
        _texts("subjectCodes"),
        _texts("periods", longest=LONGEST),
    ),
    USERS: (
        *_RECORD,
        _choice("enabledUser", "true|false"),
        _ids("orgSourcedIds", required=True),
        _choice("role", "administrator|aide|guardian|parent|proctor|relative|student|teacher"),
        _text("username", required=True),
        _texts("userIds"),
        *_PERSON,
    ),
    ENROLLMENTS: (
        *_RECORD,
        _id("classSourcedId"),
        _id("schoolSourcedId"),
        _id("userSourcedId"),
        _choice("role", "administrator|proctor|student|teacher"),
        _choice("primary", "true|false", required=False),
        _date("beginDate"),
        _date("endDate"),
    ),
}

#: resourceSourcedIds belongs to 1.2 and went in 1.2.1; whoever leaves it out is not told.
GONE_IN_1_2_1 = "resourceSourcedIds"

_FILES_ONLY_IN_1_2: dict[str, tuple[Column, ...]] = {
    USERS: (
        *_RECORD,
        _choice("enabledUser", "true|false"),
        _text("username", required=True),
        _texts("userIds"),
        *_PERSON,
        _text("userMasterIdentifier"),
        _ids(GONE_IN_1_2_1),
        *(_text(name) for name in ("preferredGivenName", "preferredMiddleName", "preferredFamilyName")),
        _id("primaryOrgSourcedId", required=False),
        _text("pronouns"),
    ),
    ROLES: (
        *_RECORD,
        _id("userSourcedId"),
        _choice("roleType", "primary|secondary"),
        _choice(
            "role",
            "aide|counselor|districtAdministrator|guardian|parent|principal|proctor|relative|siteAdministrator"
            "|student|systemAdministrator|teacher",
        ),
        _date("beginDate"),
        _date("endDate"),
        _id("orgSourcedId"),
        _id("userProfileSourcedId", required=False),
    ),
}

#: Lists that 1.2 opened to tokens of one's own.
_EXTENSIBLE = ((ORGS, "type"), (SESSIONS, "type"), (CLASSES, "classType"), (ROLES, "role"), (ENROLLMENTS, "role"))


def _opened(file: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(replace(column, extensible=(file, column.name) in _EXTENSIBLE) for column in columns)


_FILES_OF_1_2 = {file: _opened(file, columns) for file, columns in (_FILES_OF_1_1 | _FILES_ONLY_IN_1_2).items()}
_MANIFEST_COLUMNS = (_text("propertyName", required=True), _text("value", required=True))

#: Every file that is ever opened; others in a bundle are passed over.
KNOWN_FILES = frozenset({MANIFEST, *_FILES_OF_1_2})


def files_of(version: str) -> tuple[str, ...]:
    """The data files that a run reads, in the order in which they refer to each other."""
    order = (ORGS, SESSIONS, COURSES, CLASSES, USERS, ROLES, ENROLLMENTS)
    return tuple(file for file in order if file in _tables(version))


def columns_of(version: str, file: str) -> tuple[Column, ...]:
    """The columns of a file in the order of the binding."""
    return _MANIFEST_COLUMNS if file == MANIFEST else _tables(version)[file]


def _tables(version: str) -> dict[str, tuple[Column, ...]]:
    return _FILES_OF_1_1 if version == "1.1" else _FILES_OF_1_2
