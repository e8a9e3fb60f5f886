from __future__ import annotations

import datetime
import io
import re

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditlog.export import cells
from auditlog.export.workbook import Column, WorkbookStream

COLUMNS = [Column("Value", 20)]


def reopened(*values):
    """The cells of a column as a spreadsheet reads them."""
    book = WorkbookStream()
    data = b"".join([*book.table("Log", COLUMNS, [(value,) for value in values]), *book.end()])
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Log"]
    return [sheet.cell(row, 1) for row in range(2, len(values) + 2)]


def decoded(text):
    """Text as Excel reads it: ``_x0041_`` is a character by its number."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text or "")


def units(text):
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("=1+1", "=1+1"),
        ("=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1"),
        ("+1", "+1"),
        ("-1", "-1"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("\tx", "\tx"),
        ("'x", "'x"),
        ("=", "="),
        ("#N/A", "#N/A"),
        ("007", "007"),
        ("1e5", "1e5"),
        ("TRUE", "TRUE"),
        ("  spaces  ", "  spaces  "),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("NUL \x00 here", "NUL \\x00 here"),
        ("\x0b\x1f", "\\x0b\\x1f"),
        ("\ufffe\uffff", "\\ufffe\\uffff"),
        ("\udc80", "\\udc80"),
        ("<script>alert(1)</script>&amp;", "<script>alert(1)</script>&amp;"),
        ("]]>", "]]>"),
        ("\u202eright to left", "\u202eright to left"),
        ("😀", "😀"),
        (float("nan"), "nan"),
        (12345678901234567890, "12345678901234567890"),
        (True, "True"),
    ],
    ids=repr,
)
def test_everything_but_a_time_is_text_as_it_was_stored(stored, shown):
    (cell,) = reopened(stored)
    assert (cell.data_type, cell.value) == ("s", shown)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "'x"], ids=repr)
def test_text_that_looks_like_a_formula_stays_text_when_somebody_edits_it(text):
    (cell,) = reopened(text)
    assert cell.quotePrefix


def test_text_that_excel_would_decode_is_escaped_so_that_it_reads_as_it_was():
    (cell,) = reopened("_x0041_x0042_ and _x00zz_")
    assert decoded(cell.value) == "_x0041_x0042_ and _x00zz_"
    assert cell.value == "_x005F_x0041_x005F_x0042_ and _x00zz_"


def test_no_value_and_the_empty_text_leave_the_cell_empty():
    assert [cell.value for cell in reopened(None, "")] == [None, None]


@pytest.mark.parametrize("text", ["x" * 40_000, "😀" * 20_000, "x" + "😀" * 20_000, "_x0041_" * 5000, "=" * 32_768])
def test_what_is_longer_than_excel_holds_is_cut_with_a_mark(text):
    (cell,) = reopened(text)
    assert cell.value.endswith(" [cut]")
    assert 32_000 < units(cell.value) <= 32_767
    assert text.startswith(decoded(cell.value.removesuffix(" [cut]")))


@pytest.mark.parametrize("text", ["x" * 32_767, "x" + "😀" * 16_383])
def test_what_just_fits_is_whole(text):
    assert reopened(text)[0].value == text


def test_a_time_is_a_real_time():
    at = datetime.datetime(2010, 5, 13, 15, 0, 58)
    (cell,) = reopened(at)
    assert (cell.is_date, cell.value, cell.number_format) == (True, at, "mm/dd/yyyy hh:mm:ss")


SECONDS = st.datetimes(min_value=datetime.datetime(1990, 1, 1), max_value=datetime.datetime(2100, 1, 1)).map(
    lambda at: at.replace(microsecond=0)
)


@settings(max_examples=30)
@given(st.lists(SECONDS, max_size=50))
def test_any_second_survives(times):
    assert [cell.value for cell in reopened(*times)] == times


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.one_of(st.text(st.characters()), st.text("_x005F4aA=\r\n\t 😀\x00\ud800", max_size=40)), max_size=20)
)
def test_any_text_survives_and_nothing_is_a_formula(texts):
    found = reopened(*texts)
    for text, cell in zip(texts, found, strict=True):
        assert cell.data_type == ("s" if text else "n")
        assert decoded(cell.value) == expected(text)


def expected(text):
    """What a reader should see, worked out another way than the code does."""
    seen = []
    for character in text.replace("\r\n", "\n").replace("\r", "\n"):
        number = ord(character)
        if number in {9, 10} or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or number > 0xFFFF:
            seen.append(character)
        else:
            seen.append(f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")
    return "".join(seen)


def test_the_longest_is_what_excel_documents():
    assert cells.LONGEST == 32_767
