from __future__ import annotations

import io
import tracemalloc
import zipfile

import openpyxl

from auditlog.export.workbook import CHUNK, Column, WorkbookStream

COLUMNS = [Column("Name", 30), Column("Value", 12)]


def opened(parts):
    return openpyxl.load_workbook(io.BytesIO(b"".join(parts)))


def values(sheet):
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


def test_a_table_has_a_frozen_header_a_filter_over_all_of_it_and_widths():
    stream = WorkbookStream()
    book = opened([*stream.table("Log", COLUMNS, [("a", "1"), ("b", "2")]), *stream.end()])
    sheet = book["Log"]
    assert values(sheet) == [("Name", "Value"), ("a", "1"), ("b", "2")]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B3")
    assert [sheet.column_dimensions[letter].width for letter in "AB"] == [30, 12]
    assert sheet["A1"].font.bold
    assert not sheet["A2"].font.bold


def test_what_does_not_fit_on_a_sheet_goes_on_on_the_next():
    rows = [(f"row {n}", str(n)) for n in range(10)]
    stream = WorkbookStream(row_limit=5)
    book = opened([*stream.table("Log", COLUMNS, rows), *stream.table("About", COLUMNS, []), *stream.end()])
    assert book.sheetnames == ["Log", "Log 2", "Log 3", "About"]
    assert [len(values(book[name])) for name in book.sheetnames] == [5, 5, 3, 1]
    assert [row for name in book.sheetnames[:3] for row in values(book[name])[1:]] == rows
    assert all(values(sheet)[0] == ("Name", "Value") for sheet in book)
    assert book.active.title == "Log"


def test_rows_that_just_fill_a_sheet_make_no_empty_one():
    stream = WorkbookStream(row_limit=5)
    book = opened([*stream.table("Log", COLUMNS, [("a", "1")] * 4), *stream.end()])
    assert book.sheetnames == ["Log"]


def test_a_sheet_too_large_for_a_plain_zip_entry_goes_on_on_the_next():
    stream = WorkbookStream(byte_limit=4000)
    book = opened([*stream.table("Log", COLUMNS, [("x" * 1000, "1")] * 10), *stream.end()])
    assert [len(values(sheet)) for sheet in book] == [5, 5, 3]


def test_the_file_is_a_sound_archive_without_extensions_that_excel_would_repair():
    stream = WorkbookStream()
    data = b"".join([*stream.table("Log", COLUMNS, [("a", "1")] * 1000), *stream.end()])
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    assert {"[Content_Types].xml", "xl/workbook.xml", "xl/styles.xml"} <= set(archive.namelist())
    assert all(not entry.extra and entry.extract_version <= 20 for entry in archive.infolist())


def test_it_is_handed_out_while_it_is_written():
    taken = []

    def rows():
        for n in range(20_000):
            taken.append(n)
            yield (f"{n * 7919 % 104729:x}" * 8, str(n))

    parts = WorkbookStream().table("Log", COLUMNS, rows())
    assert len(next(parts)) >= CHUNK
    assert len(taken) < 10_000


def test_memory_does_not_grow_with_the_rows():
    def peak(count):
        tracemalloc.start()
        for _part in WorkbookStream().table("Log", COLUMNS, (("some text", str(n)) for n in range(count))):
            pass
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(60_000) < peak(20_000) + 100_000
