"""An entry of the Audit Log as people read it, on its own page and beside the list, with and without scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from district.models import Right, Tool, UserAccount, UserGroup, UserToolRights

from .steps import axe, fits, sign_in

GIVEN = datetime(2026, 3, 2, 15, 0, 0, tzinfo=UTC)


@pytest.fixture
def right(transactional_db, auditor):
    """Forty groups made in one click, then a right that was given and taken away again; the entry that gave it."""
    with acting_as("admin"):
        UserGroup.objects.bulk_create([UserGroup(name=f"Group {number:02}") for number in range(40)])
        jdoe = UserAccount.objects.create_user("jdoe")
    with acting_as("boss", person="Bo Boss", at=GIVEN):
        right = UserToolRights.objects.create(user=jdoe, tool=Tool.objects.get(path=PATH), right=Right.WRITE)
    given = AuditLogEntry.objects.order_by("-pk")[0].pk
    with acting_as("clerk", at=GIVEN + timedelta(days=2, hours=3)):
        right.delete()
    return given


PATH = "Student Information > General > Behavior"


@pytest.mark.parametrize("look", ["narrow", "light", "plain"])
def test_a_mailed_link_brings_its_entry_into_view(site, right, look):
    """Also where the entry follows a long list, and without scripts."""
    page = site(look)
    sign_in(page, "auditor")
    page.goto(f"/audit-log/?entry={right}")
    heading = page.locator("#entry-heading")
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport()
    expect(page.locator(".entry-sentence")).to_be_in_viewport()


def test_a_mailed_link_without_its_entry_says_so_in_view(site, right):
    page = site("narrow")
    sign_in(page, "auditor")
    page.goto("/audit-log/?entry=999999")
    expect(page.get_by_role("heading", name="No such entry")).to_be_in_viewport()


def test_the_list_alone_takes_no_focus(page, right):
    sign_in(page, "auditor")
    page.goto("/audit-log/")
    assert page.evaluate("document.activeElement === document.body")
    assert page.evaluate("scrollY") == 0


def test_history_leads_through_the_entries_beside_the_list(page, right):
    sign_in(page, "auditor")
    page.goto(f"/audit-log/?table=UserToolRights&entry={right}")
    page.evaluate("window.stayed = true")
    page.locator(".entry-around").get_by_role("link", name="03/04/2026 12:00:00 -0600").press("Enter")
    expect(page.locator(".entry-sentence")).to_have_text(
        re.compile("clerk took the right to Write in Behavior from jdoe.")
    )
    expect(page.locator("#entry-heading")).to_be_focused()
    expect(page.locator("[aria-current=true]")).to_have_text("03/04/2026 12:00:00 -0600")
    expect(page).to_have_url(re.compile(r"table=UserToolRights&entry=\d+$"))
    assert page.evaluate("window.stayed") is True


def test_the_page_of_an_entry_fits_and_is_free_of_barriers(every_page, right):
    page = every_page
    sign_in(page, "auditor")
    for pk in (right, right - 5):
        page.goto(f"/audit-log/{pk}/")
        axe(page)
        fits(page)


def test_the_address_is_copied_and_without_scripts_it_is_there_to_be_selected(page, plain_page, right):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for one in (page, plain_page):
        sign_in(one, "auditor")
        one.goto(f"/audit-log/{right}/")
        expect(one.locator(".entry-address")).to_have_text(one.url)
    page.get_by_role("button", name="Copy link").press("Enter")
    expect(page.locator(".entry-link").get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    expect(plain_page.get_by_role("button", name="Copy link")).to_be_hidden()


def test_the_printed_page_is_the_entry_and_nothing_to_click(page, right):
    sign_in(page, "auditor")
    page.goto(f"/audit-log/{right}/")
    page.emulate_media(media="print")
    for shown in (".entry-sentence", ".log-facts", ".entry-values", ".entry-around", ".entry-address"):
        expect(page.locator(shown)).to_be_visible()
    for hidden in ("#user-tools", ".entry-button", ".entry-narrowing", ".log-ways"):
        expect(page.locator(hidden).first).to_be_hidden()
    paper, entry = page.viewport_size, page.locator(".log-card").bounding_box()
    assert entry["width"] > 0.9 * paper["width"], "beside the entry the paper is empty"
    assert page.pdf().count(b"/Type /Page\n") == 1


ARTICLE = """
- article "UserToolRights":
  - heading "UserToolRights" [level=2]
  - paragraph: boss gave jdoe the right to Write in Behavior.
  - paragraph: "No longer so: this tool right of a user does not exist any more."
  - term: Timestamp
  - heading "Initial values" [level=3]
  - table "Initial values"
  - heading "History" [level=3]
  - term: How long
  - definition: Held for 2 days 3 hours.
  - term: Taken away
  - definition:
    - link "03/04/2026 12:00:00 -0600"
    - text: Delete by clerk
  - group: Narrow the list by this entry
  - paragraph:
    - button "Copy link"
    - button "Print"
  - paragraph:
    - link "Show in the Audit Log"
"""


def test_the_page_of_an_entry_says_all_of_it_to_who_listens(page, right):
    sign_in(page, "auditor")
    page.goto(f"/audit-log/{right}/")
    expect(page.get_by_role("main").get_by_role("article")).to_match_aria_snapshot(ARTICLE)
    page.get_by_text("Narrow the list by this entry").click()
    link = page.get_by_role("link", name="only these Affected Object jdoe")
    expect(link).to_be_visible()
    axe(page)
