"""The rights report over HTTP: who is listed with what, from where, and the entry that gave it."""

from __future__ import annotations

import datetime
import html
import io
import json
import re

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from auditlog.context import acting_as
from auditlog.models import AccessLogEntry, AuditLogEntry
from district.models import (
    Calendar,
    Right,
    School,
    Tool,
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserGroupSchoolYearRights,
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)
from district.preferences import set_value
from district.roles import STUDENT_INFORMATION_SYSTEM, give_role
from district.years import school_year

URL = "/rights-report/"
BEHAVIOR = "Student Information > General > Behavior"
GRADES = "Student Information > General > Grades"
MOMENT = r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d [+-]\d{4}"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(auditor):
    client = Client()
    client.force_login(auditor)
    return client


@pytest.fixture
def teacher():
    return UserGroup.objects.create(name="Teacher")


@pytest.fixture
def jdoe(teacher):
    """Own: Read and Write in Behavior, Bonny Eagle; through Teacher: Read in Grades, All Schools of a past year."""
    jdoe = UserAccount.objects.create_user("jdoe", first_name="Jane", last_name="Doe")
    with acting_as("giver"):
        for right in (Right.WRITE, Right.READ):
            UserToolRights.objects.create(user=jdoe, tool=tool(BEHAVIOR), right=right)
        school = School.objects.create(name="Bonny Eagle")
        calendar = Calendar.objects.create(school=school, name="Main", end_year=school_year())
        UserSchoolYearRights.objects.create(
            user=jdoe, school=school, calendar=calendar, end_year=school_year(), modify_rights=True
        )
    with acting_as("group editor"):
        UserGroupToolRights.objects.create(group=teacher, tool=tool(GRADES), right=Right.READ)
        UserGroupSchoolYearRights.objects.create(group=teacher, end_year=school_year() - 1)
    with acting_as("joiner"):
        UserGroupMember.objects.create(user=jdoe, group=teacher)
    return jdoe


def tool(path):
    return Tool.objects.get(path=path)


def report(client, **criteria):
    """The report as {heading: [the texts of a row's cells]}."""
    response = client.get(URL, criteria)
    assert response.status_code == 200
    page = response.content.decode()
    return {
        words(re.sub(WAY, "", body.partition("</th>")[0])): [
            tuple(words(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL))
            for row in body.split("<tr>")[1:]
        ]
        for body in page.split("<tbody>")[1:]
    }


#: A link of a heading to another page about the same person or group; it is no part of the name.
WAY = r'<a class="rights-way"[^>]*>.*?</a>'


def words(markup):
    """What a person reads, times left out."""
    text = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())
    return re.sub(MOMENT, "*", text)


def headings(client, **criteria):
    return [heading.split()[0] for heading in report(client, **criteria)]


def messages(client, **criteria):
    response = client.get(URL, criteria)
    assert response.status_code == 200
    assert "<tbody>" not in response.content.decode(), "with a wrong criterion there are no rows"
    form = response.context["form"]
    return {name: list(found) for name, found in form.errors.items()}


def sheet(client, **criteria):
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{URL}export/", criteria).getvalue()))
    headings, *rows = book["Rights Report"].iter_rows(values_only=True)
    about: dict[str, list[str]] = {}
    for name, value in list(book["About"].iter_rows(values_only=True))[1:]:
        about.setdefault(name, []).append(value)
    return [
        {name: value for name, value in zip(headings, row, strict=True) if value is not None} for row in rows
    ], about


def test_the_heading_of_a_person_and_of_a_group_leads_to_their_entries(client, jdoe, teacher):
    page = client.get(URL, {"person": "jdoe"}).content.decode()
    assert [words(way) for way in re.findall(WAY, page)] == ["Entries of jdoe"]
    assert reverse("auditlog:of", args=["UserAccount", jdoe.pk]) in page
    page = client.get(URL, {"view": "group", "group": teacher.pk}).content.decode()
    assert [words(way) for way in re.findall(WAY, page)] == ["Entries of Teacher"]
    assert reverse("auditlog:of", args=["UserGroup", teacher.pk]) in page


