from __future__ import annotations

import gc
import io
import re
import tracemalloc
import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from auditlog.context import acting_as
from auditlog.export import export
from auditlog.models import AccessLogEntry, AuditLogEntry, AuditLogEntryDescription, AuditLogEntryDetail
from district.models import Preference, UserAccount, UserGroup

URL = "/audit-log/export/"
HEADINGS = (
    "Timestamp",
    "UTC Offset",
    "Table",
    "Action",
    "Affected Object",
    "Changed By",
    "Description",
    "Property Name",
    "Existing Value",
    "New Value",
    "Entry",
    "Change Set",
    "Channel",
    "Address",
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(auditor):
    client = Client()
    client.force_login(auditor)
    return client


def book_of(response):
    assert response.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(response.getvalue()))


def table(book, *names):
    """The rows of the sheets of a log as dictionaries."""
    rows = []
    for name in names or ("Audit Log",):
        found = book[name].iter_rows(values_only=True)
        assert next(found) == HEADINGS
        rows += [dict(zip(HEADINGS, row, strict=True)) for row in found]
    return rows


def about(book):
    lines = {}
    for item, value in list(book["About"].iter_rows(values_only=True))[1:]:
        lines.setdefault(item, []).append(value)
    return lines


def entry(at=None, *, action="change", details=(("value", "old", "new"),), **fields):
    """An entry as it stands in the log, with one description line."""
    made = AuditLogEntry.objects.create(
        **{
            "timestamp": at or timezone.now(),
            "table": "Preference",
            "action": action,
            "affected_object": "SearchFieldOrder",
            "changed_by": "admin",
            "object_id": 1,
            "change_set": uuid.uuid4(),
            "channel": "web",
            **fields,
        }
    )
    AuditLogEntryDescription.objects.create(entry=made, position=0, name="Preference name", value=made.affected_object)
    for position, (name, existing, new) in enumerate(details):
        AuditLogEntryDetail.objects.create(
            entry=made, position=position, property_name=name, existing_value=existing, new_value=new
        )
    return made


def expected_rows():
    """The whole log, worked out from the tables one entry at a time, newest first."""
    rows = []
    zone = ZoneInfo("America/Chicago")
    for one in AuditLogEntry.objects.order_by("-timestamp", "-id"):
        at = one.timestamp.astimezone(zone)
        details = list(one.details.order_by("position")) or [None]
        for detail in details:
            name = old = new = None
            if detail is not None:
                name, old, new = detail.property_name, detail.existing_value, detail.new_value
                if detail.masked:
                    old = None if one.action == "add" else "not shown"
                    new = None if one.action == "delete" else "not shown"
            described = "; ".join(f"{line.name}: {line.value}" for line in one.descriptions.order_by("position"))
            rows.append(
                {
                    "Timestamp": at.replace(tzinfo=None, microsecond=0),
                    "UTC Offset": at.strftime("%z"),
                    "Table": one.table,
                    "Action": one.action,
                    "Affected Object": one.affected_object,
                    "Changed By": one.changed_by,
                    "Description": described,
                    "Property Name": name,
                    "Existing Value": old or None,
                    "New Value": new or None,
                    "Entry": str(one.pk),
                    "Change Set": str(one.change_set),
                    "Channel": one.channel,
                    "Address": one.address or None,
                }
            )
    return rows


def test_every_row_is_what_the_log_says(client):
    with acting_as("admin", channel="web", address="10.1.2.3"):
        account = UserAccount.objects.create_user("ttestperson", "chalk-and-slate-2")
        group = UserGroup.objects.create(name="Title One")
        group.name = "Title One/LEP"
        group.save()
        account.set_password("another-chalk-3")
        account.save()
        account.delete()
    rows = table(book_of(client.get(URL)))
    assert rows == expected_rows()
    of_password = [row for row in rows if row["Property Name"] == "password" and row["Entry"]]
    assert {(row["Action"], row["Existing Value"], row["New Value"]) for row in of_password} == {
        ("add", None, "not shown"),
        ("change", "not shown", "not shown"),
        ("delete", "not shown", None),
    }
    described = {row["Description"] for row in rows if row["Table"] == "UserToolRights"}
    assert described == {"User name: auditor; Tool name: User Management > Reports > Audit Log; Right: Read"}


