"""``manifest.csv``: which version the bundle is of, and which of its files are absent, bulk or delta."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Literal, cast, get_args

from django.utils.translation import gettext as _

from .findings import BundleError, Findings
from .schema import KNOWN_FILES, MANIFEST, VERSIONS, files_of
from .source import Source
from .table import Table

Mode = Literal["absent", "bulk", "delta"]
#: Whether a row has a status, and whether it has a dateLastModified.
Mark = tuple[bool, bool]

_MODES: tuple[str, ...] = get_args(Mode)
_FILE_VERSION = "manifest.version"
_VERSION = "oneroster.version"
#: Properties that decide anything; others may say what they like.
_USED = {_FILE_VERSION, _VERSION, *(f"file.{file.removesuffix('.csv')}".casefold() for file in KNOWN_FILES)}
#: What marks a row as one of a delta.
_STAMPS = ("status", "dateLastModified")


@dataclass(frozen=True, slots=True)
class Manifest:
    """``modes``: by file name, such as ``users.csv``, of every file that a run reads in this version."""

    version: str
    modes: dict[str, Mode]


def read_manifest(source: Source, findings: Findings, only: Collection[str] | None = None) -> Manifest:
    """What the bundle says of itself, checked against its files, which win. Raises BundleError.

    ``only``: the files that are asked for, as far as there are any of them; the others are passed over.
    """
    told = _properties(source, findings)
    version = _version(told, findings)
    files = [file for file in files_of(version) if only is None or file in only]
    modes = {file: _Modes(source, version, findings).of(file, told) for file in files}
    if only is None:
        _refuse_gaps(modes, source)
    return Manifest(version, modes)


def _properties(source: Source, findings: Findings) -> dict[str, tuple[int, str]]:
    """Line and value by name of the property, folded; some producers write ``file.roles*``."""
    if MANIFEST not in source.files:
        raise BundleError("missing_file", missing_file(MANIFEST, source), file=MANIFEST)
    table = Table(source, MANIFEST, VERSIONS[0], findings)
    told: dict[str, tuple[int, str]] = {}
    for line, record in table.lines():
        name, value = _pair(table, line, record)
        key = name.rstrip("*").casefold()
        if key in _USED:
            if value is None or told.get(key, (0, value))[1] != value:
                raise _bad_manifest(line, _("The manifest is not clear about this. Export the bundle anew."))
            told[key] = line, value
    return told


def _pair(table: Table, line: int, record: bytes) -> tuple[str, str | None]:
    """A property's name and value; no value where the row has too many cells or too few."""
    cells = table.cells(line, record)
    if cells is None:
        return next(iter(table.loose_cells(record)), "").strip(), None
    return cells[table.columns["propertyName"]].strip(), cells[table.columns["value"]].strip()


def _version(told: dict[str, tuple[int, str]], findings: Findings) -> str:
    line, own = told.get(_FILE_VERSION, (None, ""))
    if not own:
        findings.warning("manifest_version", _("The manifest does not say its own version."), file=MANIFEST)
    elif own != "1.0":
        message = _("The version of the manifest is not 1.0. Export the bundle as OneRoster 1.1 or 1.2.")
        raise BundleError("unknown_version", message, file=MANIFEST, line=line)
    line, version = told.get(_VERSION, (None, ""))
    if version not in VERSIONS:
        message = _("The version of OneRoster is none of 1.1, 1.2 and 1.2.1. Export the bundle as one of them.")
        raise BundleError("unknown_version", message, file=MANIFEST, line=line, column=_VERSION)
    return version


class _Modes:
    """What each file is, by what the manifest says and by what its rows look like."""

    def __init__(self, source: Source, version: str, findings: Findings) -> None:
        self._source = source
        self._version = version
        self._findings = findings

    def of(self, file: str, told: dict[str, tuple[int, str]]) -> Mode:
        mode = self._told(file, told)
        if file not in self._source.files:
            if mode != "absent":
                raise BundleError("missing_file", missing_file(file, self._source), file=file)
            return "absent"
        if mode == "absent":
            return self._of_unlisted(file)
        if mode == "delta":
            self._refuse_bulk(file)
        return mode

    def _told(self, file: str, told: dict[str, tuple[int, str]]) -> Mode:
        line, value = told.get(f"file.{file.removesuffix('.csv')}".casefold(), (None, "absent"))
        if value.casefold() not in _MODES:
            message = _("The manifest says neither absent nor bulk nor delta. Export the bundle anew.")
            raise _bad_manifest(line, message)
        if value.casefold() != value:
            message = _("The value is written in another letter case.")
            self._findings.warning("letter_case", message, file=MANIFEST, line=line)
        return cast(Mode, value.casefold())

    def _of_unlisted(self, file: str) -> Mode:
        message = _("The file is there though the manifest does not list it; it is read.")
        self._findings.warning("unlisted", message, file=file)
        has_status = {status for status, _stamped in self._marks(file)}
        if len(has_status) > 1:
            message = _("Some rows have a status and some have none. Say in the manifest whether it is bulk or delta.")
            raise BundleError("mode_unclear", message, file=file)
        return "delta" if True in has_status else "bulk" if has_status else "absent"

    def _refuse_bulk(self, file: str) -> None:
        """Rows without a status say nothing of what changed. (The other way round each row gets a warning: many
        systems stamp every row of a bulk file, and what a delta taken for bulk would delete is the brake's business.)
        """
        with closing(self._marks(file)) as marks:
            if _none_has_status(marks):
                message = _("The manifest says delta, but no row has a status. Export the bundle anew.")
                raise BundleError("bulk_as_delta", message, file=file)

    def _marks(self, file: str) -> Generator[Mark, None, None]:
        """Of each row; whoever asks mostly needs the first one only. What is wrong is found when rows are read."""
        table = Table(self._source, file, self._version, Findings())
        places = [table.columns.get(name) for name in _STAMPS]
        with closing(table.lines()) as lines:
            for line, record in lines:
                cells = table.cells(line, record)
                if cells is not None:
                    status, stamped = (place is not None and bool(cells[place].strip()) for place in places)
                    yield status, stamped


def _none_has_status(marks: Iterable[Mark]) -> bool:
    """Whether there are rows and none has a status; stops at the first that has."""
    found = False
    for status, _stamped in marks:
        if status:
            return False
        found = True
    return found


def _refuse_gaps(modes: dict[str, Mode], source: Source) -> None:
    """A bulk bundle holds everything; only a delta may leave out what did not change."""
    if "bulk" not in modes.values():
        return
    for file, mode in modes.items():
        if mode == "absent":
            raise BundleError("missing_file", missing_file(file, source), file=file)


def _bad_manifest(line: int | None, message: str) -> BundleError:
    return BundleError("bad_manifest", message, file=MANIFEST, line=line)


def missing_file(file: str, source: Source) -> str:
    twin = next((name for name in source.others if name.casefold() == file.casefold()), None)
    if twin:
        return _("The file is named otherwise: letter case counts. Rename it.")
    return _("The file is missing. Export the bundle with it.")
