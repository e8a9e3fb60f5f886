"""The kinds of file an export can be: a workbook for people, CSV and JSON lines for machines."""

from __future__ import annotations

import csv
import datetime
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .workbook import Column

if TYPE_CHECKING:
    from .export import Export

#: Rows that leave together.
TOGETHER = 500

#: Cells that a spreadsheet would take for a formula; plain numbers and offsets such as -0600 are none.
FORMULA = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?[0-9]+(?:[.:][0-9]+)*")


@dataclass(frozen=True)
class Format:
    """``ending`` of the file's name, what the browser is told, and how the bytes are made of an export.

    ``full``: with the further columns of its table.
    """

    ending: str
    content_type: str
    body: Callable[[Export], Iterator[bytes]]
    full: bool = False


def workbook_body(export: Export) -> Iterator[bytes]:
    return export.workbook()


def csv_body(export: Export) -> Iterator[bytes]:
    """RFC 4180, UTF-8, with a header. A cell that a spreadsheet would calculate begins with an apostrophe."""
    return _in_bunches(_csv_lines(export.columns, export.counted_rows()))


def json_body(export: Export) -> Iterator[bytes]:
    """One JSON object a line, by the columns’ names; texts as stored, no value is null."""
    return _in_bunches(_json_lines(export.columns, export.counted_rows()))


#: By the value of the parameter ``format``.
FORMATS = {
    "xlsx": Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook_body),
    "csv": Format("csv", "text/csv; charset=utf-8; header=present", csv_body, full=True),
    "jsonl": Format("jsonl", "application/jsonl; charset=utf-8", json_body, full=True),
}


class _Line:
    """What csv writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer: Any = csv.writer(_Line())
    yield writer.writerow([column.heading for column in columns])
    for row in rows:
        yield writer.writerow([_csv_cell(value) for value in row])


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    text = _holdable(str(value))
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def _json_lines(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    titles = [column.heading for column in columns]
    for row in rows:
        yield json.dumps(dict(zip(titles, map(_json_value, row), strict=True)), ensure_ascii=False) + "\n"


def _json_value(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value if value is None else _holdable(str(value))


def _holdable(text: str) -> str:
    """Text that UTF-8 can hold: half a character becomes a visible escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _in_bunches(lines: Iterator[str]) -> Iterator[bytes]:
    bunch: list[str] = []
    for line in lines:
        bunch.append(line)
        if len(bunch) == TOGETHER:
            yield "".join(bunch).encode()
            bunch.clear()
    if bunch:
        yield "".join(bunch).encode()
