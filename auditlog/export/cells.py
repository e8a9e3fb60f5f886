"""One cell of a sheet as XML: date-times as such, all else as text that no spreadsheet takes for anything else."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

#: What Excel holds in one cell, in UTF-16 units.
LONGEST = 32_767
CUT = " [cut]"

#: Cells with these beginnings keep being text when somebody edits them (quotePrefix); values are not altered.
RISKY = tuple("=+-@'\t\n")

# Styles by their number, in the order in which ``workbook.register_styles`` makes them.
PLAIN, MOMENT, QUOTED, HEADER = range(4)

_UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?")
#: What Excel would read as one character by its number.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_HALF_ESCAPE = re.compile("_x?0?0?5?F?$")


def cell(value: object, column: int, row: int) -> str:
    """A cell with a value; nothing for no value and for the empty text, which Excel cannot tell apart.

    Date-times are without a zone, in the time to be shown. Everything else becomes text as it is.
    """
    if value is None or value == "":
        return ""
    where = f'<c r="{_letter(column)}{row}"'
    if isinstance(value, datetime.datetime):
        return f'{where} s="{MOMENT}"><v>{to_excel(value)!r}</v></c>'  # type: ignore[no-untyped-call]
    style, text = PLAIN, holdable(str(value))
    if text.startswith(RISKY):
        style = QUOTED
    return _text_cell(where, style, text)


def header_cell(text: str, column: int) -> str:
    """A column's heading."""
    return _text_cell(f'<c r="{_letter(column)}1"', HEADER, holdable(text))


def holdable(text: str) -> str:
    """Text as Excel can hold it.

    What XML cannot carry becomes a visible escape, carriage returns become line feeds, text that Excel would
    decode is escaped (``_x0041_``), and what is too long is cut with a mark.
    """
    if _UNHOLDABLE.search(text):
        text = _UNHOLDABLE.sub(_visible, text)
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    # Escapes count as they are written: some readers do not decode them.
    return text if len(text) * 2 <= LONGEST else _cut(text)


@lru_cache(maxsize=128)
def _letter(column: int) -> str:
    return get_column_letter(column)


def _text_cell(where: str, style: int, text: str) -> str:
    if "&" in text or "<" in text or ">" in text:
        text = escape(text)
    keep = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f'{where} s="{style}" t="inlineStr"><is><t{keep}>{text}</t></is></c>'


def _visible(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def _cut(text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= LONGEST * 2:
        return text
    # Neither half a character nor half an escape stays at the end.
    kept = units[: (LONGEST - len(CUT)) * 2].decode("utf-16-le", "ignore")
    return _HALF_ESCAPE.sub("", kept) + CUT
