"""The Audit Log as people use it: find, read an entry, go on; with and without scripts, by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from auditlog.context import acting_as
from district.models import UserGroup

from .steps import axe, fits, sign_in

LIST = "/audit-log/"


@pytest.fixture
def history(transactional_db, auditor):
    with acting_as("jclerk", person="Jo Clerk"):
        UserGroup.objects.create(name="Title One")
        group = UserGroup.objects.create(name="Health <b>Staff</b> \u202e", description="x" * 3000)
    with acting_as("boss"):
        group.description = ""
        group.save()


def opened(page, query: str = ""):
    sign_in(page, "auditor")
    page.goto(f"{LIST}{query}")
    return page


def focus(page) -> str:
    return page.evaluate("document.activeElement.id")


@pytest.mark.usefixtures("history")
def test_the_log_fits_and_is_free_of_barriers_in_every_look(every_page):
    page = opened(every_page)
    axe(page)
    fits(page)
    page.locator(".log-table .log-time a").first.click()
    expect(page.locator("#entry-heading")).to_have_text("UserGroup")
    axe(page)
    fits(page)
    page.goto(f"{LIST}?table=Nonsense&start_date=abc")
    axe(page)
    page.goto(f"{LIST}?changed_by=nobody")
    axe(page)
    fits(page)


@pytest.mark.usefixtures("history")
def test_an_entry_is_chosen_read_and_left_by_keyboard_alone(page):
    opened(page)
    row = page.locator(".log-table .log-time a").first
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#entry-heading")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?entry=\d+$"))
    expect(row).to_have_attribute("aria-current", "true")
    assert 'cell "empty text"' in page.locator("#entry").aria_snapshot()
    page.keyboard.press("Escape")
    expect(row).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".log-table .log-time a").nth(1)).to_have_attribute("aria-current", "true")
    assert page.locator("[aria-current=true]").count() == 1


@pytest.mark.usefixtures("history")
def test_results_come_without_a_reload_and_are_announced_once(page):
    opened(page)
    page.evaluate("window.stayed = true")
    page.fill("[name=changed_by]", "JCLERK")
    page.click("#view-results")
    expect(page.get_by_role("status")).to_have_text("2 entries")
    expect(page).to_have_title(re.compile("^Audit Log, 2 entries"))
    expect(page).to_have_url(re.compile(r"/audit-log/\?changed_by=JCLERK$"))
    expect(page.locator("[name=changed_by]")).to_have_value("JCLERK")
    assert page.evaluate("window.stayed") is True
    page.locator(".log-table .log-time a").first.click()
    expect(page.locator("#entry-heading")).to_be_visible()
    page.go_back()
    expect(page.locator("#entry-heading")).to_have_count(0)
    expect(page.locator(".log-table tbody tr")).to_have_count(2)
    page.go_back()
    expect(page.locator("[name=changed_by]")).to_have_value("")


@pytest.mark.usefixtures("history")
def test_none_ticked_cannot_be_sent_and_some_ticked_narrow(page):
    opened(page)
    boxes = page.locator("[name=action]")
    for number in range(3):
        boxes.nth(number).uncheck()
    page.click("#view-results")
    assert page.evaluate("document.querySelector('[name=action]').validationMessage") == "Tick at least one action."
    assert page.url.endswith(LIST)
    boxes.nth(1).check()
    page.click("#view-results")
    expect(page).to_have_url(re.compile(r"/audit-log/\?action=change$"))
    expect(page.locator(".log-table tbody tr")).to_have_count(1)


@pytest.mark.usefixtures("history")
def test_errors_take_the_focus_and_lead_to_their_field(page):
    opened(page)
    page.fill("[name=start_date]", "2025-02-02")
    page.fill("[name=end_date]", "2025-02-01")
    page.click("#view-results")
    expect(page.locator("#log-errors")).to_be_focused()
    page.click("#log-errors a")
    expect(page.locator("[name=end_date]")).to_be_focused()


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (503, {"Retry-After": "10"}, "busy or cannot be reached"),
        (503, {}, "took too long to find"),
        (403, {}, "may no longer open"),
        (500, {}, "could not be loaded"),
    ],
)
def test_what_cannot_be_loaded_is_said(page, status, headers, said):
    opened(page)
    page.route("**/audit-log/?entry=*", lambda route: route.fulfill(status=status, headers=headers, body="no"))
    page.locator(".log-table .log-time a").first.click()
    expect(page.get_by_role("alert")).to_contain_text(said)


@pytest.mark.usefixtures("history")
def test_a_session_that_ended_leads_to_the_sign_in_page_and_back(page):
    opened(page)
    page.context.clear_cookies()
    page.locator(".log-table .log-time a").first.click()
    page.wait_for_url(re.compile("/login/"))
    expect(page.locator("[name=password]")).to_be_visible()


@pytest.mark.usefixtures("history")
def test_everything_works_without_scripts(plain_page):
    page = opened(plain_page)
    page.fill("[name=affected_object]", "health")
    page.uncheck("[name=action][value=add]")
    page.click("#view-results")
    expect(page.locator(".log-table tbody tr")).to_have_count(1)
    page.locator(".log-table .log-time a").first.click()
    expect(page.locator("#entry-heading")).to_have_text("UserGroup")
    expect(page).to_have_url(re.compile("affected_object=health.*entry="))
    page.click("text=This entry on a page of its own")
    expect(page.locator("h1")).to_contain_text("Audit Log entry")
