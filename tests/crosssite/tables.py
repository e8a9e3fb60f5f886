"""The files of a OneRoster bundle as bytes: their columns, in which dialect, packed as a folder or a zip.

Columns are those of the CSV bindings 1.1 and 1.2 (1.2.1: without ``users.resourceSourcedIds``).
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

Record = dict[str, str]
Files = dict[str, bytes]

_KEYS = "sourcedId status dateLastModified "
_COMMON = {
    "orgs": "name type identifier parentSourcedId",
    "academicSessions": "title type startDate endDate parentSourcedId schoolYear",
    "courses": "schoolYearSourcedId title courseCode grades orgSourcedId subjects subjectCodes",
    "classes": "title grades courseSourcedId classCode classType location schoolSourcedId termSourcedIds subjects "
    "subjectCodes periods",
    "enrollments": "classSourcedId schoolSourcedId userSourcedId role primary beginDate endDate",
}
_PERSON = "username userIds givenName familyName middleName identifier email sms phone agentSourcedIds grades password"
_TABLES = {
    "1.1": _COMMON | {"users": f"enabledUser orgSourcedIds role {_PERSON}"},
    "1.2": _COMMON
    | {
        "users": f"enabledUser {_PERSON} userMasterIdentifier preferredGivenName preferredMiddleName "
        "preferredFamilyName primaryOrgSourcedId pronouns",
        "roles": "userSourcedId roleType role beginDate endDate orgSourcedId userProfileSourcedId",
    },
}
#: Columns of a table by version and name of the file (without ``.csv``).
COLUMNS = {
    version: {name: (_KEYS + columns).split() for name, columns in tables.items()}
    for version, tables in _TABLES.items()
}
#: Files that a manifest names beside those above; all are absent.
OTHERS = ("categories", "classResources", "courseResources", "demographics", "lineItems", "resources", "results")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How the cells are written. ``extra``: extension columns behind the others, each cell ``x``."""

    quote_all: bool = False
    newline: str = "\n"
    mark: bool = False
    extra: tuple[str, ...] = ()
    encoding: str = "utf-8"


PLAIN = Dialect()


def table(columns: Iterable[str], records: Iterable[Mapping[str, str]], dialect: Dialect = PLAIN) -> bytes:
    """A CSV file with a header; a cell that a record does not have is empty."""
    columns = list(columns)
    quoting = csv.QUOTE_ALL if dialect.quote_all else csv.QUOTE_MINIMAL
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=dialect.newline, quoting=quoting)
    writer.writerow([*columns, *dialect.extra])
    for record in records:
        writer.writerow([*(record.get(column, "") for column in columns), *("x" for _ in dialect.extra)])
    return ("\ufeff" * dialect.mark + text.getvalue()).encode(dialect.encoding)


def manifest(kinds: Mapping[str, str], version: str, dialect: Dialect = PLAIN) -> bytes:
    """``manifest.csv``: ``kinds`` says absent, bulk or delta by name of the file, without ``.csv``."""
    rows = {"manifest.version": "1.0", "oneroster.version": version}
    rows |= {f"file.{name}": kind for name, kind in sorted({**dict.fromkeys(OTHERS, "absent"), **kinds}.items())}
    rows |= {"source.systemName": "Lessons", "source.systemCode": "lessons"}
    named = ({"propertyName": name, "value": value} for name, value in rows.items())
    return table(["propertyName", "value"], named, dialect)


def pack(folder: Path, files: Mapping[str, bytes], *, zipped: bool = False) -> Path:
    """The bundle on disk: the folder itself, emptied of an earlier one, or ``bundle.zip`` in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    if not zipped:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return folder
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path
