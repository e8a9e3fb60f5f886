from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from django.db import connection, transaction

from auditlog.context import acting_as
from auditlog.models import AccessLogEntry, AuditLogEntry
from district.models import (
    Preference,
    Right,
    Tool,
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserToolRights,
)

pytestmark = pytest.mark.django_db

LIST = "/audit-log/"
MORE = "First 500 records displayed. Enter search criteria to narrow the results."
HTMX = {"HX-Request": "true"}


@pytest.fixture
def reader(client, auditor):
    """The auditor, signed in: Read on the Audit Log and nothing else."""
    client.force_login(auditor)
    return client


def text_of(response) -> str:
    """What a page says, as words."""
    return words(response.content.decode())


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<(?!/?bdi)[^>]*>", " ", html).replace("<bdi>", "").replace("</bdi>", "")).split())


def rows_of(response) -> list[str]:
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", response.content.decode().partition("<tbody hx-boost")[2], re.DOTALL)
    return [words(row) for row in rows]


def groups(number: int, **how) -> None:
    with acting_as("admin", at=datetime(2025, 5, 13, 20, 0, 58, tzinfo=UTC), **how):
        UserGroup.objects.bulk_create([UserGroup(name=f"Group {n:04}") for n in range(number)])


def newest() -> AuditLogEntry:
    return AuditLogEntry.objects.order_by("-id")[0]


# --- who may ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [LIST, f"{LIST}1/", f"{LIST}?table=UserAccount"])
def test_who_is_not_signed_in_is_led_to_the_sign_in_page_and_back(client, address):
    response = client.get(address)
    assert response.status_code == 302
    assert response["Location"] == f"/login/?{urlencode({'next': address}, safe='/')}"


@pytest.mark.parametrize("address", [LIST, f"{LIST}1/", f"{LIST}?table=Nonsense", f"{LIST}99999/"])
@pytest.mark.parametrize("role", ["nobody_special", "registrar"])
def test_without_the_right_neither_an_entry_nor_a_table_name_is_shown(client, request, role, address):
    client.force_login(request.getfixturevalue(role))
    response = client.get(address)
    assert response.status_code == 403
    assert "UserAccount" not in response.content.decode()


def test_a_refused_try_leaves_a_trace(client, nobody_special):
    client.force_login(nobody_special)
    client.get(f"{LIST}?table=UserAccount")
    trace = AccessLogEntry.objects.get()
    assert (trace.event, trace.subject, trace.changed_by) == ("refused", "Audit Log", "plain")
    assert "table=UserAccount" in trace.criteria


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_read_on_the_audit_log_is_enough(client, request, role):
    client.force_login(request.getfixturevalue(role))
    assert client.get(LIST).status_code == 200
    assert client.get(f"{LIST}{newest().pk}/").status_code == 200


def test_a_right_taken_away_counts_from_the_next_request(reader, auditor):
    assert reader.get(LIST).status_code == 200
    auditor.tool_rights.all().delete()
    assert reader.get(LIST).status_code == 403


def test_the_home_page_leads_to_the_log_only_for_who_may_read_it(client, auditor, nobody_special):
    for person, shown in ((auditor, True), (nobody_special, False)):
        client.force_login(person)
        assert (f'href="{LIST}"' in client.get("/").content.decode()) is shown


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written_here(reader, method):
    for address in (LIST, f"{LIST}{newest().pk}/"):
        assert getattr(reader, method)(address).status_code == 405


# --- the list -----------------------------------------------------------------------------------------------


def test_a_row_says_when_where_what_and_who_in_district_time(reader):
    with acting_as("jclerk", at=datetime(2010, 5, 13, 20, 0, 58, tzinfo=UTC)):
        UserGroup.objects.create(name="Title One")
    (row,) = [row for row in rows_of(reader.get(LIST)) if "jclerk" in row]
    assert row == "05/13/2010 15:00:58 -0500 UserGroup Add Title One jclerk"


def test_the_offset_is_that_of_the_moment(reader):
    with acting_as("jclerk", at=datetime(2010, 1, 13, 20, 0, 58, tzinfo=UTC)):
        UserGroup.objects.create(name="Title One")
    assert "01/13/2010 14:00:58 -0600" in text_of(reader.get(LIST))


