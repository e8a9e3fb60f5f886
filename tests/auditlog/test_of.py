"""Entries of one person or group over HTTP: found by identity, through renames, reuse of names and deletion."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from auditlog.context import acting_as
from auditlog.models import AccessLogEntry, AuditLogEntry
from district.models import Right, Tool, UserAccount, UserGroup, UserGroupMember, UserGroupToolRights, UserToolRights
from district.preferences import set_value

START = datetime(2026, 3, 2, 18, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(auditor):
    client = Client()
    client.force_login(auditor)
    return client


def at(hours, who="boss", **how):
    """Acting some hours after the start."""
    return acting_as(who, at=START + timedelta(hours=hours), **how)


@pytest.fixture
def jdoe():
    """Made, given a right, renamed to jsmith."""
    with at(0):
        made = UserAccount.objects.create_user("jdoe")
    with at(1):
        UserToolRights.objects.create(user=made, tool=Tool.objects.first(), right=Right.READ)
    with at(2):
        made.username = "jsmith"
        made.save()
    return made


def url(record):
    return f"/audit-log/of/{type(record).__name__}/{record.pk}/"


def text_of(page):
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def page(client, address):
    """The page's text, and its lists by the ids of their headings: (table, action, affected object, by)."""
    response = client.get(address)
    assert response.status_code == 200
    content = response.content.decode()
    sections = re.findall(r'<h2 id="(to|by)".*?</section>', content, re.DOTALL)
    lists = {}
    for name in sections:
        body = content.partition(f'<h2 id="{name}"')[2].partition("</section>")[0]
        rows = re.findall(r"<tr>(.*?)</tr>", body.partition("<tbody>")[2], re.DOTALL)
        lists[name] = [tuple(map(text_of, re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)))[1:] for row in rows]
    return text_of(content), lists


def does(account, hours):
    """The account renames a group."""
    with at(hours, account.username, user_id=account.pk):
        UserGroup.objects.create(name=f"made by {account.username} at {hours}")


def test_all_that_was_done_to_an_account_is_there_whatever_it_was_called_then(client, jdoe):
    _text, lists = page(client, url(jdoe))
    tool = Tool.objects.first().name
    assert lists["to"] == [
        ("UserAccount", "Change", "jsmith", "boss"),
        ("UserToolRights", "Add", f"jdoe, {tool} Read", "boss"),
        ("UserAccount", "Add", "jdoe", "boss"),
    ]
    assert lists["by"] == []


def test_its_names_stand_on_top_with_their_times_and_entries(client, jdoe):
    text, _lists = page(client, url(jdoe))
    assert text.startswith("Entries of user account jsmith | Chalkline")
    assert "jsmith since 03/02/2026 14:00:00 -0600" in text
    assert "jdoe since 03/02/2026 12:00:00 -0600 , until 03/02/2026 14:00:00 -0600" in text
    renamed = AuditLogEntry.objects.get(action="change", table="UserAccount")
    assert f'href="/audit-log/{renamed.pk}/"' in client.get(url(jdoe)).content.decode()


def test_who_bears_the_name_later_is_somebody_else(client, jdoe):
    with at(3):
        second = UserAccount.objects.create_user("jdoe")
    does(second, 4)
    _text, lists = page(client, url(second))
    assert lists["to"] == [("UserAccount", "Add", "jdoe", "boss")]
    assert lists["by"] == [("UserGroup", "Add", "made by jdoe at 4", "jdoe")]
    assert page(client, url(jdoe))[1]["by"] == []


def test_what_a_person_did_is_there_under_every_name_she_had(client, jdoe):
    does(jdoe, 3)
    with at(4):
        jdoe.username = "third"
        jdoe.save()
    does(jdoe, 5)
    _text, lists = page(client, url(jdoe))
    assert [line[3] for line in lists["by"]] == ["third", "jsmith"]


def test_of_a_deleted_account_it_tells_the_names_it_had_and_that_it_is_gone(client, jdoe):
    does(jdoe, 3)
    address = url(jdoe)
    with at(4):
        jdoe.delete()
    text, lists = page(client, address)
    assert text.startswith("Entries of user account jsmith, deleted | Chalkline")
    assert "There is no such record any more." in text
    assert "jsmith since 03/02/2026 14:00:00 -0600 , deleted 03/02/2026 16:00:00 -0600" in text
    assert [line[:2] for line in lists["to"]][:2] == [("UserAccount", "Delete"), ("UserToolRights", "Delete")]
    assert len(lists["by"]) == 1


def test_of_a_group_there_is_what_was_done_to_it_and_to_whom(client, jdoe):
    with at(3):
        group = UserGroup.objects.create(name="Teacher")
        UserGroupMember.objects.create(user=jdoe, group=group)
        UserGroupToolRights.objects.create(group=group, tool=Tool.objects.first(), right=Right.ADD)
        UserGroup.objects.create(name="Teacher aides")
    text, lists = page(client, url(group))
    assert text.startswith("Entries of user group Teacher | Chalkline")
    assert {line[:3] for line in lists["to"]} == {
        ("UserGroupToolRights", "Add", f"Teacher, {Tool.objects.first().name} Add"),
        ("UserGroupMember", "Add", "jsmith, Teacher"),
        ("UserGroup", "Add", "Teacher"),
    }
    assert "by" not in lists
    assert "Last change" not in text


def test_first_and_last_day_are_told_and_lead_to_what_was_done_then(client, jdoe):
    for hours in (3, 26, 27, 50):
        does(jdoe, hours)
    content = html.unescape(client.get(url(jdoe)).content.decode())
    assert "First change 03/02/2026 15:00:00 -0600" in text_of(content)
    assert "Last change 03/04/2026 14:00:00 -0600" in text_of(content)
    for day in ("2026-03-02", "2026-03-04"):
        assert f'href="/audit-log/?by={jdoe.pk}&start_date={day}&end_date={day}"' in content


