"""The example entries of the source document, redone by a person on the record pages."""

from __future__ import annotations

import pytest

from district.models import (
    Calendar,
    School,
    UserAccount,
    UserGroup,
    UserGroupSchoolYearRights,
    UserSchoolYearRights,
)
from district.roles import GROUP_ASSIGNMENT, STUDENT_INFORMATION_SYSTEM

from .pages import account_url, last_id, save_account, save_group, save_preferences, since, told

pytestmark = pytest.mark.django_db

ROWS = "calendar_rights"


@pytest.fixture
def admin_client(client, administrator):
    client.force_login(administrator)
    return client


@pytest.fixture
def person():
    return UserAccount.objects.create_user("UserName", "x")


@pytest.fixture
def steep_falls():
    return School.objects.create(pk=4, name="Steep Falls Elementary School")


@pytest.fixture
def high_school():
    return School.objects.create(pk=9, name="Bonny Eagle High School")


def done(answer, mark, *, by="admin"):
    """The entries of one click: it went through, was one change set, and by that person."""
    assert answer.status_code == 302
    entries = since(mark)
    assert len({entry.change_set for entry in entries}) <= 1
    assert {(entry.changed_by, entry.channel) for entry in entries} <= {(by, "web")}
    return [told(entry) for entry in entries]


def test_search_field_order_from_after_to_before(admin_client):
    mark = last_id()
    assert done(save_preferences(admin_client, SearchFieldOrder="before"), mark) == [
        (
            "Preference",
            "change",
            "SearchFieldOrder",
            ["Preference name: SearchFieldOrder"],
            [("value", "after", "before")],
        )
    ]


def test_an_account_is_created(admin_client):
    mark = last_id()
    password = "grass-and-4-clouds"
    answer = save_account(admin_client, username="ttestperson", password1=password, password2=password)
    assert done(answer, mark) == [("UserAccount", "add", "ttestperson", ["User name: ttestperson"], [])]
    account = UserAccount.objects.get(username="ttestperson")
    assert account.check_password(password)
    assert account.modified_by == account.password_changed_by == "admin"


def test_an_account_is_disabled(admin_client, person):
    mark = last_id()
    assert done(save_account(admin_client, person, disable="on"), mark) == [
        ("UserAccount", "change", "UserName", ["User name: UserName"], [("disable", "false", "true")])
    ]


def test_an_account_is_deleted(admin_client, person):
    mark = last_id()
    page = admin_client.get(account_url(person, "delete"))
    assert "User account UserName" in page.content.decode()
    answer = admin_client.post(account_url(person, "delete"), {"post": "yes"})
    assert done(answer, mark) == [("UserAccount", "delete", "UserName", ["User name: UserName"], [])]
    assert not UserAccount.objects.filter(username="UserName").exists()


def test_an_account_becomes_a_member_of_health_staff(admin_client, person):
    group = UserGroup.objects.create(name="Health Staff")
    mark = last_id()
    assert done(save_account(admin_client, person, groups_add=[group.pk]), mark) == [
        ("UserGroupMember", "add", "UserName, Health Staff", ["User name: UserName", "Group name: Health Staff"], [])
    ]
    mark = last_id()
    assert done(save_account(admin_client, person, groups_remove=[group.pk]), mark) == [
        ("UserGroupMember", "delete", "UserName, Health Staff", ["User name: UserName", "Group name: Health Staff"], [])
    ]


def test_student_information_system_is_given_in_three_entries_and_exchanged_in_three(admin_client):
    tester = UserAccount.objects.create_user("natetester", "x")
    who = "User name: natetester"
    mark = last_id()
    assert done(save_account(admin_client, tester, role=STUDENT_INFORMATION_SYSTEM), mark) == [
        ("UserAccount", "change", "natetester", [who], [("securityRole", None, STUDENT_INFORMATION_SYSTEM)]),
        (
            "UserGroupMember",
            "add",
            f"natetester, {STUDENT_INFORMATION_SYSTEM}",
            [who, f"Group name: {STUDENT_INFORMATION_SYSTEM}"],
            [],
        ),
        (
            "UserSchoolYearRights",
            "add",
            "natetester, All Years, All Schools",
            [who, "End year: All Years", "School: All Schools", "Calendar: All Calendars"],
            [],
        ),
    ]
    mark = last_id()
    assert done(save_account(admin_client, tester, role=GROUP_ASSIGNMENT), mark) == [
        (
            "UserAccount",
            "change",
            "natetester",
            [who],
            [("securityRole", STUDENT_INFORMATION_SYSTEM, GROUP_ASSIGNMENT)],
        ),
        (
            "UserGroupMember",
            "delete",
            f"natetester, {STUDENT_INFORMATION_SYSTEM}",
            [who, f"Group name: {STUDENT_INFORMATION_SYSTEM}"],
            [],
        ),
        (
            "UserGroupMember",
            "add",
            f"natetester, {GROUP_ASSIGNMENT}",
            [who, f"Group name: {GROUP_ASSIGNMENT}"],
            [],
        ),
    ]
    row = UserSchoolYearRights.objects.get(user=tester)
    assert (row.end_year, row.school, row.modify_rights) == (None, None, True)


