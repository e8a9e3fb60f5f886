"""The three questions of docs/tour.md on the demonstration district: as many clicks from the home page as it says."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Locator, Page, expect

from .steps import axe, fits, listed, sign_in

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("look", ["light", "plain"])]


@pytest.fixture(autouse=True)
def demo(transactional_db):
    call_command("load_demo", stdout=io.StringIO())


@dataclass
class Clicks:
    """Somebody on the home page; counts the clicks from there."""

    page: Page
    made: int = 0

    def on(self, target: Locator) -> None:
        target.click()
        self.page.wait_for_load_state()
        self.made += 1

    def link(self, name: str, within: Any = None) -> None:
        self.on((within or self.page).get_by_role("link", name=name, exact=True).first)

    def time(self, within: Locator) -> None:
        """The last time in a row: times are the links to entries."""
        self.on(within.get_by_role("link", name="/20").last)


def at_home(page: Page, user: str) -> Clicks:
    sign_in(page, user)
    page.goto("/")
    return Clicks(page)


def row(page: Page, *texts: str) -> Locator:
    """The first row of a table that has all of these texts."""
    found = page.locator("tbody tr")
    for text in texts:
        found = found.filter(has_text=text)
    return found.first


def who_gave_jdoe_the_right(page: Page) -> None:
    clicks = at_home(page, "admin")
    clicks.link("User Account Administration", page.locator("main"))
    clicks.link("jdoe", page.locator("#result_list"))
    clicks.link("Rights Report", page.locator(".object-tools"))
    held = row(page, "User Account", "Write")
    expect(held).to_contain_text(re.compile(r"Help Desk.*by vholloway.*Membership.*by vholloway", re.DOTALL))
    clicks.time(held)
    expect(page.locator(".entry-sentence")).to_have_text("vholloway added jdoe to the group Help Desk.")
    expect(page.locator(".entry-now")).to_contain_text("Still so today")
    assert clicks.made == 4


def who_gave_jdoe_the_right_in_one_search(page: Page) -> None:
    """Of the log: her own right went; the entry says that she has it all the same."""
    clicks = at_home(page, "auditor")
    clicks.link("Audit Log", page.locator("main"))
    page.get_by_label("Affected Object").fill("jdoe, User Account")
    clicks.on(page.get_by_role("button", name="View Results"))
    expect(page).to_have_title(re.compile("Audit Log, 4 entries"))
    clicks.time(row(page, "Delete", "Write"))
    entry = page.locator("#entry")
    expect(entry.locator(".entry-sentence")).to_have_text(
        "mthornquist took the right to Write in User Account from jdoe."
    )
    expect(entry.locator(".entry-now")).to_contain_text("As a member of Help Desk, jdoe has this right today.")
    expect(entry).to_contain_text(re.compile(r"Given.*Add by vholloway", re.DOTALL))
    assert clicks.made == 3
    fits(page)


def who_can_change_accounts_in_one_search(page: Page) -> None:
    clicks = at_home(page, "auditor")
    clicks.link("Rights Report", page.locator("main"))
    page.get_by_label("Person").fill("jdoe")
    page.get_by_label("Tool").fill("User Account")
    page.get_by_label("Right", exact=True).select_option("Write")
    clicks.on(page.get_by_role("button", name="View Results"))
    expect(page).to_have_title(re.compile("Rights Report, 1 line"))
    expect(row(page, "User Account")).to_contain_text(
        re.compile(r"Help Desk.*by vholloway.*Membership.*by vholloway", re.DOTALL)
    )
    assert clicks.made == 2


def what_changed_last_night(page: Page) -> None:
    clicks = at_home(page, "auditor")
    clicks.link("Audit Log", page.locator("main"))
    clicks.link("Last night, 18:00 to 6:00")
    expect(page).to_have_title(re.compile("Audit Log, 4 entries"))
    clicks.link("Gave it to oneself", page.locator(".log-marked"))
    expect(page).to_have_title(re.compile("Audit Log, 1 entry"))
    page.go_back()
    clicks.made -= 1
    clicks.link("Security tools", page.locator(".log-marked"))
    expect(page.locator(".log-chips li")).to_have_count(2)
    assert [row[1:4] for row in listed(page)] == [
        ("UserToolRights", "Delete", "wgallagher, User Account Write"),
        ("UserToolRights", "Add", "mthornquist, Reset Password Write"),
        ("UserToolRights", "Add", "wgallagher, User Account Write"),
        ("UserToolRights", "Add", "wgallagher, User Account Read"),
    ]
    assert clicks.made == 3
    expect(page.locator(".log-marked")).to_have_count(0)
    fits(page)


def what_she_did_on_her_last_day(page: Page) -> None:
    clicks = at_home(page, "admin")
    clicks.link("User Account Administration", page.locator("main"))
    clicks.link("vholloway", page.locator("#result_list"))
    expect(page.get_by_label("Disable account")).to_be_checked()
    clicks.link("What it did on its last day", page.locator(".object-tools"))
    rows = listed(page)
    assert {row[4] for row in rows} == {"vholloway"}
    assert len({row[0][:10] for row in rows}) == 1
    assert rows[-1][1:4] == ("UserToolRights", "Add", "jdoe, User Account Read")
    assert rows[0][1:4] == ("UserGroupMember", "Delete", "vholloway, Technology")
    assert clicks.made == 3


def what_she_did_on_her_last_day_in_one_search(page: Page) -> None:
    """Of the log: whoever reads it and opens no accounts finds her by her name."""
    clicks = at_home(page, "auditor")
    expect(page.get_by_role("link", name="User Account Administration")).to_have_count(0)
    clicks.link("Audit Log", page.locator("main"))
    page.get_by_label("Changed By", exact=True).fill("vholloway")
    clicks.on(page.get_by_role("button", name="View Results"))
    clicks.time(row(page, "jdoe, User Account", "Add"))
    clicks.link("Who made this change")
    clicks.link("What was done on this last day")
    rows = listed(page)
    assert {row[4] for row in rows} == {"vholloway"}
    assert len(rows) == 10
    assert len({row[0][:10] for row in rows}) == 1
    assert rows[0][1:4] == ("UserGroupMember", "Delete", "vholloway, Technology")
    assert clicks.made == 5


def test_the_three_questions_are_answered_by_as_many_clicks_as_the_tour_says(site, look):
    for question in (
        who_gave_jdoe_the_right,
        who_gave_jdoe_the_right_in_one_search,
        who_can_change_accounts_in_one_search,
        what_changed_last_night,
        what_she_did_on_her_last_day,
        what_she_did_on_her_last_day_in_one_search,
    ):
        page = site(look)
        question(page)
        if look != "plain":
            axe(page)
