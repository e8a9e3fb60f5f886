from __future__ import annotations

import re
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from auditlog.context import acting_as
from district.models import UserAccount, UserGroup

from .steps import axe, fits, listed, sign_in

LONG = "a-name-that-goes-on-" * 5


@pytest.fixture
def clerk(administrator) -> UserAccount:
    """Was called otherwise once, and changed something on two days."""
    with acting_as("admin", at=datetime.fromisoformat("2026-03-02T09:00:00-06:00")):
        clerk = UserAccount.objects.create_user("jclerk", first_name="Jo", last_name="Clerk")
    with acting_as("admin", at=datetime.fromisoformat("2026-03-03T09:00:00-06:00")):
        clerk.username = LONG
        clerk.save()
    for day, name in ((4, "first deed"), (9, "last deed"), (9, "very last deed")):
        with acting_as(LONG, user_id=clerk.pk, at=datetime.fromisoformat(f"2026-03-0{day}T09:00:00-06:00")):
            UserGroup.objects.create(name=name)
    return clerk


def test_the_page_can_be_used_by_everybody(every_page: Page, clerk: UserAccount) -> None:
    sign_in(every_page, "admin")
    for address in (f"UserAccount/{clerk.pk}", f"UserGroup/{UserGroup.objects.get(name='first deed').pk}"):
        every_page.goto(f"/audit-log/of/{address}/")
        axe(every_page)
        fits(every_page)


@pytest.mark.parametrize("look", ["light", "plain"])
def test_what_she_did_on_her_last_day_is_three_clicks_from_home(site, clerk: UserAccount, look: str) -> None:
    page = site(look)
    sign_in(page, "admin")
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="User Account Administration").click()
    page.get_by_role("link", name=LONG).click()
    page.get_by_role("link", name="What it did on its last day").click()
    expect(page).to_have_title("Audit Log, 2 entries | Chalkline")
    assert [row[3].split("\n")[0] for row in listed(page)] == ["very last deed", "last deed"]


def test_by_keyboard_from_the_account_to_an_entry_of_it(page: Page, clerk: UserAccount) -> None:
    sign_in(page, "admin")
    page.goto(f"/admin/district/useraccount/{clerk.pk}/change/")
    page.get_by_role("link", name="Its entries in the Audit Log").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Entries of user account")
    page.get_by_role("navigation", name="Lists").get_by_role("link", name="Done by").press("Enter")
    expect(page.locator("#by")).to_be_in_viewport()
    page.get_by_role("region", name="Done by").get_by_role("link", name="03/04/2026").press("Enter")
    expect(page.locator("#entry-heading")).to_be_visible()
    expect(page.get_by_role("region", name="Chosen entry")).to_contain_text("first deed")
    expect(page).to_have_title("Audit Log, 3 entries | Chalkline")


def test_the_page_tells_its_parts_to_who_cannot_see_them(page: Page, clerk: UserAccount) -> None:
    sign_in(page, "admin")
    page.goto(f"/audit-log/of/UserAccount/{clerk.pk}/")
    expect(page.get_by_role("region", name="Done to")).to_be_visible()
    expect(page.get_by_role("table", name="Done by")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Export to Excel ?: Done (to|by)"))).to_have_count(2)


def test_a_report_on_a_person_leads_to_her_entries(page: Page, clerk: UserAccount) -> None:
    sign_in(page, "admin")
    page.goto(f"/rights-report/?account={clerk.pk}")
    page.get_by_role("link", name="Entries of").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(LONG)


def test_on_paper_only_what_is_to_be_read_remains(page: Page, clerk: UserAccount) -> None:
    sign_in(page, "admin")
    page.goto(f"/audit-log/of/UserAccount/{clerk.pk}/")
    page.emulate_media(media="print")
    expect(page.get_by_role("table", name="Done to")).to_be_visible()
    expect(page.get_by_role("link", name="Search these in the Audit Log").first).to_be_hidden()