def test_an_entry_without_values_has_one_row(client):
    made = entry(action="delete", details=())
    (row,) = [row for row in table(book_of(client.get(URL))) if row["Entry"] == str(made.pk)]
    assert (row["Property Name"], row["Existing Value"], row["New Value"]) == (None, None, None)


def test_all_that_matches_is_exported_and_only_that(client):
    start = datetime(2026, 3, 1, 18, tzinfo=UTC)
    for n in range(620):
        entry(start + timedelta(minutes=n), affected_object=f"object {n}")
    response = client.get(URL, {"table": "Preference", "start_date": "2026-03-01", "end_date": "2026-03-31"})
    rows = table(book_of(response))
    assert [row["Affected Object"] for row in rows] == [f"object {n}" for n in reversed(range(620))]


def test_past_the_row_limit_the_log_goes_on_on_further_sheets(client, monkeypatch):
    monkeypatch.setattr(export.Export, "row_limit", 11)
    for n in range(25):
        entry(affected_object=f"object {n}")
    book = book_of(client.get(URL, {"table": "Preference"}))
    assert book.sheetnames == ["Audit Log", "Audit Log 2", "Audit Log 3", "About"]
    assert len(table(book, *book.sheetnames[:3])) == 25
    assert about(book)["Number of rows"] == ["25"]


def test_times_are_district_times_with_their_offset_also_when_the_clocks_change(client):
    for at in (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), datetime(2026, 11, 1, 7, 30, tzinfo=UTC)):
        entry(at)
    rows = table(book_of(client.get(URL, {"table": "Preference"})))
    assert [(row["Timestamp"], row["UTC Offset"]) for row in rows] == [
        (datetime(2026, 11, 1, 1, 30), "-0600"),
        (datetime(2026, 11, 1, 1, 30), "-0500"),
    ]