def test_the_right_stands_beside_the_affected_object(reader):
    with acting_as("jclerk"):
        UserToolRights.objects.create(
            user=UserAccount.objects.create_user("jdoe"), tool=Tool.objects.all()[3], right=Right.WRITE
        )
    assert rows_of(reader.get(LIST, {"table": "UserToolRights", "changed_by": "jclerk"}))[0].endswith("Write jclerk")


def test_five_hundred_rows_are_shown_whole_and_one_more_says_so(reader):
    groups(500)
    response = reader.get(LIST, {"changed_by": "admin"})
    assert len(rows_of(response)) == 500
    assert MORE not in text_of(response)
    assert "<title>Audit Log, 500 entries |" in response.content.decode()
    with acting_as("admin", at=datetime(2025, 6, 1, 12, tzinfo=UTC)):
        UserGroup.objects.create(name="One more")
    response = reader.get(LIST, {"changed_by": "admin"})
    rows = rows_of(response)
    assert len(rows) == 500
    assert "One more" in rows[0]
    assert f"{MORE} The oldest shown is of 05/13/2025 15:00:58 -0500." in text_of(response)
    assert "<title>Audit Log, first 500 entries |" in response.content.decode()


def test_the_newest_stand_first_and_entries_of_one_moment_keep_their_order(reader):
    groups(3)
    shown = [row.split()[-2] for row in rows_of(reader.get(LIST, {"changed_by": "admin"}))]
    assert shown == ["0002", "0001", "0000"]


def test_there_is_a_ticked_box_for_each_area_that_has_entries(reader):
    page = reader.get(LIST).content.decode()
    assert set(re.findall(r'name="table" value="(\w+)"', page)) == {"UserAccount", "UserGroup", "UserToolRights"}
    assert re.findall(r'name="table" value="\w+" checked', page) == re.findall(r'name="table" value="\w+"[^>]*', page)
    assert len(re.findall(r'name="action" value="\w+" checked', page)) == 3


def test_an_area_named_in_the_address_has_its_box_even_without_entries(reader):
    page = reader.get(LIST, {"table": "UserSchoolYearRights"}).content.decode()
    assert re.findall(r'name="table" value="(\w+)" checked', page) == ["UserSchoolYearRights"]
    assert 'name="table" value="UserGroup">' in page


def test_the_criteria_stay_in_the_form_and_in_the_links_of_the_rows(reader):
    groups(1)
    query = {"start_date": "2025-01-01", "action": "add", "affected_object": 'group "', "changed_by": "admin"}
    query["affected_object"] = "group"
    page = reader.get(LIST, query).content.decode()
    assert 'value="2025-01-01"' in page
    link = unescape(re.search(r'id="row-\d+" href="([^"]+)"', page)[1])
    assert link == f"{LIST}?{urlencode(query)}&entry={newest().pk}"


def test_an_empty_log_a_search_without_match_and_an_error_each_say_what_to_do(reader):
    assert "No entries match these criteria." in text_of(reader.get(LIST, {"changed_by": "nobody at all"}))
    assert "Reset all criteria" in text_of(reader.get(LIST, {"changed_by": "nobody at all"}))
    assert "AuditUsers, not Audit Users" not in text_of(reader.get(LIST, {"changed_by": "nobody at all"}))
    assert "AuditUsers, not Audit Users" in text_of(reader.get(LIST, {"affected_object": "Audit Users"}))
    assert "Nothing was searched." in text_of(reader.get(LIST, {"table": "Nonsense"}))
    empty = AuditLogEntry.objects.none()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auditlog.filters.AuditLogFilterSet.newest", lambda *_: list(empty))
        assert "The Audit Log is empty." in text_of(reader.get(LIST))


def test_while_areas_are_not_recorded_the_page_says_which(reader):
    banner = "User changes are not being recorded."
    assert banner not in text_of(reader.get(LIST))
    Preference.objects.create(name="AuditUsers", value="false")
    page = text_of(reader.get(LIST))
    assert banner in page
    assert "UserAccount, UserGroup, UserGroupMember" in page
    Preference.objects.filter(name="AuditUsers").update(value="true")
    assert banner not in text_of(reader.get(LIST))


# --- the chosen entry --------------------------------------------------------------------------------------