# --- by person ------------------------------------------------------------------------------------------------


def test_a_person_is_listed_with_groups_calendar_rights_and_tool_rights_each_with_its_source_and_entries(client, jdoe):
    year = school_year()
    through_group = "Group’s right : * by group editor Membership : * by joiner".replace(" :", "")
    assert report(client, person="jdoe") == {
        "jdoe Jane Doe": [
            ("Teacher", "Member", "Own", "* by joiner"),
            (f"{year}, Bonny Eagle Main", "Modify Rights", "Own", "* by giver"),
            (f"{year - 1}, All Schools All Calendars Not this school year", "Open", "Teacher", through_group),
            ("Behavior Student Information > General", "Read", "Own", "* by giver"),
            ("Behavior Student Information > General", "Write", "Own", "* by giver"),
            ("Grades Student Information > General", "Read", "Teacher", through_group),
        ]
    }


def test_a_row_leads_to_the_entries_that_gave_it(client, jdoe):
    page = client.get(URL, {"person": "jdoe", "tool": GRADES}).content.decode()
    entries = AuditLogEntry.objects.filter(changed_by__in=["group editor", "joiner"], table__endswith="ToolRights")
    entries |= AuditLogEntry.objects.filter(changed_by="joiner")
    for entry in entries:
        assert f'href="/audit-log/{entry.pk}/"' in page
    assert entries.count() == 2


def test_what_was_given_while_that_was_not_recorded_says_so(client, jdoe):
    set_value("AuditUsers", "false")
    UserToolRights.objects.create(user=jdoe, tool=tool(GRADES), right=Right.WRITE)
    rows = report(client, person="jdoe", right="Write")["jdoe Jane Doe"]
    assert [row[3] for row in rows] == ["* by giver", "not recorded"]
    assert "User changes are not being recorded." in client.get(URL).content.decode()


def test_a_holder_of_student_information_system_is_one_row_whatever_is_asked_for(client, administrator, jdoe):
    row = ("Every tool, all schools", "Every right", STUDENT_INFORMATION_SYSTEM)
    for criteria in ({}, {"right": "Write"}, {"tool": GRADES}, {"school": School.objects.get().pk}, {"source": "own"}):
        rows = report(client, person="admin", **criteria)["admin Ann Admin"]
        assert [found[:3] for found in rows if found[1] == "Every right"] == [row], criteria
    assert len(report(client, person="admin")["admin Ann Admin"]) == 2, "beside it the calendar right of its own"


def test_who_holds_nothing_is_listed_as_such(client, nobody_special, jdoe):
    assert report(client, person="plain") == {"plain Paula Plain": [("No group and no right", "", "", "")]}
    assert report(client, person="plain", right="Read") == {}


def test_accounts_that_cannot_be_used_are_marked_and_can_be_left_out(client, jdoe):
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    UserAccount.objects.create_user("gone", disable=True)
    UserAccount.objects.create_user("late", expires_date=yesterday)
    UserAccount.objects.create_user("lasting", expires_date=timezone.localdate())
    assert f"late Expired {yesterday:%m/%d/%Y}: these rights do not count" in report(client)
    assert "gone Disabled: these rights do not count" in report(client)
    assert headings(client, accounts="active") == ["auditor", "jdoe", "lasting"]


def test_calendar_rights_of_all_years_and_of_this_one_count(client, jdoe):
    UserSchoolYearRights.objects.create(user=jdoe)
    rows = report(client, person="jdoe", source="own")["jdoe Jane Doe"]
    assert ("All Years, All Schools All Calendars", "Open", "Own") in [row[:3] for row in rows]
    assert not [row for row in rows if "Not this school year" in row[0]]


# --- by group, by tool, by school -----------------------------------------------------------------------------


