"""The list folded: by keyboard, with and without scripts, and as a screen reader has it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from auditlog.context import acting_as
from district.models import Right, Tool, UserGroup, UserGroupToolRights

from .steps import axe, fits, sign_in

FOLDED = """
- region "Entries 8 entries on 3 lines":
  - heading "Entries 8 entries on 3 lines" [level=2]
  - paragraph:
    - link "Show every entry on a line of its own"
  - table "Entries of the Audit Log, newest first. Follow a timestamp to read the entry.":
    - rowgroup:
      - row "Timestamp Table Action Affected Object Changed by"
    - rowgroup:
      - row /^05\\/05\\/2025 09:02:00 -0500 UserGroup Add Library jclerk$/
      - 'row "05/05/2025 09:01:00 -0500 6 entries: 5 UserGroupToolRights Add, 1 UserGroup Change Teacher jclerk"':
        - cell "05/05/2025 09:01:00 -0500"
        - 'cell "6 entries: 5 UserGroupToolRights Add, 1 UserGroup Change Teacher"':
          - 'link "6 entries: 5 UserGroupToolRights Add, 1 UserGroup Change"'
        - cell "jclerk"
      - row /^05\\/05\\/2025 09:00:00 -0500 UserGroup Add Teacher jclerk$/
"""
UNFOLDED = """
- 'row "05/05/2025 09:01:00 -0500 6 entries: 5 UserGroupToolRights Add, 1 UserGroup Change Teacher jclerk"':
  - cell
  - cell:
    - 'link "6 entries: 5 UserGroupToolRights Add, 1 UserGroup Change" [expanded]'
  - cell
- row /UserGroup Change Teacher jclerk$/:
  - cell:
    - link "05/05/2025 09:01:00 -0500"
- row /UserGroupToolRights Add Teacher, .* jclerk$/
"""


@pytest.fixture(autouse=True)
def made_together(transactional_db, auditor):
    def at(minute: int):
        return acting_as("jclerk", at=datetime(2025, 5, 5, 14, minute, tzinfo=UTC))

    with at(0):
        group = UserGroup.objects.create(name="Teacher")
    with at(1):
        UserGroupToolRights.objects.bulk_create(
            UserGroupToolRights(group=group, tool=tool, right=Right.READ) for tool in Tool.objects.all()[:5]
        )
        group.description = "Everybody who teaches"
        group.save()
    with at(2):
        UserGroup.objects.create(name="Library")


def opened(page, query: str = ""):
    sign_in(page, "auditor")
    page.goto(f"/audit-log/?changed_by=jclerk{query}")
    return page


def rows(page):
    return page.locator(".log-table tbody tr")


def the_set(page, **state):
    return page.get_by_role("link", name=re.compile("^6 entries"), **state)


def test_the_list_is_folded_unfolded_and_left_by_keyboard_alone(page):
    opened(page)
    page.get_by_role("link", name="Fold entries that were made together").press("Enter")
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_role("status")).to_have_text("8 entries on 3 lines")
    expect(page.locator("#fold")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?changed_by=jclerk&fold=1$"))
    expect(page.get_by_role("region", name="Entries")).to_match_aria_snapshot(FOLDED)
    the_set(page, expanded=False).press("Enter")
    expect(rows(page)).to_have_count(9)
    expect(the_set(page)).to_be_focused()
    expect(page.get_by_role("table").first).to_match_aria_snapshot(UNFOLDED)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#entry-heading")).to_be_focused()
    expect(page.locator("[aria-current=true]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(3)
    expect(the_set(page)).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?changed_by=jclerk&fold=1$"))


def test_a_mailed_address_shows_the_same_folding(page, site):
    opened(page, "&fold=1")
    the_set(page).click()
    expect(rows(page)).to_have_count(9)
    page.reload()
    expect(rows(page)).to_have_count(9)
    page.fill("[name=affected_object]", "teacher")
    page.click("#view-results")
    expect(page.get_by_role("status")).to_have_text("7 entries on 2 lines")
    expect(rows(page)).to_have_count(2)


def test_folding_works_without_scripts_and_comes_back_to_its_line(plain_page):
    page = opened(plain_page)
    page.click("#fold")
    expect(rows(page)).to_have_count(3)
    the_set(page).click()
    expect(rows(page)).to_have_count(9)
    expect(the_set(page)).to_have_attribute("aria-expanded", "true")
    expect(the_set(page)).to_be_in_viewport()
    the_set(page).click()
    expect(rows(page)).to_have_count(3)


def test_the_folded_list_fits_and_is_free_of_barriers_in_every_look(every_page):
    page = opened(every_page, "&fold=1")
    axe(page)
    fits(page)
    the_set(page).click()
    expect(rows(page)).to_have_count(9)
    axe(page)
    fits(page)
