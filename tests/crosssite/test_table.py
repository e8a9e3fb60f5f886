"""One CSV file: what its header may look like, and which bytes are which record."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosssite.sync.findings import BundleError, Findings
from crosssite.sync.table import LONGEST_CELL, LONGEST_RECORD, Table

HEADER = b"sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId"
ROW = b"north,,,North High,school,,lakeside"


class Memory:
    """A source of one file, which gives a few bytes at a time where told so."""

    def __init__(self, content: bytes, most: int = 1 << 20) -> None:
        self.content, self.most, self.taken = content, most, 0

    @contextmanager
    def open(self, file):
        stream = io.BytesIO(self.content)
        stream.read = lambda size, read=stream.read: read(min(size, self.most))
        try:
            yield stream
        finally:
            self.taken = stream.tell()


def table_of(content: bytes, *, file: str = "orgs.csv", version: str = "1.1", most: int = 1 << 20):
    findings = Findings()
    return Table(Memory(content, most), file, version, findings), findings


def rows_of(table: Table) -> list[list[str] | None]:
    return [table.cells(line, record) for line, record in table.lines()]


def codes(findings: Findings, severity: str) -> list[str]:
    return [finding["code"] for finding in findings.listed() if finding["severity"] == severity]


def refusal(content: bytes, **options) -> BundleError:
    with pytest.raises(BundleError) as caught:
        rows_of(table_of(content, **options)[0])
    assert caught.value.file == options.get("file", "orgs.csv")
    return caught.value


def test_a_plain_file_is_its_rows():
    table, findings = table_of(HEADER + b"\n" + ROW + b"\n")
    assert table.header_line == HEADER
    assert table.columns["parentSourcedId"] == 6
    assert list(table.lines()) == [(2, ROW)]
    assert rows_of(table) == [["north", "", "", "North High", "school", "", "lakeside"]]
    assert findings.listed() == []


# The header


@pytest.mark.parametrize(
    ("header", "warning", "column"),
    [
        (b"\xef\xbb\xbf" + HEADER, "byte_order_mark", ""),
        (HEADER.replace(b"sourcedId", b"SOURCEDID", 1), "column_case", "sourcedId"),
        (HEADER.replace(b"status", b" status "), "column_case", "status"),
        (HEADER.replace(b"name,type", b"type,name"), "column_order", ""),
        (HEADER.replace(b",identifier", b""), "missing_column", "identifier"),
        (HEADER.replace(b",status,dateLastModified", b""), "missing_column", "status"),
        (HEADER + b",shoe size", "unknown_column", "shoe size"),
        (HEADER + b",", "unknown_column", ""),
    ],
)
def test_a_header_that_is_merely_odd_is_taken_with_a_warning(header, warning, column):
    table, findings = table_of(header + b"\n")
    assert warning in codes(findings, "warning")
    assert column in [finding["column"] for finding in findings.listed()]
    assert findings.counts["error"] == 0
    assert table.is_header_only()


def test_columns_in_another_order_are_read_by_their_names():
    table, _ = table_of(
        b"type,sourcedId,name,status,dateLastModified,identifier,parentSourcedId\nschool,north,North,,,,\n"
    )
    [cells] = rows_of(table)
    assert [cells[table.columns[name]] for name in ("sourcedId", "name", "type")] == ["north", "North", "school"]


def test_extension_columns_are_passed_over_silently():
    table, findings = table_of(HEADER + b",metadata.bus,Metadata.house\n" + ROW + b",4,red\n")
    assert findings.listed() == []
    assert "metadata.bus" not in table.columns
    assert rows_of(table)[0][:4] == ["north", "", "", "North High"]


def test_the_column_that_went_in_1_2_1_is_missed_by_nobody():
    header = (
        b"sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,"
        b"email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,"
        b"preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns\n"
    )
    assert table_of(header, file="users.csv", version="1.2")[1].listed() == []
    between = header.replace(b"userMasterIdentifier,", b"userMasterIdentifier,resourceSourcedIds,")
    assert table_of(between, file="users.csv", version="1.2.1")[1].listed() == []


@pytest.mark.parametrize(
    ("content", "code", "column"),
    [
        (b"", "empty_file", ""),
        (b"\n\r\n\n", "empty_file", ""),
        (b"\xef\xbb\xbf", "no_header", ""),
        (ROW + b"\n" + ROW, "no_header", ""),
        (HEADER.replace(b",", b";") + b"\n", "delimiter", ""),
        (HEADER.replace(b",", b"\t") + b"\n", "delimiter", ""),
        (HEADER.replace(b",", b"|") + b"\n", "delimiter", ""),
        (HEADER.replace(b",type", b"") + b"\n", "missing_column", "type"),
        (HEADER + b",name\n", "duplicate_column", "name"),
        (HEADER + b",NAME\n", "duplicate_column", "name"),
        (HEADER + b",metadata.x,metadata.x\n", "duplicate_column", "metadata.x"),
        (HEADER + b"\r" + ROW + b"\r", "line_ends", ""),
        (b"PK\x03\x04\x14\x00\x06\x00" + bytes(50), "not_csv", ""),
        (HEADER.decode().encode("utf-16"), "not_utf8", ""),
        (HEADER.decode().encode("utf-16-le"), "not_utf8", ""),
        (HEADER.decode().encode("utf-16-be"), "not_utf8", ""),
        (HEADER.replace(b"name", b"n\xe9me") + b"\n", "not_utf8", ""),
        (HEADER.replace(b"name", b'"na"me') + b"\n", "quotes", ""),
        (HEADER.replace(b"name", b'"name'), "unclosed_quote", ""),
    ],
)
def test_a_file_whose_header_cannot_be_read_is_refused(content, code, column):
    fault = refusal(content)
    assert (fault.code, fault.column) == (code, column)


def test_a_refused_file_without_header_never_repeats_its_first_row():
    assert "North High" not in str(refusal(ROW + b"\n"))


# Rows


def test_line_ends_may_be_mixed_and_blank_lines_are_passed_over():
    table, findings = table_of(HEADER + b"\r\n\r\n" + ROW + b"\r\n\n" + ROW + b"\n\n\r\n")
    assert list(table.lines()) == [(3, ROW), (5, ROW)]
    assert rows_of(table) == [ROW.decode().split(",")] * 2
    assert findings.counts["error"] == 0


def test_a_last_line_without_its_end_is_a_row_like_any_other():
    table, _ = table_of(HEADER + b"\n" + ROW)
    assert list(table.lines()) == [(2, ROW)]
    assert rows_of(table) == [ROW.decode().split(",")]


def test_line_ends_inside_quotes_belong_to_the_cell():
    record = b'north,,,"North\r\n\nHigh, old",school,,'
    table, _ = table_of(HEADER + b"\n" + record + b"\r\n" + ROW + b"\n")
    assert list(table.lines()) == [(2, record), (5, ROW)]
    assert rows_of(table)[0][3] == "North\r\n\nHigh, old"


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (ROW.replace(b"North", b'"North'), "unclosed_quote"),
        (ROW.replace(b"North High", b'"North" High'), "quotes"),
        (ROW.replace(b"North", b'No"rth'), "unclosed_quote"),
        (ROW.replace(b" High", b"\rHigh"), "line_ends"),
        (ROW.replace(b"North High", b'"North"\rHigh'), "quotes"),
        (ROW.replace(b"North", b"N\xf6rth"), "not_utf8"),
        (ROW.replace(b"North", b"N\xed\xa0\x80rth"), "not_utf8"),
        (ROW.replace(b"North", b'"N\xf6rth"'), "not_utf8"),
    ],
)
def test_a_row_that_is_no_csv_or_no_utf_8_refuses_the_file_with_its_line(record, code):
    fault = refusal(HEADER + b"\n" + ROW + b"\n" + record + b"\n" + ROW + b"\n")
    assert (fault.code, fault.line) == (code, 3)


def test_a_quote_that_closes_rows_later_swallows_none_of_them():
    fault = refusal(HEADER + b"\n" + ROW.replace(b"North", b'No"rth') + b"\n" + ROW + b"\n" + ROW + b'"\n')
    assert (fault.code, fault.line) == ("quotes", 2)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (ROW.rpartition(b",")[0], "cells"),
        (ROW + b",", "cells"),
        (ROW.replace(b"North", b"No\0rth"), "nul"),
        (ROW.replace(b"North High", b'"No\0rth"'), "nul"),
        (ROW.replace(b"North", b"N" * (LONGEST_CELL + 1)), "long_cell"),
        (ROW.replace(b"North High", b'"' + b"N" * 200_000 + b'"'), "long_cell"),
    ],
)
def test_a_row_that_cannot_be_taken_is_left_out_with_an_error_and_the_others_stay(record, code):
    table, findings = table_of(HEADER + b"\n" + ROW + b"\n" + record + b"\n" + ROW + b"\n")
    good = ROW.decode().split(",")
    assert rows_of(table) == [good, None, good]
    assert findings.counts["error"] == 1
    assert [(found["code"], found["file"], found["line"]) for found in findings.listed()] == [(code, "orgs.csv", 3)]


def test_many_cells_of_fair_length_are_fine():
    header = HEADER + b"".join(b",metadata.%d" % number for number in range(40))
    table, findings = table_of(header + b"\n" + ROW + b",".join([b""] + [b"x" * 2000] * 40) + b"\n")
    assert rows_of(table)[0][3] == "North High"
    assert findings.listed() == []


def test_the_ids_of_a_row_with_too_few_cells_can_still_be_read():
    table, _ = table_of(HEADER + b"\n")
    assert table.loose_cells(b'"north",,') == ["north", "", ""]
    assert table.loose_cells(b'north,"N\xf6rth') == ["north", "N\ufffdrth"]
    assert table.loose_cells(b"north," + b"x" * 200_000)[0] == "north"


def test_a_file_cut_off_within_its_last_row_is_refused():
    content = HEADER + b"\n" + ROW + b"\n" + ROW
    for kept in range(content.rindex(b"\n") + 2, content.rindex(b",") + 1):
        assert refusal(content[:kept]).code == "cut"
    assert refusal(HEADER + b"\n" + b'north,"a\nb"').code == "cut"


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_line_without_end_does_not_fill_the_memory(quote):
    fault = refusal(HEADER + b"\n" + ROW + b"\n" + quote + b"x" * (3 * LONGEST_RECORD))
    assert fault.code == "long_line"
    fault = refusal(HEADER + b'\n"' + b"x\n" * LONGEST_RECORD)
    assert (fault.code, fault.line) == ("unclosed_quote", 2)


def test_an_unclosed_quote_is_told_long_before_the_end_of_a_large_file():
    source = Memory(HEADER + b'\n"' + (b"x" * 99 + b"\n") * 100_000)
    table = Table(source, "orgs.csv", "1.1", Findings())
    with pytest.raises(BundleError, match="not closed"):
        list(table.lines())
    assert source.taken < 2 * LONGEST_RECORD


def test_a_quote_that_is_closed_far_too_late_ends_no_file_before_its_last_row():
    record = b'"' + b"x\n" * (LONGEST_RECORD // 2 - 2_500) + b'",' + b"y" * 20_000
    fault = refusal(HEADER + b"\n" + record + b"\n" + ROW + b"\n", most=10_000)
    assert (fault.code, fault.line) == ("unclosed_quote", 2)


# Whatever the cells are

CELL = st.text(
    st.sampled_from('ab,"\n\r é😀\x0b\u2028;') | st.characters(exclude_categories=["Cs"], exclude_characters="\0")
)
ROWS = st.lists(st.lists(CELL, min_size=7, max_size=7), max_size=6)


def written(rows: list[list[str]], newline: str, quoting: int) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=newline, quoting=quoting).writerows(rows)
    return text.getvalue().encode()


#: Ends of lines and what is quoted; a writer that ends lines with \n alone leaves \r without quotes.
DIALECTS = st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)])


@given(rows=ROWS, dialect=DIALECTS, most=st.sampled_from([1, 3, 1000]))
def test_whatever_was_written_is_read(rows, dialect, most):
    newline, quoting = dialect
    content = written(rows, newline, quoting)
    table, findings = table_of(HEADER + newline.encode() + content, most=most)
    assert rows_of(table) == rows
    assert findings.counts["error"] == 0


@given(rows=ROWS)
def test_each_record_begins_at_its_line_and_all_of_them_make_the_file(rows):
    content = written(rows, "\n", csv.QUOTE_ALL)
    table, _ = table_of(HEADER + b"\n" + content, most=7)
    found = list(table.lines())
    assert b"".join(record + b"\n" for _, record in found) == content
    begins = [2 + content[: content.index(record)].count(b"\n") for _, record in found if content.count(record) == 1]
    assert begins == [line for line, record in found if content.count(record) == 1]


@given(rows=ROWS, quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]))
def test_cells_with_quotes_are_the_same_as_bytes_however_much_is_quoted(rows, quoting):
    table, _ = table_of(HEADER + b"\r\n" + written(rows, "\r\n", quoting))
    records = [record for _line, record in table.lines()]
    assert [[cell.decode() for cell in table.quoted_cells(record)] for record in records] == rows


@pytest.mark.parametrize(
    "record",
    [
        b'"a""b",c,d,e,f,g,h',
        b'"a"",""b","",c,d,e,f,"g"',
        b'a,"","","","","",","',
        b'"","","","","","",""',
        b'","","","","","",",",",""',
        b'"a","b"',
    ],
)
def test_quotes_that_look_like_the_ends_of_cells_are_told_from_them(record):
    table, _ = table_of(HEADER + b"\n")
    assert table.quoted_cells(record) == [cell.encode() for cell in next(csv.reader([record.decode()], strict=True))]


@pytest.mark.parametrize("record", [b'"a,b', b'"a"b,c', b'"\xff","b"'])
def test_a_record_whose_quotes_do_not_fit_together_is_one_cell(record):
    table, _ = table_of(HEADER + b"\n")
    assert table.quoted_cells(record) == [record]


@given(rows=ROWS, cut=st.integers(1, 40))
def test_batches_hold_whole_records_wherever_a_block_of_the_file_ends(rows, cut):
    content = written(rows, "\n", csv.QUOTE_ALL)
    table, _ = table_of(HEADER + b"\n" + content, most=cut)
    batches = list(table.batches())
    assert [len(numbers) for numbers, _ in batches] == [len(records) for _, records in batches]
    assert all(records for _, records in batches)
    assert b"".join(record + b"\n" for _, records in batches for record in records) == content


@given(content=st.binary(max_size=300) | st.text('",\r\n\0ab').map(str.encode))
def test_no_bytes_at_all_raise_anything_but_a_bundle_error(content):
    try:
        table, _ = table_of(HEADER + b"\n" + content)
        for line, record in table.lines():
            cells = table.cells(line, record)
            assert cells is None or len(cells) == 7
            table.loose_cells(record)
    except BundleError:
        pass