def test_the_chosen_row_is_marked_and_the_entry_is_shown_also_when_it_is_not_in_the_list(reader):
    groups(2)
    chosen = newest()
    page = reader.get(LIST, {"entry": chosen.pk}).content.decode()
    assert re.findall(r'id="row-(\d+)"[^>]*aria-current="true"', page) == [str(chosen.pk)]
    response = reader.get(LIST, {"entry": chosen.pk, "action": "delete"})
    assert "aria-current" not in response.content.decode().partition("<main")[2].replace('aria-current="page"', "")
    assert "Group name Group 0001" in text_of(response)


def test_a_missing_entry_is_a_404_under_its_address_and_a_message_beside_the_list(reader):
    assert reader.get(f"{LIST}99999999/").status_code == 404
    assert reader.get(f"{LIST}{10**20}/").status_code == 404
    assert reader.get(f"{LIST}abc/").status_code == 404
    assert "There is no entry 99999999 in the Audit Log." in text_of(reader.get(LIST, {"entry": "99999999"}))


# --- hostile text and hostile addresses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ('"><img src=x onerror=alert(1)>', '"><img src=x onerror=alert(1)>'),
        ("{{ 7|add:7 }}{% now 'Y' %}", "{{ 7|add:7 }}{% now 'Y' %}"),
        ("admin\u202etxt.exe", "admin⟨U+202E⟩txt.exe"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("filler\u3164", "filler⟨U+3164⟩"),
        ("bell\x07", "bell⟨U+0007⟩"),
        ("no\u00a0break", "no⟨U+00A0⟩break"),
        ("שלום 😀", "שלום 😀"),
    ],
)
def test_hostile_names_are_shown_as_text_with_what_hides_made_visible(reader, name, shown):
    with acting_as(name):
        UserGroup.objects.create(name=name)
    for address in (LIST, f"{LIST}?entry={newest().pk}", f"{LIST}{newest().pk}/"):
        page = reader.get(address).content.decode()
        assert page.count(f"<bdi>{_escaped(shown)}</bdi>") >= 2
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def _escaped(text: str) -> str:
    from django.utils.html import escape

    return str(escape(text))


def test_a_text_of_forty_thousand_characters_is_cut_in_the_list_and_whole_in_the_entry(reader):
    group = UserGroup.objects.create(name="g")
    group.description = "long" * 10_000
    group.save()
    assert "long" * 10_000 in reader.get(f"{LIST}{newest().pk}/").content.decode()
    AuditLogEntry.objects.bulk_create(
        [
            AuditLogEntry(
                timestamp=datetime(2026, 1, 1, tzinfo=UTC),
                table="UserGroup",
                action="add",
                affected_object="n" * 40_000,
                changed_by="a",
                object_id=1,
                change_set="0" * 32,
                channel="web",
            )
        ]
    )
    assert "n" * 299 + "…" in reader.get(LIST).content.decode()
    assert "n" * 301 not in reader.get(LIST).content.decode()


NAMES = ["start_date", "end_date", "table", "action", "affected_object", "changed_by", "entry", "fold", "unfold"]
UNKNOWN = ["page", "ordering", "timestamp__gte", "changed_by__startswith", "", "a[]", "entry%00"]
NASTY = ["", "%00", "abc", str(10**20), "-1", "2025-02-30", "0001-01-01", "9999-12-31", "%", "_", "\\", "'", '"', "!"]
NASTY += ["' OR 1=1 --", "a" * 256, "ß", "İ", "ı", "\ud800".encode("utf-8", "surrogatepass").hex(), "%ff", "[]", "None"]
NASTY += [",", ",,", "a,b,c", "\u202e", "😀", "<script>", "UserAccount", "add", "  ", "\r\n"]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_criterion_says_it_is_answered(reader, name):
    groups(2)
    for value in NASTY:
        query = f"{name}={value if value in ('%00', '%ff') else quote(value)}"
        response = reader.get(f"{LIST}?{query}")
        assert response.status_code == 200, query
        assert ("have errors" in text_of(response)) or "entr" in text_of(response), query


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_criterion_that_there_is_not_is_an_error(reader, name):
    response = reader.get(f"{LIST}?{name}=x")
    assert "is not a search criterion of this page" in text_of(response)
    assert rows_of(response) == []


