"""One CSV file of a bundle, as a stream of records (RFC 4180, UTF-8)."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import compress
from typing import BinaryIO

from django.utils.translation import gettext as _

from .findings import BundleError, Findings
from .header import read_header
from .source import CHUNK, Source

#: Bytes of a record; a longer one is a quote that nobody closed.
LONGEST_RECORD = 1024 * 1024
#: Characters of a cell.
LONGEST_CELL = 64 * 1024

#: Records, with the numbers of the lines on which they begin.
Batch = tuple[Sequence[int], Sequence[bytes]]


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
        with closing(self._batches()) as batches:
            numbers, records = next(batches, ((1,), (b"",)))
        self.header_line = records[0]
        if not self.header_line:
            raise BundleError("empty_file", _("The file is empty. Transfer the bundle again."), file=name)
        self.columns, self._width = read_header(numbers[0], self.header_line, name, version, findings)

    def lines(self) -> Generator[tuple[int, bytes], None, None]:
        """Every record behind the header as raw bytes without its line end, with the number of its first line.

        A record with line ends inside quotes is one; blank lines are passed over.
        """
        for numbers, records in self.batches():
            yield from zip(numbers, records, strict=True)

    def batches(self) -> Generator[Batch, None, None]:
        """What ``lines`` gives, as many at once as a block holds: for the file of a million."""
        batches = self._batches()
        numbers, records = next(batches, ((), ()))
        if len(records) > 1:
            yield numbers[1:], records[1:]
        yield from batches

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
            message = _("A line ends with a carriage return alone. Save the file with line feeds.")
            raise BundleError("line_ends", message, file=self.name, line=line)
        else:
            cells = text.split(",")
        if len(cells) != self._width or "\0" in text or len(text) > LONGEST_CELL:
            fault = self._fault(line, cells)
            if fault:
                self._findings.error(*fault, file=self.name, line=line)
                return None
        return cells

    def quoted_cells(self, record: bytes) -> list[bytes]:
        """The cells of a record with quotes as bytes; the whole record as one where it cannot be read.

        Many systems quote every cell: then no other quotes are there, and a simple split is ten times as fast.
        """
        cells = record.removeprefix(b'"').removesuffix(b'"').split(b'","')
        if len(cells) == self._width and record.count(b'"') == 2 * self._width and record[:1] == record[-1:] == b'"':
            return cells
        try:
            return [cell.encode() for cell in next(csv.reader([record.decode()], strict=True))]
        except (csv.Error, UnicodeDecodeError):
            return [record]

    def loose_cells(self, record: bytes) -> list[str]:
        """What can be made of a record that ``cells`` left out, to see which ids it bears."""
        text = record.decode(errors="replace")
        try:
            return next(csv.reader([text]), [])
        except csv.Error:
            return text.split(",")

    def _batches(self) -> Generator[Batch, None, None]:
        """A million lines in half a second: what is the same for each of them is done to a whole block."""
        with self._source.open(self.name) as stream:
            for first, text in self._blocks(stream):
                lines = text.split(b"\n")
                numbers: Sequence[int] = range(first, first + len(lines))
                if b'"' in text:
                    numbers, lines = _joined(numbers, lines)
                records = [line.rstrip(b"\r") for line in lines] if b"\r" in text else lines
                if all(records):
                    yield numbers, records
                elif any(records):
                    yield list(compress(numbers, records)), list(filter(None, records))

    def _blocks(self, stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
        """Whole records, as many as a block holds, with the number of the first line.

        The last record of a file may lack its end; ``_cut_at`` is its number then.
        """
        first, rest = 1, b""
        while block := stream.read(CHUNK):
            text = rest + block
            end = _last_end(text, len(rest))
            if end >= 0:
                yield first, text[:end]
                first += text.count(b"\n", 0, end) + 1
            rest = text[end + 1 :]
            if len(rest) > LONGEST_RECORD and b"\n" not in rest:
                raise BundleError("long_line", _("A line is far too long. Export the file anew."), file=self.name)
            if len(rest) > LONGEST_RECORD:
                raise self._unclosed_quote(first)
        if rest.count(b'"') & 1:
            raise self._unclosed_quote(first)
        if rest:
            self._cut_at = first
            yield first, rest

    def _unclosed_quote(self, line: int) -> BundleError:
        message = _("A quote is opened and not closed. Export the file anew.")
        return BundleError("unclosed_quote", message, file=self.name, line=line)

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


def _last_end(text: bytes, start: int) -> int:
    """Where the last whole record of a text ends: the last line end outside quotes, none of them before ``start``."""
    end = text.rfind(b"\n", start)
    is_open = end >= 0 and text.count(b'"', 0, end) & 1
    while is_open:
        before = text.rfind(b"\n", start, end)
        is_open ^= text.count(b'"', before + 1, end) & 1
        end = before
    return end


def _joined(numbers: Sequence[int], lines: list[bytes]) -> tuple[list[int], list[bytes]]:
    """Records of lines: one that leaves a quote open goes on with the next."""
    records: list[tuple[int, list[bytes]]] = []
    is_open = 0
    for number, line in zip(numbers, lines, strict=True):
        if not is_open:
            records.append((number, []))
        records[-1][1].append(line)
        is_open ^= line.count(b'"') & 1
    return [number for number, _lines in records], [b"\n".join(joined) for _number, joined in records]
