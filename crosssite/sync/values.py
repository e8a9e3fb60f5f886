"""Rows of a table, checked against what the binding says of each column."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext as _

from .checks import Check, Days, compile_check, status_check
from .findings import Findings
from .parsing import SOURCED_ID, Fault, missing, parse_moment, split_list
from .schema import Column, Kind, columns_of
from .table import Table

#: End and begin of a span.
_SPANS = (("endDate", "beginDate"), ("endDate", "startDate"))
_MODIFIED = "dateLastModified"


class Row:
    """A row that passed. ``row["column"]`` is its text, "" where blank or where the file lacks the column.

    ``deleted``: its status is tobedeleted. ``modified``: dateLastModified of a delta, None in a bulk file.
    """

    __slots__ = ("_cells", "_days", "_places", "deleted", "line", "modified")

    def __init__(
        self,
        line: int,
        cells: list[str],
        places: dict[str, int],
        days: Days,
        deleted: bool,
        modified: datetime.datetime | None,
    ) -> None:
        self.line = line
        self.deleted = deleted
        self.modified = modified
        self._cells = cells
        self._places = places
        self._days = days

    def __getitem__(self, column: str) -> str:
        place = self._places[column]
        return self._cells[place] if place >= 0 else ""

    def date(self, column: str) -> datetime.date | None:
        return self._days.get(self[column])

    def list(self, column: str) -> tuple[str, ...]:
        return split_list(self[column])


class RowReader:
    """Checks the rows of a table. ``newest``: the latest dateLastModified so far that is not in the future."""

    def __init__(
        self, table: Table, findings: Findings, *, is_delta: bool = False, now: datetime.datetime | None = None
    ) -> None:
        self.newest: datetime.datetime | None = None
        self._file = table.name
        self._findings = findings
        self._is_delta = is_delta
        self._now = now or timezone.now()
        self._line = 0
        self._days: Days = {}
        self._columns = columns_of(table.version, table.name)
        self._places = {column.name: table.columns.get(column.name, -1) for column in self._columns}
        self._secrets = self._places_of(Kind.DROPPED)
        self._ids = {column.name: self._places[column.name] for column in self._columns if column.kind is Kind.ID}
        self._status = self._places["status"]
        self._checks = self._compiled()
        self._spans = [pair for pair in _SPANS if min(self._places.get(name, -1) for name in pair) >= 0]

    def read(self, line: int, cells: list[str]) -> Row | None:
        """The row; None, and an error found, where it has to be left out. The cells are put right in place."""
        self._line = line
        self.drop_secrets(cells)
        column = ""
        try:
            for column, place, required, check in self._checks:  # noqa: B007 (told when a check refuses)
                if cells[place]:
                    cells[place] = check(cells[place])
                if required and not cells[place]:
                    raise missing()
            for column, begin in self._spans:
                self._compare(cells[self._places[begin]], cells[self._places[column]], column)
            column = _MODIFIED
            modified = self._modified(cells) if self._is_delta else None
        except Fault as fault:
            self._findings.error(fault.code, fault.message, file=self._file, line=line, column=column)
            return None
        deleted = self._status >= 0 and cells[self._status] == "tobedeleted"
        return Row(line, cells, self._places, self._days, deleted, modified)

    def drop_secrets(self, cells: list[str]) -> None:
        """Blanks what is never kept, however briefly: passwords."""
        for place in self._secrets:
            cells[place] = ""

    def ids(self, cells: Sequence[str]) -> dict[str, str]:
        """The record's sourcedId and those that it refers to, as far as they can be read, of any row at all."""
        found = {name: cells[place].strip() for name, place in self._ids.items() if 0 <= place < len(cells)}
        return {name: cell for name, cell in found.items() if SOURCED_ID.fullmatch(cell)}

    def _compiled(self) -> list[tuple[str, int, bool, Check]]:
        """Name, place, whether required, and check of each column that the file has."""
        compiled = []
        for column in self._columns:
            check = self._check_of(column)
            if check is not None and self._places[column.name] >= 0:
                required = self._is_delta if column.kind is Kind.STATUS else column.required
                compiled.append((column.name, self._places[column.name], required, check))
        return compiled

    def _check_of(self, column: Column) -> Check | None:
        doubt = partial(self._doubt, column.name)
        if column.kind is Kind.STATUS:
            return status_check(doubt, is_delta=self._is_delta)
        return compile_check(column, doubt, self._days)

    def _places_of(self, kind: Kind) -> list[int]:
        places = [self._places[column.name] for column in self._columns if column.kind is kind]
        return [place for place in places if place >= 0]

    def _modified(self, cells: list[str]) -> datetime.datetime:
        cell = cells[self._places[_MODIFIED]].strip()
        if not cell:
            raise missing()
        moment, is_written_so = parse_moment(cell)
        if not is_written_so:
            self._doubt(_MODIFIED, "bare_moment", _("The date-time lacks its time or zone; it is taken as UTC."))
        if moment > self._now:
            self._doubt(_MODIFIED, "future", _("The row was changed in the future."))
        elif self.newest is None or moment > self.newest:
            self.newest = moment
        return moment

    def _compare(self, begin: str, end: str, column: str) -> None:
        """The end is exclusive, so that a span of one day ends on the day after."""
        if begin and end and end <= begin:
            if end < begin:
                raise Fault("end_before_begin", _("The end lies before the begin."))
            self._doubt(column, "no_day", _("It ends on the day on which it begins, so it has no day in class."))

    def _doubt(self, column: str, code: str, message: str) -> None:
        self._findings.warning(code, message, file=self._file, line=self._line, column=column)