@pytest.mark.parametrize(
    "query", ["table=Tool", "start_date=abc", "affected_object=%00", "nonsense=1", "entry=abc", f"entry={10**20}"]
)
def test_a_form_error_takes_the_focus_names_its_field_and_shows_no_rows(reader, query):
    groups(1)
    response = reader.get(f"{LIST}?{query}")
    page = response.content.decode()
    assert response.status_code == 200
    assert rows_of(response) == []
    assert re.search(r'<div id="log-errors"[^>]*tabindex="-1" autofocus>', page)
    assert "<title>Audit Log, the search criteria have errors |" in page
    field = query.partition("=")[0]
    if field in {"table", "start_date", "affected_object"}:
        target = re.search(rf'<a href="#(id_{field}[_0]*)">', page)[1]
        assert f'id="{target}"' in page


# --- htmx ---------------------------------------------------------------------------------------------------


def test_htmx_gets_the_list_with_its_title_and_without_the_frame(reader):
    groups(2)
    response = reader.get(LIST, {"changed_by": "admin"}, headers={**HTMX, "HX-Target": "log"})
    page = response.content.decode()
    assert "<title>Audit Log, 2 entries |" in page
    assert 'data-status="2 entries"' in page
    assert "<html" not in page
    assert "HX-Request" in response["Vary"]


def test_htmx_gets_a_chosen_entry_alone_without_the_rows_being_read(reader, django_assert_max_num_queries):
    groups(2)
    headers = {**HTMX, "HX-Target": "entry", "HX-Boosted": "true"}
    with django_assert_max_num_queries(13) as asked:
        page = reader.get(LIST, {"entry": newest().pk}, headers=headers).content.decode()
    assert page.count("<h2") == 1
    assert '<table class="log-table"' not in page
    assert not any("LIMIT 501" in query["sql"] for query in asked.captured_queries)


def test_going_back_gets_the_whole_page(reader):
    headers = {**HTMX, "HX-Target": "log", "HX-History-Restore-Request": "true"}
    assert "<html" in reader.get(LIST, headers=headers).content.decode()


def test_a_session_that_ended_reloads_the_window_which_leads_to_the_sign_in_page(client):
    response = client.get(LIST, headers={**HTMX, "HX-Target": "entry"})
    assert response.status_code == 401
    assert response["HX-Refresh"] == "true"


# --- costs and locks ----------------------------------------------------------------------------------------


def members(start: int, stop: int) -> None:
    with acting_as("admin"):
        users = UserAccount.objects.bulk_create([UserAccount(username=f"user{n}") for n in range(start, stop)])
        group = UserGroup.objects.get_or_create(name="Health Staff")[0]
        UserGroupMember.objects.bulk_create([UserGroupMember(user=user, group=group) for user in users])


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"action": ["add", "change"]},
        {"table": "UserGroupMember"},
        {"changed_by": "adm"},
        {"affected_object": "health, staff"},
        {"affected_object": "health", "changed_by": "adm", "table": "UserGroupMember", "start_date": "2020-01-01"},
    ],
)
def test_the_list_costs_the_same_number_of_queries_for_one_row_and_for_five_hundred(
    reader, query, django_assert_num_queries
):
    members(0, 1)
    asked = count_queries(lambda: reader.get(LIST, query))
    members(1, 601)
    with django_assert_num_queries(asked):
        assert len(rows_of(reader.get(LIST, query))) == 500
    assert asked <= 16


def count_queries(call) -> int:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        call()
    return len(asked)


@pytest.mark.django_db(transaction=True)
def test_pages_that_read_answer_while_another_connection_is_writing(reader):
    groups(2)
    writing, enough = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                UserGroup.objects.create(name="Under way")
                writing.set()
                enough.wait(30)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert writing.wait(10)
        started = time.monotonic()
        assert len(rows_of(reader.get(LIST, {"changed_by": "admin"}))) == 2
        assert reader.get(f"{LIST}{newest().pk}/").status_code == 200
        assert time.monotonic() - started < 5
    finally:
        enough.set()
        writer.join()


def test_a_day_in_the_address_is_the_districts_day(reader):
    late = datetime(2025, 7, 2, 4, 30, tzinfo=UTC)  # 07/01/2025 23:30 in Chicago
    with acting_as("admin", at=late):
        UserGroup.objects.create(name="Late")
    with acting_as("admin", at=late + timedelta(hours=1)):
        UserGroup.objects.create(name="Early")
    shown = rows_of(reader.get(LIST, {"start_date": "2025-07-01", "end_date": "2025-07-01"}))
    assert [row.split()[-2] for row in shown] == ["Late"]
