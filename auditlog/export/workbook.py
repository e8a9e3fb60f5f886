"""An .xlsx file that is handed out while it is being written, in constant memory and without temporary files.

openpyxl makes everything around the rows: styles, workbook, relations, content types. The rows are written here,
because openpyxl's own way keeps each sheet in a temporary file until all is known, and takes five times as long.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.packaging.relationship import RelationshipList
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from . import cells

#: What one sheet of Excel holds, the header among them.
ROW_LIMIT = 1_048_576
#: A larger part would need ZIP64, which Excel greets with an offer to repair the file.
BYTE_LIMIT = 2_000_000_000
#: How much is gathered before it is handed out.
CHUNK = 64 * 1024

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True)
class Column:
    """A column: its heading and its width in characters."""

    heading: str
    width: int


class Outbox:
    """Takes what is written until it is handed out; it cannot be read back, so the zip file never looks back."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        if data:
            self._parts.append(data)
            self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def take(self) -> bytes:
        parts, self._parts, self.size = self._parts, [], 0
        return b"".join(parts)


class WorkbookStream:
    """One workbook. The bytes come out of the iterators of ``table`` and, last, of ``end``.

    ``row_limit`` and ``byte_limit`` say when a table goes on on a further sheet.
    """

    def __init__(self, *, row_limit: int = ROW_LIMIT, byte_limit: int = BYTE_LIMIT) -> None:
        self.row_limit, self.byte_limit = row_limit, byte_limit
        self._outbox = Outbox()
        self._archive = zipfile.ZipFile(self._outbox, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]
        self._book = Workbook()
        register_styles(self._book)

    def table(self, title: str, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
        """Write rows under a header; past the limit on further sheets, ``title 2`` and so on."""
        rows = iter(rows)
        number, row = 1, next(rows, None)
        while row is not None or number == 1:
            sheet = _Sheet(self._archive, self._book, title if number == 1 else f"{title} {number}", columns)
            while row is not None and sheet.rows < self.row_limit and sheet.size < self.byte_limit:
                sheet.append(row)
                row = next(rows, None)
                if self._outbox.size >= CHUNK:
                    yield self._outbox.take()
            sheet.close()
            number += 1

    def end(self) -> Iterator[bytes]:
        """Write what makes the sheets a workbook."""
        _Package(self._book, self._archive).save()
        yield self._outbox.take()


class _Sheet:
    """A sheet that is being written into the archive; ``rows`` counts the header too."""

    def __init__(self, archive: zipfile.ZipFile, book: Workbook, title: str, columns: Sequence[Column]) -> None:
        self._sheet: Worksheet = book.create_sheet(title)
        self._columns = columns
        self._part = archive.open(f"xl/worksheets/sheet{len(book.worksheets)}.xml", "w")
        self.rows = self.size = 0
        self._write(_head(columns))
        self._write_row("".join(cells.header_cell(column.heading, n) for n, column in enumerate(columns, 1)))

    def append(self, values: Sequence[object]) -> None:
        row = self.rows + 1
        self._write_row("".join([cells.cell(value, column, row) for column, value in enumerate(values, 1)]))

    def close(self) -> None:
        reference = f"A1:{get_column_letter(len(self._columns))}{self.rows}"
        # The workbook names the filtered range too: Excel wants both.
        self._sheet.auto_filter.ref = reference
        self._write(f'</sheetData><autoFilter ref="{reference}"/></worksheet>')
        self._part.close()

    def _write_row(self, content: str) -> None:
        self.rows += 1
        self._write(f'<row r="{self.rows}">{content}</row>')

    def _write(self, xml: str) -> None:
        self.size += self._part.write(xml.encode())


class _Package(ExcelWriter):
    """openpyxl's writer, for sheets whose content is in the archive already."""

    def write_worksheet(self, ws: Worksheet) -> None:
        ws._drawing, ws._rels = None, RelationshipList()  # type: ignore[attr-defined]
        self.manifest.append(ws)


def _head(columns: Sequence[Column]) -> str:
    """A sheet up to its rows: the header stays in view, the columns have their widths."""
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{column.width}" customWidth="1"/>' for n, column in enumerate(columns, 1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="{NAMESPACE}"><sheetViews>'
        '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{widths}</cols><sheetData>"
    )


def register_styles(book: Workbook) -> None:
    """Make the styles that cells name by number."""
    drawing_board = book.active
    assert isinstance(drawing_board, Worksheet)
    plain, moment, quoted, header = (drawing_board.cell(1, n) for n in range(1, 5))
    moment.number_format = "mm/dd/yyyy hh:mm:ss"
    quoted.quotePrefix = True
    header.font = Font(bold=True)
    numbers = [cell.style_id for cell in (plain, moment, quoted, header)]
    assert numbers == [cells.PLAIN, cells.MOMENT, cells.QUOTED, cells.HEADER]
    book.remove(drawing_board)
