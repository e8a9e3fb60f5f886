"""Marks: explained where they have the focus, described to who cannot see them, acknowledged by a click."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from auditlog.badges import ABOUT
from auditlog.context import acting_as
from auditlog.models import AuditLogEntry, Mark
from district.models import UserGroup
from tests.auditlog.marked import mark

from .steps import axe, fits, sign_in

MEANING = str(ABOUT[Mark.SECURITY])


@pytest.fixture(autouse=True)
def entry(transactional_db, auditor):
    with acting_as("jclerk", at=datetime(2025, 5, 6, 18, tzinfo=UTC)):
        UserGroup.objects.create(name="Plain")
        UserGroup.objects.create(name="Marked")
    entry = AuditLogEntry.objects.latest("id")
    mark(entry, Mark.SECURITY, Mark.HOURS)
    return entry


def opened(page, query: str = ""):
    sign_in(page, "auditor")
    page.goto(f"/audit-log/?changed_by=jclerk{query}")
    return page


def badge(page):
    return page.locator(".log-table").get_by_role("link", name=re.compile("^Security tools"))


def shown_with(page) -> str:
    return page.evaluate("getComputedStyle(document.activeElement, '::after').content")


def test_a_mark_is_explained_in_visible_text_while_it_has_the_focus(plain_page):
    page = opened(plain_page)
    page.locator(".log-table tbody .log-time a").first.focus()
    page.keyboard.press("Tab")
    expect(badge(page)).to_be_focused()
    assert MEANING in shown_with(page)
    expect(badge(page)).to_have_accessible_description(MEANING)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#mark-security$"))
    expect(page.get_by_role("region", name="What the marks mean")).to_match_aria_snapshot(
        f"- heading\n- term: Security tools\n- definition: {MEANING!r}\n- term: Outside working hours"
    )


@pytest.mark.parametrize("look", ["light", "plain"])
def test_marks_are_acknowledged_beside_the_list_and_who_did_it_is_told(site, look, entry):
    page = opened(site(look))
    page.locator(".log-table tbody .log-time a").first.click()
    marks = page.get_by_role("region", name="Marks", exact=True)
    expect(marks).to_contain_text(f"Security tools. {MEANING}")
    marks.get_by_role("button", name="Acknowledge").press("Enter")
    expect(page.get_by_text("1 entry is acknowledged.")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"\?changed_by=jclerk&entry={entry.pk}$"))
    expect(marks).to_contain_text("Acknowledged by auditor (Otto Auditor)")
    expect(page.locator(".log-table tbody tr").first).to_contain_text("acknowledged by auditor")


def test_marks_fit_and_are_free_of_barriers_in_every_look(every_page, entry):
    page = opened(every_page, f"&entry={entry.pk}")
    badge(page).focus()
    axe(page)
    fits(page)
    page.goto(f"/audit-log/{entry.pk}/")
    axe(page)
    fits(page)


def test_the_printed_meanings_of_the_marks_lead_nowhere(page):
    legend = opened(page).get_by_role("region", name="What the marks mean")
    expect(legend.get_by_role("link")).to_have_count(2)
    page.emulate_media(media="print")
    expect(legend.get_by_role("link")).to_have_count(0)
    expect(legend.get_by_text(MEANING)).to_be_visible()