def test_a_group_is_listed_with_its_members_and_its_rights(client, jdoe):
    UserGroup.objects.create(name="Empty")
    found = report(client, view="group")
    assert list(found) == sorted(found), "groups stand by their names"
    assert found["Teacher"] == [
        ("jdoe Jane Doe", "Member", "* by joiner"),
        (f"{school_year() - 1}, All Schools All Calendars Not this school year", "Open", "* by group editor"),
        ("Grades Student Information > General", "Read", "* by group editor"),
    ]
    assert found["Empty"] == [("No member and no right", "", "")]
    assert found[STUDENT_INFORMATION_SYSTEM] == [("Every tool, all schools", "Every right", "")]


def test_who_can_write_in_behavior(client, jdoe, teacher, administrator):
    UserGroupToolRights.objects.create(group=teacher, tool=tool(BEHAVIOR), right=Right.WRITE)
    found = report(client, view="tool", tool=BEHAVIOR, right="Write")
    assert {heading: [row[:3] for row in rows] for heading, rows in found.items()} == {
        "Every tool": [("admin Ann Admin", "Every right", STUDENT_INFORMATION_SYSTEM)],
        "Behavior Student Information > General": [
            ("jdoe Jane Doe", "Write", "Own"),
            ("jdoe Jane Doe", "Write", "Teacher"),
        ],
    }


def test_tools_stand_in_the_order_of_the_tree_and_rights_in_theirs(client, jdoe):
    found = report(client, view="tool", person="jdoe")
    assert [(heading.split()[0], [row[1] for row in rows]) for heading, rows in found.items()] == [
        ("Behavior", ["Read", "Write"]),
        ("Grades", ["Read"]),
    ]


def test_who_can_open_a_school_by_a_right_to_it_or_to_all(client, jdoe, administrator):
    other = School.objects.create(name="Another school")
    UserSchoolYearRights.objects.create(user=jdoe, school=other)
    found = report(client, view="school", school=School.objects.get(name="Bonny Eagle").pk)
    assert {heading: [row[:4] for row in rows] for heading, rows in found.items()} == {
        "All Schools": [
            ("admin Ann Admin", "Every tool, all schools", "Every right", STUDENT_INFORMATION_SYSTEM),
            ("admin Ann Admin", "All Years All Calendars", "Modify Rights", "Own"),
            ("jdoe Jane Doe", f"{school_year() - 1} All Calendars Not this school year", "Open", "Teacher"),
        ],
        "Bonny Eagle": [("jdoe Jane Doe", f"{school_year()} Main", "Modify Rights", "Own")],
    }
    assert list(report(client, view="school")) == ["All Schools", "Another school", "Bonny Eagle"]


# --- criteria -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criteria", "tools"),
    [
        ({"tool": "behav"}, ["Behavior", "Behavior"]),
        ({"tool": BEHAVIOR.upper()}, ["Behavior", "Behavior"]),
        ({"tool": "general"}, ["Behavior", "Behavior", "Grades"]),
        ({"right": "Write"}, ["Behavior"]),
        ({"right": "Read", "source": "group"}, ["Grades"]),
        ({"right": "Read", "source": "own"}, ["Behavior"]),
        ({"tool": "no such tool"}, []),
    ],
)
def test_rights_are_found_by_tool_right_and_source(client, jdoe, criteria, tools):
    rows = report(client, person="jdoe", **criteria).get("jdoe Jane Doe", [])
    assert [row[0].split()[0] for row in rows] == tools


def test_a_tool_that_does_not_exist_is_nobodys_not_even_the_administrators(client, administrator):
    assert report(client, tool="no such tool") == {}
    assert "Nobody holds what these criteria ask for." in client.get(URL, {"tool": "no such tool"}).content.decode()


def test_people_are_found_by_a_part_of_user_name_or_name_in_every_script(client, jdoe):
    UserAccount.objects.create_user("ostrom", first_name="Åsa", last_name="Öström")
    assert headings(client, person="JDO") == headings(client, person="ane d") == ["jdoe"]
    assert headings(client, person="öST") == ["ostrom"]


