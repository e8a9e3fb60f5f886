from __future__ import annotations

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from auditlog.context import acting_as
from district.models import (
    Right,
    School,
    Tool,
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)

from .steps import axe, fits, sign_in

BEHAVIOR = "Student Information > General > Behavior"


@pytest.fixture
def staff(administrator, auditor) -> UserAccount:
    """A teacher with an own right, one through a group, an old calendar right, and a name that is very long."""
    tool = Tool.objects.get(path=BEHAVIOR)
    with acting_as("boss"):
        group = UserGroup.objects.create(name="Teacher")
        UserGroupToolRights.objects.create(group=group, tool=tool, right=Right.READ)
        jdoe = UserAccount.objects.create_user("jdoe", first_name="Jane", last_name="Doe")
        UserGroupMember.objects.create(user=jdoe, group=group)
        UserToolRights.objects.create(user=jdoe, tool=tool, right=Right.WRITE)
        UserSchoolYearRights.objects.create(user=jdoe, school=School.objects.create(name="Harlow"), end_year=2011)
        UserAccount.objects.create_user("gone" * 20, first_name="Long" * 20, disable=True)
    return jdoe


@pytest.mark.parametrize(
    "query",
    ["", "?view=group", "?view=tool", "?view=school", "?account={pk}", "?person=nobody", "?view=school&tool=x&foo=1"],
)
def test_the_report_can_be_used_by_everybody(every_page: Page, staff: UserAccount, query: str) -> None:
    sign_in(every_page, "admin")
    every_page.goto(f"/rights-report/{query.format(pk=staff.pk)}")
    expect(every_page.locator("h1")).to_have_text("Rights Report")
    axe(every_page)
    fits(every_page)


def ask(page: Page) -> None:
    """From home to who can Write in Behavior."""
    page.get_by_role("link", name="Rights Report").click()
    page.get_by_role("link", name="By tool").click()
    page.get_by_label("Tool").fill(BEHAVIOR)
    page.get_by_label("Right", exact=True).select_option(label="Write")
    page.get_by_role("button", name="View Results").click()
    expect(page).to_have_title("Rights Report, 2 lines | Chalkline")


@pytest.mark.parametrize("look", ["light", "plain"])
def test_who_can_write_in_behavior_and_who_gave_it(site, staff: UserAccount, look: str) -> None:
    page = site(look)
    sign_in(page, "auditor")
    page.goto("/")
    ask(page)
    rows = page.get_by_role("row")
    expect(rows.filter(has_text="admin")).to_contain_text("Every right")
    given = rows.filter(has_text="jdoe")
    expect(given).to_contain_text("by boss")
    given.get_by_role("link").last.click()
    expect(page.locator("h1")).to_contain_text("Audit Log entry")
    expect(page.get_by_role("article")).to_contain_text("UserToolRights")


def test_the_same_by_keyboard_alone_down_to_the_file(page: Page, staff: UserAccount, tmp_path) -> None:
    sign_in(page, "auditor")
    page.goto("/")
    page.get_by_role("link", name="Rights Report").press("Enter")
    page.get_by_role("link", name="By tool").press("Enter")
    page.get_by_label("Tool").focus()
    page.keyboard.type(BEHAVIOR)
    page.keyboard.press("Tab")
    page.keyboard.type("W")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="View Results").press("Enter")
    expect(page).to_have_title("Rights Report, 2 lines | Chalkline")
    with page.expect_download() as started:
        page.get_by_role("link", name="Export to Excel").press("Enter")
    started.value.save_as(tmp_path / "rights.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "rights.xlsx")["Rights Report"].iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["User Name", "admin", "jdoe"]


def test_the_views_and_headings_are_told_to_who_cannot_see_them(page: Page, staff: UserAccount) -> None:
    sign_in(page, "auditor")
    page.goto(f"/rights-report/?account={staff.pk}")
    expect(page.get_by_role("navigation", name="Views")).to_match_aria_snapshot("""
        - navigation "Views":
          - list:
            - listitem:
              - link "By person"
            - listitem:
              - link "By group"
            - listitem:
              - link "By tool"
            - listitem:
              - link "By school"
    """)
    assert page.get_by_role("link", name="By person").get_attribute("aria-current") == "page"
    expect(page.get_by_role("rowheader", name="jdoe Jane Doe")).to_be_visible()
    expect(page.get_by_role("table", name="Rights, with their source")).to_be_visible()


def test_after_wrong_criteria_the_summary_has_the_focus_and_leads_to_the_field(page: Page, staff: UserAccount) -> None:
    sign_in(page, "auditor")
    page.goto("/rights-report/?right=Read&school=" + str(School.objects.get().pk))
    expect(page.locator(".error-summary")).to_be_focused()
    page.locator(".error-summary").get_by_role("link", name="School").click()
    expect(page.get_by_label("School")).to_be_focused()


def test_a_printed_report_says_what_was_asked_and_when(page: Page, staff: UserAccount) -> None:
    sign_in(page, "auditor")
    page.goto("/rights-report/?person=jdoe")
    page.emulate_media(media="print")
    expect(page.locator(".rights-asked")).to_contain_text("As of")
    expect(page.locator(".rights-asked")).to_contain_text("Person: jdoe.")
    expect(page.get_by_role("search")).to_be_hidden()
    expect(page.get_by_role("navigation", name="Views")).to_be_hidden()