def test_the_last_day_is_one_click_from_the_account(client, jdoe, administrator):
    for hours in (3, 26, 27):
        does(jdoe, hours)
    client.force_login(administrator)
    account = client.get(f"/admin/district/useraccount/{jdoe.pk}/change/").content.decode()
    address = f"{url(jdoe)}last-day/"
    assert f'href="{address}"' in account
    assert f'href="{url(jdoe)}"' in account
    answer = client.get(address, follow=True)
    assert answer.redirect_chain == [
        (f"/audit-log/?by={jdoe.pk}&start_date=2026-03-03&end_date=2026-03-03", 302),
    ]
    assert answer.context["title_state"] == "2 entries"


def test_the_day_is_the_districts_day(client, jdoe):
    with at(12.5, "jsmith", user_id=jdoe.pk):  # 00:30 of the next day in district time
        UserGroup.objects.create(name="late")
    assert "start_date=2026-03-03" in client.get(f"{url(jdoe)}last-day/")["Location"]


def test_who_did_nothing_has_no_last_day(client, jdoe):
    assert client.get(f"{url(jdoe)}last-day/")["Location"] == url(jdoe)
    assert "This account has changed nothing that is on record." in page(client, url(jdoe))[0]


def test_what_was_never_recorded_has_a_page_that_says_so(client, jdoe):
    set_value("AuditUsers", "false")
    group = UserGroup.objects.create(name="Unrecorded")
    text, lists = page(client, url(group))
    assert "Names None is on record." in text
    assert "Nothing is on record." in text
    assert "User changes are not being recorded." in text
    assert lists == {"to": []}


def test_a_name_from_before_recording_is_not_dated_back(client, jdoe):
    set_value("AuditUsers", "false")
    group = UserGroup.objects.create(name="Old hands")
    set_value("AuditUsers", "true")
    with at(5):
        group.description = "x"
        group.save()
    assert "Old hands on record since 03/02/2026 17:00:00 -0600" in page(client, url(group))[0]


def test_an_account_of_which_only_its_own_deeds_are_on_record_has_a_page(client):
    with at(1, "ghost", user_id=987654):
        UserGroup.objects.create(name="Haunted")
    text, lists = page(client, "/audit-log/of/UserAccount/987654/")
    assert text.startswith("Entries of user account ghost, deleted")
    assert len(lists["by"]) == 1


@pytest.mark.parametrize(
    "address",
    [
        "/audit-log/of/UserAccount/987654/",
        "/audit-log/of/UserGroup/987654/",
        f"/audit-log/of/UserAccount/{'9' * 40}/",
        "/audit-log/of/UserToolRights/1/",
        "/audit-log/of/Preference/1/",
        "/audit-log/of/Nothing/1/",
        "/audit-log/of/UserGroup/1/last-day/",
        "/audit-log/of/Nothing/1/last-day/",
    ],
)
def test_what_there_is_not_is_the_same_404_as_elsewhere(client, address):
    answer, elsewhere = client.get(address), client.get("/audit-log/987654321/")
    assert answer.status_code == 404
    assert answer.content == elsewhere.content


def test_each_list_shows_500_says_so_and_leads_to_all_of_them(client, jdoe):
    groups = [UserGroup(name=f"group {n}") for n in range(501)]
    with at(3, "jsmith", user_id=jdoe.pk):
        groups = UserGroup.objects.bulk_create(groups)
        UserGroupMember.objects.bulk_create(UserGroupMember(user=jdoe, group=group) for group in groups)
    _text, lists = page(client, url(jdoe))
    assert {name: len(rows) for name, rows in lists.items()} == {"to": 500, "by": 500}
    content = html.unescape(client.get(url(jdoe)).content.decode())
    assert content.count("First 500 records displayed. Enter search criteria to narrow the results.") == 2
    for query, entries in ((f"subject=UserAccount%3A{jdoe.pk}", 504), (f"by={jdoe.pk}", 1002)):
        assert f'href="/audit-log/?{query}"' in content
        assert f'href="/audit-log/export/?{query}"' in content
        assert client.get(f"/audit-log/?{query}").context["title_state"] == "first 500 entries"
        list(client.get(f"/audit-log/export/?{query}").streaming_content)
        finished = AccessLogEntry.objects.filter(event="export finished").order_by("-id")[0]
        assert finished.rows >= entries


def test_a_page_costs_as_many_statements_for_many_entries_as_for_few(client, jdoe):
    def statements():
        with CaptureQueriesContext(connection) as queries:
            client.get(url(jdoe))
        return len(queries)

    does(jdoe, 3)
    client.get(url(jdoe))
    few = statements()
    with at(4, "jsmith", user_id=jdoe.pk):
        groups = UserGroup.objects.bulk_create(UserGroup(name=f"group {n}") for n in range(300))
        UserGroupMember.objects.bulk_create(UserGroupMember(user=jdoe, group=group) for group in groups)
    assert statements() == few
    assert few <= 25


def test_a_refused_try_is_traced(nobody_special):
    client = Client()
    client.force_login(nobody_special)
    for address in (url(nobody_special), f"{url(nobody_special)}last-day/"):
        assert client.get(address).status_code == 403
        trace = AccessLogEntry.objects.order_by("-id")[0]
        assert (trace.event, trace.subject, trace.criteria) == ("refused", "Audit Log", f"GET {address}")