def test_an_account_is_found_by_its_id_whatever_others_are_called(client, jdoe):
    UserAccount.objects.create_user("jdoe2")
    assert headings(client, account=jdoe.pk) == ["jdoe"]
    page = client.get(URL, {"account": jdoe.pk, "view": "tool"}).content.decode()
    assert "Only the account" in page
    assert f'name="account" value="{jdoe.pk}"' in page, "a further search goes on with it"


def test_a_group_gives_its_members_and_what_they_hold_through_it(client, jdoe, teacher):
    other = UserGroup.objects.create(name="Other")
    UserGroupMember.objects.create(user=jdoe, group=other)
    rows = report(client, group=teacher.pk)["jdoe Jane Doe"]
    assert [row[1:3] for row in rows] == [("Member", "Own"), ("Open", "Teacher"), ("Read", "Teacher")]


@pytest.mark.parametrize(
    ("criteria", "field"),
    [
        ({"foo": "1"}, "__all__"),
        ({"view": "sideways"}, "view"),
        ({"right": "Own"}, "right"),
        ({"group": "999999"}, "group"),
        ({"school": "x"}, "school"),
        ({"source": "elsewhere"}, "source"),
        ({"accounts": "dead"}, "accounts"),
        ({"account": "999999"}, "account"),
        ({"account": "9" * 30}, "account"),
        ({"account": "me"}, "account"),
        ({"person": "\0"}, "person"),
        ({"tool": "x" * 256}, "tool"),
        ({"view": "tool", "school": "1"}, "school"),
        ({"view": "school", "tool": "Behavior"}, "tool"),
        ({"view": "school", "right": "Read"}, "right"),
        ({"view": "group", "source": "own"}, "source"),
        ({"school": "1", "right": "Read"}, "school"),
    ],
)
def test_a_wrong_criterion_is_an_error_and_gives_no_rows(client, jdoe, criteria, field):
    if criteria.get("school") == "1":
        criteria = criteria | {"school": str(School.objects.get().pk)}
    assert list(messages(client, **criteria)) == [field]
    refused = client.get(f"{URL}export/", criteria)
    assert refused.status_code == 400
    assert not AccessLogEntry.objects.filter(event="export started").exists()


def test_other_views_keep_what_they_can_ask_for_too(client, jdoe):
    page = html.unescape(client.get(URL, {"view": "tool", "tool": "beh", "person": "j", "source": ""}).content.decode())
    assert 'href="/rights-report/?view=person&tool=beh&person=j"' in page
    assert 'href="/rights-report/?view=school&person=j"' in page


# --- the page -------------------------------------------------------------------------------------------------


def test_the_first_500_are_shown_and_it_says_that_there_are_more(client, jdoe, teacher):
    crowd = [UserAccount(username=f"user{n:04}") for n in range(501)]
    UserAccount.objects.bulk_create(crowd)
    response = client.get(URL)
    page = response.content.decode()
    assert "First 500 records displayed. Enter search criteria to narrow the results." in page
    assert "<title>Rights Report, first 500 lines" in page
    assert sum(len(rows) for rows in report(client).values()) == 500
    assert len(sheet(client)[0]) == 501 + 1 + 6, "the file has the auditor and jdoe too"


def test_a_page_costs_as_many_statements_for_many_as_for_few(client, jdoe, teacher):
    def statements(**criteria):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL, criteria).status_code == 200
        return len(queries)

    views = ("person", "group", "tool", "school")
    few = [statements(view=view) for view in views]
    tools = list(Tool.objects.all()[:20])
    UserGroupToolRights.objects.bulk_create(
        UserGroupToolRights(group=teacher, tool=one, right=Right.WRITE) for one in tools
    )
    crowd = UserAccount.objects.bulk_create(UserAccount(username=f"user{n:04}") for n in range(200))
    UserGroupMember.objects.bulk_create(UserGroupMember(user=user, group=teacher) for user in crowd)
    UserToolRights.objects.bulk_create(UserToolRights(user=user, tool=tools[0], right=Right.ADD) for user in crowd)
    assert [statements(view=view) for view in views] == few
    assert max(few) <= 20


