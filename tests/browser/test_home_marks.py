"""What the home page shows of the Audit Log: read, followed, acknowledged; with and without scripts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from auditlog.badges import ABOUT
from auditlog.context import acting_as
from auditlog.models import AuditLogEntry, Mark
from district.models import UserGroup
from tests.auditlog.marked import acknowledge_all, mark

from .steps import axe, fits, sign_in

TREE = """
- region "Marked in the last 7 days":
  - heading "Marked in the last 7 days" [level=2]
  - list:
    - listitem:
      - link
      - link "Gave it to oneself"
      - button /^Acknowledge .* UserGroup Add Second and 1 other$/
    - listitem:
      - link
      - button /^Acknowledge .* UserGroup Add x+$/
  - button "Acknowledge all shown"
  - link "All marked entries of these days"
  - group: What the marks mean
"""


@pytest.fixture(autouse=True)
def marked_entries(transactional_db, auditor):
    acknowledge_all()
    last = AuditLogEntry.objects.latest("id").pk
    for days, names in ((2, ["x" * 250]), (1, ["First", "Second"])):
        with acting_as("jclerk", at=timezone.now() - timedelta(days=days)):
            UserGroup.objects.bulk_create(UserGroup(name=name) for name in names)
    for entry in AuditLogEntry.objects.filter(pk__gt=last):
        mark(entry, Mark.OWN)


def lines(page):
    return page.locator(".home-clicks li")


@pytest.mark.parametrize("look", ["light", "plain"])
def test_marks_are_followed_and_acknowledged_by_keyboard(site, look):
    page = site(look)
    sign_in(page, "auditor")
    page.goto("/")
    region = page.get_by_role("region", name="Marked in the last 7 days")
    expect(region).to_match_aria_snapshot(TREE.strip())
    lines(page).first.get_by_role("link").first.press("Enter")
    page.wait_for_url(re.compile(r"/audit-log/\?.*fold=1&entry=\d+$"))
    expect(page.locator(".log-set [aria-expanded=true]")).to_have_count(1)
    page.goto("/")
    lines(page).first.get_by_role("button").press("Enter")
    expect(page.get_by_text("2 entries are acknowledged.")).to_be_visible()
    expect(lines(page)).to_have_count(1)
    lines(page).first.get_by_role("button").press("Enter")
    expect(page.get_by_text("that nobody has looked at.")).to_be_visible()


def test_a_mark_is_explained_where_it_has_the_focus(plain_page):
    page = plain_page
    sign_in(page, "auditor")
    page.goto("/")
    lines(page).first.get_by_role("link").first.focus()
    page.keyboard.press("Tab")
    assert str(ABOUT[Mark.OWN]) in page.evaluate("getComputedStyle(document.activeElement, '::after').content")
    expect(page.locator(":focus")).to_have_accessible_description(str(ABOUT[Mark.OWN]))


def test_the_section_fits_and_is_free_of_barriers_in_every_look(every_page):
    page = every_page
    sign_in(page, "auditor")
    page.goto("/")
    page.locator(".home-legend summary").click()
    axe(page)
    fits(page)
    page.get_by_role("button", name="Acknowledge all shown").click()
    expect(page.get_by_text("that nobody has looked at.")).to_be_visible()
    axe(page)
    fits(page)
