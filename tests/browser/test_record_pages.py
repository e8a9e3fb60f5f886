from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from district.models import Calendar, School, UserAccount, UserGroup, UserGroupMember, UserSchoolYearRights
from district.roles import GROUP_ASSIGNMENT, give_role

from .steps import axe, fits, sign_in


@pytest.fixture
def jdoe(administrator) -> UserAccount:
    """In one group of three, with a calendar right."""
    school = School.objects.create(name="Harrison High School")
    Calendar.objects.create(school=school, name="26-27 Harrison", end_year=2027)
    account = UserAccount.objects.create_user("jdoe", "x", first_name="John", failed_logins=3)
    groups = [UserGroup.objects.create(name=name) for name in ("Health Staff", "Teachers", "Registrars")]
    UserGroupMember.objects.create(user=account, group=groups[1])
    UserSchoolYearRights.objects.create(user=account, end_year=2027, school=school)
    return account


def groups_of(account: UserAccount) -> set[str]:
    return set(account.memberships.values_list("group__name", flat=True))


def test_the_list_of_accounts_shows_every_column_beside_the_open_tools(page: Page, jdoe: UserAccount) -> None:
    give_role(jdoe, GROUP_ASSIGNMENT)
    UserAccount.objects.update(last_name="Montgomery", last_login=datetime(2026, 11, 26, 22, 48, tzinfo=UTC))
    sign_in(page, "admin")
    page.goto("/admin/district/useraccount/")
    expect(page.locator("#nav-sidebar")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Last sign-in")).to_be_in_viewport(ratio=1)
    wide, room = page.locator("#changelist .results").evaluate("it => [it.scrollWidth, it.clientWidth]")
    assert wide <= room
    axe(page)


def test_every_record_page_can_be_used_by_everybody(every_page: Page, jdoe: UserAccount) -> None:
    sign_in(every_page, "admin")
    group, school = UserGroup.objects.get(name="Teachers"), School.objects.get()
    for address in (
        "useraccount/",
        "useraccount/add/",
        f"useraccount/{jdoe.pk}/change/",
        f"useraccount/{jdoe.pk}/password/",
        f"useraccount/{jdoe.pk}/delete/",
        "usergroup/",
        f"usergroup/{group.pk}/change/",
        f"usergroup/{group.pk}/delete/",
        "preference/",
        "school/",
        f"school/{school.pk}/delete/",
        "calendar/",
        "calendar/add/",
    ):
        every_page.goto(f"/admin/district/{address}")
        axe(every_page)
        fits(every_page)


def test_a_group_is_found_and_given_by_keyboard_alone(page: Page, jdoe: UserAccount) -> None:
    sign_in(page, "admin")
    page.goto(f"/admin/district/useraccount/{jdoe.pk}/change/")
    page.get_by_label("Filter available user groups").focus()
    page.keyboard.type("health")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Available user groups", exact=False).and_(page.locator("select"))).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 moved to Current user groups")
    page.locator("#id_groups_remove").select_option(label="Teachers")
    page.get_by_role("button", name="Take the chosen ones away").press("Enter")
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    page.wait_for_url("**/useraccount/")
    assert groups_of(jdoe) == {"Health Staff"}


def test_moving_an_entry_to_and_fro_changes_nothing(page: Page, jdoe: UserAccount) -> None:
    sign_in(page, "admin")
    page.goto(f"/admin/district/useraccount/{jdoe.pk}/change/")
    page.locator("#id_groups_add").select_option(label="Registrars")
    page.get_by_role("button", name="Add the chosen ones").click()
    page.locator("#id_groups_remove").select_option(label="Registrars")
    page.get_by_role("button", name="Take the chosen ones away").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/useraccount/")
    assert groups_of(jdoe) == {"Teachers"}


def test_groups_and_calendar_rights_are_given_without_javascript(plain_page: Page, jdoe: UserAccount) -> None:
    sign_in(plain_page, "admin")
    plain_page.goto(f"/admin/district/useraccount/{jdoe.pk}/change/")
    plain_page.locator("#id_groups_add").select_option(label=["Health Staff", "Registrars"])
    plain_page.locator("#id_groups_remove").select_option(label="Teachers")
    plain_page.locator("[name=calendar_rights-1-end_year]").select_option("all")
    plain_page.get_by_role("button", name="Save", exact=True).click()
    plain_page.wait_for_url("**/useraccount/")
    assert groups_of(jdoe) == {"Health Staff", "Registrars"}
    assert jdoe.calendar_rights.count() == 2
