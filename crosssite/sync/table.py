"""One CSV file of a bundle, as a stream of records (RFC 4180, UTF-8)."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain
from typing import BinaryIO

from django.utils.translation import gettext as _

from .findings import BundleError, Findings
from .header import read_header
from .source import CHUNK, Source

#: Bytes of a record; a longer one is a quote that nobody closed.
LONGEST_RECORD = 1024 * 1024
#: Characters of a cell.
LONGEST_CELL = 64 * 1024


class Table:
    """A CSV file whose header is checked when it is opened. ``columns``: where each known column stands.

    ``header_line`` is the header as it stands in the file. Raises BundleError for what makes a file unreadable.
    """

    def __init__(self, source: Source, name: str, version: str, findings: Findings) -> None:
        self.name = name
        self.version = version
        self._source = source
        self._findings = findings
        self._cut_at = 0
        with closing(self._records()) as records:
            line, self.header_line = next(records, (1, b""))
        if not self.header_line:
            raise BundleError("empty_file", _("The file is empty. Transfer the bundle again."), file=name)
        self.columns, self._width = read_header(line, self.header_line, name, version, findings)

    def lines(self) -> Generator[tuple[int, bytes], None, None]:
        """Every record behind the header as raw bytes without its line end, with the number of its first line.

        A record with line ends inside quotes is one; blank lines are passed over.
        """
        records = self._records()
        next(records, None)
        return records

    def is_header_only(self) -> bool:
        with closing(self.lines()) as lines:
            return next(lines, None) is None

    def cells(self, line: int, record: bytes) -> list[str] | None:
        """The cells of a record; None, and an error found, for a row that has to be left out.

        Raises BundleError for what is no CSV or no UTF-8.
        """
        text = self._decoded(line, record)
        if '"' in text:
            cells = self._parsed(line, text)
        elif "\r" in text:
            raise self._broken_line(line)
        else:
            cells = text.split(",")
        if len(cells) != self._width or "\0" in text or len(text) > LONGEST_CELL:
            fault = self._fault(line, cells)
            if fault:
                self._findings.error(*fault, file=self.name, line=line)
                return None
        return cells

    def loose_cells(self, record: bytes) -> list[str]:
        """What can be made of a record that ``cells`` left out, to see which ids it bears."""
        text = record.decode(errors="replace")
        try:
            return next(csv.reader([text]), [])
        except csv.Error:
            return text.split(",")

    def _records(self) -> Generator[tuple[int, bytes], None, None]:
        """The hot loop: a million lines in well under a second, so quotes are counted only where there are any."""
        with self._source.open(self.name) as stream:
            numbered = enumerate(chain.from_iterable(self._blocks(stream)), 1)
            for number, line in numbered:
                if b'"' in line and line.count(b'"') & 1:
                    line = self._closed(number, line, numbered)
                line = line.rstrip(b"\r")
                if line:
                    yield number, line

    def _blocks(self, stream: BinaryIO) -> Iterator[list[bytes]]:
        """Lines by the block. The last one of a file may lack its end; ``_cut_at`` is its number then."""
        count, rest = 0, b""
        while block := stream.read(CHUNK):
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            count += len(lines)
            yield lines
            if len(rest) > LONGEST_RECORD:
                raise BundleError("long_line", _("A line is far too long. Export the file anew."), file=self.name)
        if rest:
            self._cut_at = count + 1
            yield [rest]

    def _closed(self, begun: int, line: bytes, following: Iterator[tuple[int, bytes]]) -> bytes:
        """The record of a line that leaves a quote open."""
        lines, size = [line], len(line)
        for number, more in following:
            lines.append(more)
            size += len(more)
            if more.count(b'"') & 1:
                self._cut_at = begun if self._cut_at == number else self._cut_at
                return b"\n".join(lines)
            if size > LONGEST_RECORD:
                break
        message = _("A quote is opened and not closed. Export the file anew.")
        raise BundleError("unclosed_quote", message, file=self.name, line=begun)

    def _decoded(self, line: int, record: bytes) -> str:
        try:
            return record.decode()
        except UnicodeDecodeError as fault:
            message = _("The line is not UTF-8 from its byte %d on. Save the file as CSV, UTF-8.") % (fault.start + 1)
            raise BundleError("not_utf8", message, file=self.name, line=line) from fault

    def _parsed(self, line: int, text: str) -> list[str]:
        try:
            return next(csv.reader([text], strict=True))
        except csv.Error as fault:
            if "field limit" in str(fault):
                return [text]
            message = _("The quotes of the row do not fit together. Export the file anew.")
            raise BundleError("quotes", message, file=self.name, line=line) from fault

    def _fault(self, line: int, cells: list[str]) -> tuple[str, str] | None:
        """Why a row is out, as code and message; None where its cells are merely many."""
        if any(len(cell) > LONGEST_CELL for cell in cells):
            return "long_cell", _("A cell is far too long.")
        if len(cells) < self._width and line == self._cut_at:
            message = _("The file ends within a row: its transfer was cut. Transfer the bundle again.")
            raise BundleError("cut", message, file=self.name, line=line)
        if len(cells) != self._width:
            numbers = {"found": len(cells), "expected": self._width}
            return "cells", _("The row has %(found)d cells instead of %(expected)d.") % numbers
        if any("\0" in cell for cell in cells):
            return "nul", _("A cell holds a NUL character.")
        return None

    def _broken_line(self, line: int) -> BundleError:
        message = _("A line ends with a carriage return alone. Save the file with line feeds.")
        return BundleError("line_ends", message, file=self.name, line=line)
