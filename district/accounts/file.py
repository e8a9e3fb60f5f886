"""Reading an accounts file: every fault with the number of its line, never half a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from auditlog.search import fold

from .columns import ADD_GROUPS, COLUMNS, FIELDS, REMOVE_GROUPS, USERNAME, group_names

#: Bytes of a file; no district has so many accounts.
LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line; line 0 is the file as a whole."""

    line: int
    text: str

    def __str__(self) -> str:
        return _("line %(line)d: %(text)s") % vars(self) if self.line else self.text


class FileRefused(Exception):
    """A file that is not taken, and why: every fault that was found, and the lines that could be read all the same."""

    def __init__(self, faults: Sequence[Fault], read: Sequence[Wanted] = ()) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = list(faults)
        self.read = read


@dataclass
class Wanted:
    """One line of the file: what an account shall be. ``values`` holds only the fields that the line fills."""

    line: int
    username: str
    values: dict[str, Any] = field(default_factory=dict)
    add_groups: list[str] = field(default_factory=list)
    remove_groups: list[str] = field(default_factory=list)


def read_file(path: Path) -> list[Wanted]:
    """The lines of a file; FileRefused with all that is wrong with it."""
    return read_text(_decoded(_bytes_of(path)))


def read_text(text: str) -> list[Wanted]:
    faults: list[Fault] = []
    wanted = list(_lines(text, faults))
    faults += _named_twice(wanted)
    if not wanted and not faults:
        faults.append(Fault(0, _("The file names no account: below the header there is nothing.")))
    if faults:
        raise FileRefused(sorted(faults, key=lambda fault: fault.line), wanted)
    return wanted


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise FileRefused([Fault(0, _("The file is larger than 20 MB: this cannot be a list of accounts."))])
        return path.read_bytes()
    except OSError as error:
        raise FileRefused([Fault(0, f"{path}: {error.strerror}")]) from error


def _decoded(content: bytes) -> str:
    if content.startswith(b"PK"):
        raise FileRefused([Fault(0, _("This is an Excel workbook. Save it as “CSV UTF-8” and import that file."))])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileRefused([Fault(line, _("This is not UTF-8. Save the file as “CSV UTF-8”."))]) from error


def _lines(text: str, faults: list[Fault]) -> Iterator[Wanted]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = _header(next(rows, []), faults)
        if faults:
            return
        before = rows.line_num
        for cells in rows:
            line, before = before + 1, rows.line_num
            if any(cell.strip() for cell in cells):
                yield from _line(line, header, [cell.strip() for cell in cells], faults)
    except csv.Error as error:
        faults.append(Fault(rows.line_num, _("This is no CSV: %s. Is a quote not closed?") % error))


def _header(cells: Sequence[str], faults: list[Fault]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if USERNAME.name not in names:
        hint = _("Cells are separated by commas.") if len(names) == 1 and set(";\t") & set(names[0]) else ""
        what = _("The first line names the columns, and one of them is “username”.")
        faults.append(Fault(1, f"{what} {hint}".strip()))
    known = ", ".join(COLUMNS)
    for name in names:
        if name not in COLUMNS:
            text = _("There is no column “%(name)s”. Known are: %(known)s.")
            faults.append(Fault(1, text % {"name": name, "known": known}))
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.append(Fault(1, _("The column “%s” is there twice.") % name))
    return names


def _line(line: int, header: Sequence[str], cells: Sequence[str], faults: list[Fault]) -> Iterator[Wanted]:
    if len(cells) != len(header):
        counts = {"cells": len(cells), "columns": len(header)}
        faults.append(Fault(line, _("There are %(cells)d cells for %(columns)d columns.") % counts))
        return
    row = dict(zip(header, cells, strict=True))
    if "\0" in "".join(cells):
        faults.append(Fault(line, _("A cell holds a NUL character.")))
    elif not row[USERNAME.name]:
        faults.append(Fault(line, _("username: Every line names an account.")))
    else:
        yield Wanted(
            line,
            row[USERNAME.name],
            _values(line, row, faults),
            group_names(row.get(ADD_GROUPS.name, "")),
            group_names(row.get(REMOVE_GROUPS.name, "")),
        )


def _values(line: int, row: dict[str, str], faults: list[Fault]) -> dict[str, Any]:
    """The fields that the line fills: an empty cell leaves what is there."""
    values = {}
    for column in FIELDS:
        if cell := row.get(column.name):
            try:
                values[column.name] = column.read(cell)
            except ValidationError as error:
                faults.append(Fault(line, f"{column.name}: {error.message}"))
    return values


def _named_twice(wanted: Sequence[Wanted]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for one in wanted:
        earlier = first.setdefault(fold(one.username), one.line)
        if earlier != one.line:
            yield Fault(one.line, _("username: Line %d names this account already.") % earlier)
