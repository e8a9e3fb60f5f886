"""The first line of a CSV file: which column is where, and what is wrong with it."""

from __future__ import annotations

import csv
from collections import Counter

from django.utils.translation import gettext as _

from .findings import BundleError, Findings
from .schema import GONE_IN_1_2_1, Column, columns_of

MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ZIP = b"PK\x03\x04"
#: What other programs put between cells.
_DELIMITERS = ";\t|"
#: Extension columns are passed over (OneRoster CSV bindings, metadata).
_EXTENSION = "metadata."
#: As much of a name that is not ours as a message shows.
_SHOWN = 40


def read_header(line: int, raw: bytes, file: str, version: str, findings: Findings) -> tuple[dict[str, int], int]:
    """Where each known column stands, and how many cells a row has. Raises BundleError, warns of the rest."""
    if raw.startswith(MARK):
        findings.warning("byte_order_mark", _("The file begins with a byte order mark."), file=file, line=line)
    header = _Header(line, _cells(line, raw, file), file, columns_of(version, file), findings)
    return header.checked(), header.width


def _cells(line: int, raw: bytes, file: str) -> list[str]:
    if raw.startswith(_ZIP):
        raise BundleError("not_csv", _("This is a workbook or zip. Save it as CSV, UTF-8."), file=file)
    if raw.startswith(_UTF_16) or b"\0" in raw:
        raise BundleError("not_utf8", _("The file is not UTF-8 but UTF-16. Save it as CSV, UTF-8."), file=file)
    if b"\r" in raw:
        message = _("The lines end with a carriage return alone. Save the file with line feeds.")
        raise BundleError("line_ends", message, file=file, line=line)
    try:
        return next(csv.reader([raw.removeprefix(MARK).decode()], strict=True))
    except UnicodeDecodeError as fault:
        raise BundleError("not_utf8", _("The file is not UTF-8. Save it as CSV, UTF-8."), file=file) from fault
    except csv.Error as fault:
        message = _("The quotes of the header do not fit together. Export the file anew.")
        raise BundleError("quotes", message, file=file, line=line) from fault


class _Header:
    """One header under examination."""

    def __init__(self, line: int, cells: list[str], file: str, columns: tuple[Column, ...], findings: Findings) -> None:
        self.width = len(cells)
        self._line = line
        self._cells = cells
        self._file = file
        self._columns = columns
        self._findings = findings

    def checked(self) -> dict[str, int]:
        canonical = {column.name.casefold(): column.name for column in self._columns}
        spelled = [canonical.get(cell.strip().casefold(), cell) for cell in self._cells]
        names = set(canonical.values())
        if not names & set(spelled):
            raise self._headless()
        self._refuse_doubled(spelled)
        found = {name: place for place, name in enumerate(spelled) if name in names}
        self._refuse_missing(found)
        self._warn(found, spelled)
        return found

    def _headless(self) -> BundleError:
        if len(self._cells) == 1 and any(mark in self._cells[0] for mark in _DELIMITERS):
            message = _("The cells are not separated by commas. Export the file with commas.")
            return BundleError("delimiter", message, file=self._file, line=self._line)
        message = _("The first line does not name the columns. Export the file with its header.")
        return BundleError("no_header", message, file=self._file, line=self._line)

    def _refuse_doubled(self, names: list[str]) -> None:
        for name, times in Counter(names).items():
            if times > 1 and name:
                message = _("The column is there twice. Leave one of them out.")
                raise BundleError("duplicate_column", message, file=self._file, line=self._line, column=name[:_SHOWN])

    def _refuse_missing(self, found: dict[str, int]) -> None:
        for column in self._columns:
            if column.required and column.name not in found:
                message = _("The required column is missing. Export the file with it.")
                raise BundleError("missing_column", message, file=self._file, line=self._line, column=column.name)

    def _warn(self, found: dict[str, int], spelled: list[str]) -> None:
        for name, place in found.items():
            if self._cells[place] != name:
                self._warning("column_case", _("The column’s name is written differently."), name)
        for name in spelled:
            if name not in found and not name.casefold().startswith(_EXTENSION):
                self._warning("unknown_column", _("The column is not known and passed over."), name[:_SHOWN])
        for column in self._columns:
            if column.name not in found and column.name != GONE_IN_1_2_1:
                self._warning("missing_column", _("The optional column is missing."), column.name)
        expected = [column.name for column in self._columns if column.name in found]
        if expected != list(found):
            self._warning("column_order", _("The columns stand in another order."), "")

    def _warning(self, code: str, message: str, column: str) -> None:
        self._findings.warning(code, message, file=self._file, line=self._line, column=column)