def test_names_that_would_be_markup_are_text(client):
    group = UserGroup.objects.create(name="<b>bold</b>")
    user = UserAccount.objects.create_user("shifty", first_name="<i>", last_name="\u202etxt")
    UserGroupMember.objects.create(user=user, group=group)
    page = client.get(URL, {"person": "shifty"}).content.decode()
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "⟨U+202E⟩txt" in page


def test_record_pages_are_linked_for_who_may_open_them(client, administrator, jdoe, teacher):
    page = client.get(URL, {"account": jdoe.pk}).content.decode()
    assert f"/admin/district/useraccount/{jdoe.pk}/change/" not in page
    client.force_login(administrator)
    page = client.get(URL, {"account": jdoe.pk}).content.decode()
    assert f"/admin/district/useraccount/{jdoe.pk}/change/" in page
    account = client.get(f"/admin/district/useraccount/{jdoe.pk}/change/").content.decode()
    assert f'href="/rights-report/?account={jdoe.pk}"' in account
    of_group = client.get(f"/admin/district/usergroup/{teacher.pk}/change/").content.decode()
    assert f'href="/rights-report/?view=group&amp;group={teacher.pk}"' in of_group


def test_the_home_page_leads_there_for_who_may_open_it(client, nobody_special):
    assert 'href="/rights-report/"' in client.get("/").content.decode()
    client.force_login(nobody_special)
    assert 'href="/rights-report/"' not in client.get("/").content.decode()


@pytest.mark.parametrize("address", [URL, f"{URL}export/"])
def test_a_refused_try_is_traced(nobody_special, address):
    client = Client()
    client.force_login(nobody_special)
    assert client.get(address).status_code == 403
    trace = AccessLogEntry.objects.get()
    assert (trace.event, trace.subject, trace.changed_by) == ("refused", "Rights Report", "plain")


# --- the file -------------------------------------------------------------------------------------------------


def test_the_file_has_every_right_with_its_source_and_the_entries_that_gave_it(client, jdoe):
    rows, about = sheet(client, person="jdoe", tool=GRADES)
    (row,) = rows
    of_group = AuditLogEntry.objects.get(table="UserGroupToolRights")
    joined = AuditLogEntry.objects.get(table="UserGroupMember", changed_by="joiner")
    given = of_group.timestamp.astimezone(timezone.get_default_timezone())
    expected = {
        "User Name": "jdoe",
        "Person": "Jane Doe",
        "Account State": "Active",
        "Kind": "Tool right",
        "Tool": GRADES,
        "Right": "Read",
        "Counts Now": "Yes",
        "Source": "Group",
        "Group": "Teacher",
        "Given": given.replace(tzinfo=None, microsecond=0),
        "Given UTC Offset": given.strftime("%z"),
        "Given By": "group editor",
        "Given Entry": str(of_group.pk),
        "Joined By": "joiner",
        "Joined Entry": str(joined.pk),
    }
    assert {name: row[name] for name in expected} == expected
    assert about["Report"] == ["Rights Report"]
    assert about["Criteria"] == ["Person: jdoe", f"Tool: {GRADES}"]
    assert about["Number of rows"] == ["1"]
    assert about["Periods not recorded"] == ["none in this range"]


