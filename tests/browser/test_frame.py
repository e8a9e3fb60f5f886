from __future__ import annotations

from unittest.mock import patch

import psycopg2
import pytest
from django.db import OperationalError
from playwright.sync_api import Page, expect

from config import views
from tests.people import PASSWORD

from .steps import axe, fits, sign_in, sign_in_by_hand


def away(*args, **kwargs):
    raise OperationalError("away") from psycopg2.OperationalError("away")


def usable_by_everybody(page: Page) -> None:
    """What holds for every page of the frame, in every look."""
    expect(page.locator("h1")).to_have_count(1)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("banner")).to_have_count(1)
    axe(page)
    fits(page)


@pytest.mark.parametrize("address", ["/", "/password/", "/admin/"])
def test_the_frames_pages_can_be_used_by_everybody(every_page, administrator, address, settings):
    settings.DEMO = True
    sign_in(every_page, "admin")
    every_page.goto(address)
    expect(every_page.get_by_role("note")).to_contain_text("Demonstration: not for production")
    usable_by_everybody(every_page)


def test_every_tool_that_home_offers_opens_under_the_strict_policy(every_page, administrator):
    sign_in(every_page, "admin")
    every_page.goto("/")
    tools = [link.get_attribute("href") for link in every_page.locator("section.tools a").all()]
    assert len(tools) >= 5
    for address in [*tools, "/admin/district/", "/admin/district/useraccount/add/", "/admin/district/school/add/"]:
        every_page.goto(address)
        usable_by_everybody(every_page)


def test_a_person_without_rights_reads_whom_to_ask(every_page, nobody_special):
    sign_in(every_page, "plain")
    every_page.goto("/")
    expect(every_page.get_by_role("main")).to_contain_text("Ask your district’s security administrator")
    usable_by_everybody(every_page)


def test_the_error_pages_can_be_used_by_everybody(every_page, administrator):
    every_page.goto("/nowhere/")
    expect(every_page.locator("h1")).to_have_text("There is no such page")
    usable_by_everybody(every_page)
    every_page.goto("/login/")
    every_page.context.clear_cookies()
    every_page.get_by_role("button", name="Sign in").click()
    every_page.fill("[name=username]", "admin")
    every_page.fill("[name=password]", PASSWORD)
    every_page.press("[name=password]", "Enter")
    expect(every_page.locator("h1")).to_have_text("This form could not be accepted")
    usable_by_everybody(every_page)
    sign_in(every_page, "admin")
    with patch.object(views.HomeView, "get_context_data", away):
        every_page.goto("/")
        expect(every_page.locator("h1")).to_have_text("Busy, try again")
        usable_by_everybody(every_page)


def test_a_refused_password_puts_the_focus_on_what_is_wrong_and_links_to_the_field(every_page, nobody_special):
    sign_in(every_page, "plain")
    every_page.goto("/password/")
    every_page.get_by_label("Old password").fill("wrong")
    every_page.get_by_label("New password", exact=False).first.fill("12345")
    every_page.get_by_label("New password confirmation").fill("12345")
    every_page.get_by_role("button", name="Change password").click()
    summary = every_page.get_by_role("group", name="Not accepted")
    expect(summary).to_be_focused()
    usable_by_everybody(every_page)
    summary.get_by_role("link", name="Old password").click()
    expect(every_page.get_by_label("Old password")).to_be_focused()


def test_the_skip_link_comes_first_and_leads_to_the_content(page, administrator):
    sign_in(page, "admin")
    page.goto("/password/")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.tagName") == "INPUT":
        page.keyboard.press("Shift+Tab")
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_signing_in_changing_a_forced_password_and_signing_out_work_without_javascript(plain_page, nobody_special):
    type(nobody_special).objects.update(force_password_change=True)
    sign_in_by_hand(plain_page, "plain")
    expect(plain_page.get_by_text("Choose a new password before you go on.")).to_be_visible()
    plain_page.get_by_label("Old password").fill(PASSWORD)
    plain_page.locator("[name=new_password1]").fill("fresh-chalk-77")
    plain_page.locator("[name=new_password2]").fill("fresh-chalk-77")
    plain_page.get_by_role("button", name="Change password").click()
    expect(plain_page.get_by_text("Your password is changed.")).to_be_visible()
    plain_page.get_by_role("button", name="Log out").click()
    expect(plain_page.locator("h1")).to_have_text("Sign in")
