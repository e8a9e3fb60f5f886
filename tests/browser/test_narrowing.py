"""Narrowing the Audit Log by what one sees: ranges, values of rows, chips, more criteria, saved searches."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .steps import axe, fits, sign_in

pytestmark = pytest.mark.usefixtures("told_history")

CHIPS = """
- heading "Criteria in use" [level=2]
- list "Criteria in use":
  - listitem:
    - 'link "Remove filter: Table: UserGroupMember"'
  - listitem:
    - 'link "Remove filter: Not Action: Delete"'
"""


def rows(page):
    return page.locator(".log-table tbody tr")


def opened(page, query=""):
    sign_in(page, "auditor")
    page.goto(f"/audit-log/?changed_by=jclerk{query}")
    return page


def test_a_value_of_a_row_narrows_and_its_chip_takes_that_back(page):
    opened(page)
    expect(rows(page)).to_have_count(3)
    page.locator(".log-table").get_by_role("link", name="UserGroupMember").first.click()
    expect(rows(page)).to_have_count(2)
    expect(page).to_have_url("/audit-log/?changed_by=jclerk&table=UserGroupMember")
    expect(page.locator("#results-heading")).to_be_focused()
    expect(page.locator("#results-heading")).to_contain_text("2 entries")
    page.get_by_role("link", name="Remove filter: Table: UserGroupMember").click()
    expect(rows(page)).to_have_count(3)
    expect(page).to_have_url("/audit-log/?changed_by=jclerk")


def test_the_accessibility_tree_names_the_chips(page):
    opened(page, "&table=UserGroupMember&not_action=delete")
    expect(rows(page)).to_have_count(1)
    expect(page.locator(".log-chips")).to_match_aria_snapshot(CHIPS)


def test_a_chip_is_taken_away_and_a_range_chosen_by_keyboard_alone(page):
    opened(page, "&table=UserGroupMember")
    page.get_by_role("link", name="Remove filter: Table: UserGroupMember").focus()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(3)
    page.get_by_role("link", name="Last 7 days", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("No entries match these criteria.")).to_be_visible()
    expect(page.get_by_role("link", name="Last 7 days", exact=True)).to_have_attribute("aria-current", "true")


def test_dates_that_are_entered_take_the_place_of_a_range(page):
    opened(page, "&range=last_school_year")
    page.get_by_label("Start Date").fill("2025-03-01")
    page.get_by_role("button", name="View Results").click()
    expect(rows(page)).to_have_count(3)
    expect(page).to_have_url("/audit-log/?start_date=2025-03-01&changed_by=jclerk")


def test_a_property_is_found_by_name_and_values(page):
    opened(page)
    page.get_by_text("More criteria").click()
    page.get_by_label("Property Name").fill("description")
    page.get_by_label("New Value").fill("aides")
    page.get_by_role("button", name="View Results").click()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("link", name="Remove filter: New Value: aides")).to_be_visible()


def test_a_search_is_saved_opened_and_made_the_default(page):
    opened(page, "&action=delete")
    page.get_by_text("Save this search").click()
    page.get_by_label("Name of the search").fill("What Jo deleted")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="What Jo deleted")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Manage").click()
    axe(page)
    page.get_by_role("button", name="Use as my default").click()
    page.goto("/audit-log/")
    expect(page.get_by_text("This is your default search “What Jo deleted”.")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("link", name="Show everything").click()
    expect(page).to_have_url("/audit-log/?all=1")


def test_all_of_it_works_without_scripts(plain_page):
    page = opened(plain_page)
    page.locator(".log-table").get_by_role("link", name="UserGroupMember").first.click()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name="Remove filter: Table: UserGroupMember").click()
    expect(rows(page)).to_have_count(3)
    page.get_by_role("link", name="Last night, 18:00 to 6:00").click()
    expect(page.get_by_text("No entries match these criteria.")).to_be_visible()
    page.goto("/audit-log/?changed_by=jclerk&property=description")
    expect(rows(page)).to_have_count(1)
    page.get_by_text("Save this search").click()
    page.get_by_label("Name of the search").fill("Descriptions")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Descriptions")).to_be_visible()


def test_it_fits_and_is_free_of_barriers_in_every_look(every_page):
    opened(every_page, "&table=UserGroupMember&not_action=delete&property=user&range=last_school_year")
    every_page.get_by_text("Save this search").click()
    fits(every_page)
    axe(every_page)
    every_page.goto("/audit-log/searches/")
    fits(every_page)
    axe(every_page)