def test_a_role_and_a_setting_changed_together_are_one_change_of_the_account(admin_client, person):
    mark = last_id()
    entries = done(save_account(admin_client, person, role=GROUP_ASSIGNMENT, force_password_change="on"), mark)
    assert [entry[:3] for entry in entries] == [
        ("UserAccount", "change", "UserName"),
        ("UserGroupMember", "add", f"UserName, {GROUP_ASSIGNMENT}"),
    ]


def test_a_calendar_right_is_given_a_school(admin_client, person, steep_falls):
    UserSchoolYearRights.objects.create(user=person, end_year=2010)
    mark = last_id()
    assert done(save_account(admin_client, person, **{f"{ROWS}-0-school_id": "4"}), mark) == [
        (
            "UserSchoolYearRights",
            "change",
            "UserName, 2010, Steep Falls Elementary School",
            [
                "User name: UserName",
                "End year: 2010",
                "School: Steep Falls Elementary School",
                "Calendar: All Calendars",
            ],
            [("schoolID", None, "4")],
        )
    ]


def test_a_calendar_right_for_all_years_and_schools_is_added_and_deleted(admin_client):
    tester = UserAccount.objects.create_user("natetester", "x")
    mark = last_id()
    (added,) = done(save_account(admin_client, tester, **{f"{ROWS}-0-end_year": "all"}), mark)
    assert added[:3] == ("UserSchoolYearRights", "add", "natetester, All Years, All Schools")
    mark = last_id()
    (gone,) = done(save_account(admin_client, tester, **{f"{ROWS}-0-DELETE": "on"}), mark)
    assert gone[:3] == ("UserSchoolYearRights", "delete", "natetester, All Years, All Schools")


def test_a_groups_calendar_right_changes_year_calendar_and_modify_rights(admin_client, high_school):
    group = UserGroup.objects.create(name="Title One/LEP")
    calendar = Calendar.objects.create(pk=114, school=high_school, name="10-11 Bonny Eagle", end_year=2011)
    Calendar.objects.create(school=high_school, name="09-10 Bonny Eagle", end_year=2010)
    UserGroupSchoolYearRights.objects.create(
        group=group, end_year=2011, school=high_school, calendar=calendar, modify_rights=True
    )
    mark = last_id()
    changes = {f"{ROWS}-0-end_year": "2010", f"{ROWS}-0-calendar_id": "", f"{ROWS}-0-modify_rights": None}
    assert done(save_group(admin_client, group, **changes), mark) == [
        (
            "UserGroupSchoolYearRights",
            "change",
            "Title One/LEP, 2010, Bonny Eagle High School",
            [
                "Group name: Title One/LEP",
                "End year: 2010",
                "School: Bonny Eagle High School",
                "Calendar: All Calendars",
            ],
            [("endYear", "2011", "2010"), ("calendarID", "114", None), ("modifyRights", "true", "false")],
        )
    ]


def test_a_group_is_renamed(admin_client):
    group = UserGroup.objects.create(name="Title One")
    mark = last_id()
    assert done(save_group(admin_client, group, name="Title One/LEP"), mark) == [
        (
            "UserGroup",
            "change",
            "Title One/LEP",
            ["Group name: Title One/LEP"],
            [("name", "Title One", "Title One/LEP")],
        )
    ]


def test_a_group_is_created_and_deleted(admin_client):
    mark = last_id()
    answer = save_group(admin_client, name="Title One", description="Line 1\r\nLine 2")
    assert done(answer, mark) == [("UserGroup", "add", "Title One", ["Group name: Title One"], [])]
    group = UserGroup.objects.get(name="Title One")
    assert group.description == "Line 1\nLine 2"
    mark = last_id()
    answer = admin_client.post(f"/admin/district/usergroup/{group.pk}/delete/", {"post": "yes"})
    assert done(answer, mark) == [("UserGroup", "delete", "Title One", ["Group name: Title One"], [])]


def test_pages_saved_as_they_were_leave_no_entry_and_no_stamp(admin_client, person, high_school):
    group = UserGroup.objects.create(name="Health Staff", description="Line 1\nLine 2\n\n<b>")
    UserSchoolYearRights.objects.create(user=person, end_year=2011, school=high_school, modify_rights=True)
    save_account(admin_client, person, groups_add=[group.pk])
    before = UserAccount.objects.values().get(pk=person.pk)
    mark = last_id()
    assert done(save_account(admin_client, person), mark) == []
    assert done(save_group(admin_client, group), mark) == []
    assert done(save_preferences(admin_client), mark) == []
    assert UserAccount.objects.values().get(pk=person.pk) == before