def test_another_time_zone_gives_other_times_and_says_so(client, settings):
    settings.TIME_ZONE = "Pacific/Kiritimati"
    entry(datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
    book = book_of(client.get(URL, {"table": "Preference"}))
    assert [(row["Timestamp"], row["UTC Offset"]) for row in table(book)] == [(datetime(2026, 11, 1, 20, 30), "+1400")]
    assert about(book)["Time zone"] == ["Pacific/Kiritimati"]


HOSTILE = {
    "markup": "<script>alert(1)</script>",
    "link formula": '=HYPERLINK("http://evil.example","x")',
    "formula": "=1+1",
    "plus": "+1",
    "at": "@x",
    "control characters": "\x01\x0b",
    "right to left": "\u202egnp.exe",
    "long": "x" * 40_000,
    "long emoji": "😀" * 17_000,
    "looks escaped": "_x0041_",
    "template": '{{ 7 }} "><img onerror=x>',
}
SHOWN = {
    **HOSTILE,
    "control characters": "\\x01\\x0b",
    "long": "x" * 32_761 + " [cut]",
    "long emoji": "😀" * 16_380 + " [cut]",
    "looks escaped": "_x005F_x0041_",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_in_every_field_is_text(client, kind):
    text = HOSTILE[kind]
    entry(affected_object=text, changed_by=text[:255], details=((text[:60], text, text),))
    sheet = book_of(client.get(URL, {"table": "Preference"}))["Audit Log"]
    first, *others = sheet[2]
    assert first.is_date
    assert {cell.data_type for cell in others if cell.value is not None} == {"s"}
    whole = all(sheet[f"{column}2"].value == SHOWN[kind] for column in "EIJ")
    assert whole, f"{kind}: {sheet['E2'].value[:100]}"


def test_the_last_sheet_says_what_the_file_is(client):
    entry(datetime(2026, 3, 1, 18, tzinfo=UTC), affected_object="Behavior", details=(("a", "1", "2"), ("b", "1", "2")))
    AuditLogEntry.objects.get(affected_object="Behavior").names.create(
        folded="behavior", timestamp=datetime(2026, 3, 1, 18, tzinfo=UTC)
    )
    criteria = {"table": ["Preference", "UserGroup"], "affected_object": "behav", "start_date": "2026-03-01"}
    lines = about(book_of(client.get(URL, criteria)))
    assert lines["Log"] == ["Audit Log"]
    assert lines["Criteria"] == [
        "Start Date: 03/01/2026",
        "Table: Preference, UserGroup",
        "Affected Object: behav",
    ]
    assert (lines["Time zone"], lines["Exported by"]) == (["America/Chicago"], ["auditor (Otto Auditor)"])
    assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d [+-]\d{4}", lines["Exported at"][0])
    assert (lines["Number of entries"], lines["Number of rows"]) == (["1"], ["2"])
    assert lines["Periods not recorded"] == ["none in this range"]


def test_a_file_names_the_days_of_a_period_that_moves_along_and_the_account_that_was_asked_for(client):
    entry(changed_by="vholloway", changed_by_id=6)
    period, account = about(book_of(client.get(URL, {"range": "30_days", "by": 6})))["Criteria"]
    assert re.fullmatch(r"Period: Last 30 days \(\d\d/\d\d/\d{4} to \d\d/\d\d/\d{4}\)", period)
    assert account == "Changed by account: vholloway (account 6)"


def test_an_export_without_criteria_says_so(client):
    assert about(book_of(client.get(URL)))["Criteria"] == ["none: every entry"]


def switch(at, value):
    with acting_as("admin", at=at):
        Preference.objects.update_or_create(name="AuditUsers", defaults={"value": value})


def test_the_last_sheet_names_every_period_in_the_range_in_which_user_changes_were_not_recorded(client):
    for day, value in ((1, "false"), (2, "true"), (10, "false"), (12, "true"), (20, "false")):
        switch(datetime(2026, 3, day, 18, tzinfo=UTC), value)
    everything = about(book_of(client.get(URL)))["User changes not recorded"]
    assert everything == [
        "from 03/01/2026 12:00:00 -0600 to 03/02/2026 12:00:00 -0600",
        "from 03/10/2026 13:00:00 -0500 to 03/12/2026 13:00:00 -0500",
        "from 03/20/2026 13:00:00 -0500 to still not recorded",
    ]
    within = {"start_date": "2026-03-11", "end_date": "2026-03-15"}
    assert about(book_of(client.get(URL, within)))["User changes not recorded"] == everything[1:2]
    between = {"start_date": "2026-03-03", "end_date": "2026-03-09"}
    assert "User changes not recorded" not in about(book_of(client.get(URL, between)))


def test_the_file_is_named_after_log_district_and_time(client, settings):
    settings.DISTRICT_NAME = "Sankt Überall / ../ School\r\nDistrict"
    response = client.get(URL)
    assert re.fullmatch(
        r'attachment; filename="audit-log_sankt-uberall-school-district_\d{4}-\d\d-\d\d_\d{4}\.xlsx"',
        response["Content-Disposition"],
    )
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert response["Cache-Control"] == "private, no-store"
    response.getvalue()


@pytest.mark.parametrize(
    "query",
    ["tabel=UserGroup", "table=Nothing", "action=drop", "start_date=abc", "entry=abc", "affected_object=%00"],
)
def test_criteria_that_are_not_understood_give_a_page_that_says_so_and_no_file(client, query):
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 400
    assert "Not accepted" in response.content.decode()
    assert not AccessLogEntry.objects.exists()


def test_a_person_without_the_right_gets_no_file_and_leaves_a_trace(nobody_special):
    client = Client()
    client.force_login(nobody_special)
    assert client.get(URL, {"table": "UserAccount"}).status_code == 403
    trace = AccessLogEntry.objects.get()
    assert (trace.event, trace.subject, trace.changed_by) == ("refused", "Audit Log", "plain")
    assert "/audit-log/export/?table=UserAccount" in trace.criteria


def test_whoever_is_not_signed_in_is_sent_to_sign_in(db):
    response = Client().get(URL)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/?next=")


@pytest.mark.parametrize("method", ["post", "head", "put", "delete"])
def test_an_export_is_only_got(client, method):
    assert getattr(client, method)(URL).status_code == 405


def traces():
    return list(AccessLogEntry.objects.order_by("id"))


def test_the_start_is_traced_before_the_first_byte_and_the_end_after_the_last(client):
    entry()
    response = client.get(URL, {"table": "Preference"}, REMOTE_ADDR="10.1.2.3")
    (started,) = traces()
    assert (started.event, started.criteria, started.rows) == ("export started", "Table: Preference", None)
    assert (started.changed_by, started.changed_by_name, started.channel) == ("auditor", "Otto Auditor", "web")
    assert started.address == "10.1.2.3"
    response.getvalue()
    _started, finished = traces()
    assert (finished.event, finished.rows, finished.reference) == ("export finished", 1, started.reference)
    assert (finished.changed_by, finished.channel, finished.address) == ("auditor", "web", "10.1.2.3")
    assert len(traces()) == 2


@pytest.mark.django_db(transaction=True)  # closing a response closes the connection
@pytest.mark.parametrize("parts_taken", [0, 1])
def test_a_client_that_goes_away_leaves_a_broken_export(client, parts_taken):
    for n in range(900):
        entry(affected_object=uuid.uuid4().hex * 30, address=str(n))
    response = client.get(URL, {"table": "Preference"})
    parts = iter(response.streaming_content)
    for _n in range(parts_taken):
        next(parts)
    response.close()
    started, broken = traces()
    assert (broken.event, broken.reference) == ("export broken off", started.reference)
    assert (broken.rows > 0) == bool(parts_taken)
    assert broken.rows < 900


def test_an_error_in_mid_export_breaks_the_download_and_is_traced(client):
    entry()
    response = client.get(URL)

    def fails(execute, sql, params, many, context):
        if "AuditLogEntryDetail" in sql:
            raise OperationalError("gone")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fails), pytest.raises(OperationalError):
        response.getvalue()
    assert [trace.event for trace in traces()] == ["export started", "export broken off"]


def test_entries_that_go_away_in_mid_export_break_it(client, monkeypatch):
    entry()
    monkeypatch.setattr("auditlog.export.views.ids_of", lambda entries: [*entries.values_list("pk", flat=True), 10**9])
    with pytest.raises(export.EntriesGone):
        client.get(URL).getvalue()
    assert traces()[-1].event == "export broken off"


def test_an_export_whose_start_cannot_be_traced_is_not_made(client):
    def busy(execute, sql, params, many, context):
        if "AccessLogEntry" in sql:
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    client.raise_request_exception = False
    with connection.execute_wrapper(busy):
        assert client.get(URL).status_code == 503


def test_the_number_of_statements_is_the_same_for_one_entry_and_for_500(client):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            client.get(URL, {"table": "Preference"}).getvalue()
        return len(captured)

    entry()
    one = statements()
    for _n in range(499):
        entry()
    assert statements() == one
    assert one <= 18


def many_entries(count):
    entries = AuditLogEntry.objects.bulk_create(
        [
            AuditLogEntry(
                timestamp=timezone.now(),
                table="UserGroup",
                action="change",
                affected_object=f"group {n}",
                changed_by="admin",
                object_id=n,
                change_set=uuid.uuid4(),
                channel="web",
            )
            for n in range(count)
        ]
    )
    AuditLogEntryDetail.objects.bulk_create(
        AuditLogEntryDetail(entry=made, position=n, property_name="name", existing_value="a" * 50, new_value="b" * 50)
        for made in entries
        for n in range(3)
    )


@pytest.mark.slow
def test_memory_does_not_grow_with_the_log(client, monkeypatch):
    monkeypatch.setattr(export, "STEP", 500)

    def peak():
        gc.collect()
        tracemalloc.start()
        for _part in client.get(URL, {"table": "UserGroup"}).streaming_content:
            pass
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    many_entries(4 * export.STEP)
    peak()  # what is made once in a process is made here
    few = peak()
    more = 4_000
    many_entries(more)
    grown = peak() - few
    # An entry costs its id, 8 bytes and what the array has in reserve; a row that is kept, 150 bytes and more.
    assert grown < more * 60, f"{grown / more:.0f} bytes for each entry"
    assert traces()[-1].rows >= (4 * export.STEP + more) * 3


def test_what_is_recorded_while_the_download_runs_is_not_in_it(client):
    entry(affected_object="before")
    response = client.get(URL, {"table": "Preference"})
    entry(affected_object="after")
    rows = table(book_of(response))
    assert [row["Affected Object"] for row in rows] == ["before"]