def test_calendar_rights_and_roles_are_in_the_file_as_they_are(client, jdoe, administrator):
    rows, _about = sheet(client, person="jdoe", school=School.objects.get().pk)
    calendars = [{name: row.get(name) for name in ("End Year", "School", "Calendar", "Counts Now")} for row in rows]
    assert calendars == [
        {"End Year": str(school_year()), "School": "Bonny Eagle", "Calendar": "Main", "Counts Now": "Yes"},
        {
            "End Year": str(school_year() - 1),
            "School": "All Schools",
            "Calendar": "All Calendars",
            "Counts Now": "No: not this school year",
        },
    ]
    assert [row["Modify Rights"] for row in rows] == ["Yes", "No"]
    role = sheet(client, person="admin")[0][0]
    assert (role["Kind"], role["Tool"], role["Right"], role["School"], role["Group"]) == (
        "Product security role",
        "Every tool",
        "Every right",
        "All Schools",
        STUDENT_INFORMATION_SYSTEM,
    )


def test_the_rights_of_accounts_that_cannot_be_used_do_not_count_in_the_file_either(client, jdoe):
    UserAccount.objects.filter(pk=jdoe.pk).update(disable=True)
    rows, _about = sheet(client, person="jdoe")
    assert {row["Account State"] for row in rows} == {"Disabled"}
    assert {row["Counts Now"] for row in rows} == {"No: account cannot be used"}


def test_what_is_not_recorded_is_said_in_the_file(client, jdoe):
    set_value("AuditUsers", "false")
    UserToolRights.objects.create(user=jdoe, tool=tool(GRADES), right=Right.ADD)
    rows, about = sheet(client, person="jdoe", right="Add")
    assert [(row["Given By"], row.get("Given"), row.get("Given Entry")) for row in rows] == [
        ("not recorded", None, None)
    ]
    assert about["User changes not recorded"][0].endswith("still not recorded")


@pytest.mark.parametrize("view", ["person", "group", "tool", "school"])
def test_the_file_has_the_rows_of_the_page_in_their_order(client, jdoe, administrator, view):
    shown = [row for rows in report(client, view=view).values() for row in rows]
    rows, _about = sheet(client, view=view)
    assert len(rows) == len(shown)
    # By person the first row of each names its account; elsewhere every row names who or what it is.
    if view != "person":
        named = [row.get("User Name") for row in rows if row.get("User Name")]
        assert named == [row[0].split()[0] for row in shown if row[0].split()[0] in set(named)]


def test_an_export_leaves_a_trace_of_who_took_what(client, jdoe):
    rows, _about = sheet(client, person="jdoe", accounts="active")
    started, finished = AccessLogEntry.objects.order_by("id")
    assert (started.event, finished.event) == ("export started", "export finished")
    assert finished.rows == len(rows)
    for trace in (started, finished):
        assert (trace.subject, trace.changed_by) == ("Rights Report", "auditor")
        assert trace.criteria == "Person: jdoe; Accounts: Active accounts only"
    response = client.get(f"{URL}export/")
    assert response["Content-Disposition"].startswith('attachment; filename="rights-report_school-district_')


def test_the_file_is_of_the_moment_in_which_it_was_asked_for(client, jdoe):
    response = client.get(f"{URL}export/", {"person": "jdoe"})
    UserToolRights.objects.filter(user=jdoe).delete()
    give_role(jdoe, STUDENT_INFORMATION_SYSTEM)
    book = openpyxl.load_workbook(io.BytesIO(response.getvalue()))
    assert book["Rights Report"].max_row == 1 + 6


def test_machines_take_the_same_rows_as_csv_and_json_lines(client, jdoe):
    lines = client.get(f"{URL}export/", {"person": "jdoe", "format": "csv"}).getvalue().decode().splitlines()
    assert lines[0].startswith("User Name,Person,Account State,Kind,Tool,Right,")
    assert len(lines) == 1 + 6
    first, *others = client.get(f"{URL}export/", {"person": "jdoe", "format": "jsonl"}).getvalue().decode().splitlines()
    assert json.loads(first)["Group"] == "Teacher"
    assert len(others) == 5
    assert client.get(f"{URL}export/", {"format": "pdf"}).status_code == 400
    assert client.get(URL, {"person": "jdoe", "format": "csv"})["Location"] == f"{URL}export/?person=jdoe&format=csv"
