"""The histogram above the list: for the eye and the mouse as a drawing, for everybody as a sentence and a list."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from auditlog.context import acting_as
from district.models import Preference, UserGroup

from .steps import axe, fits, sign_in

SILENCE = """
- note:
  - paragraph:
    - strong: This list may have gaps.
  - list:
    - listitem: User changes were not recorded from 03/06/2026 11:00:00 -0600 to 03/08/2026 12:00:00 -0500.
"""


@pytest.fixture(autouse=True)
def fortnight(transactional_db, auditor):
    def at(day: int):
        return acting_as("jclerk", at=datetime(2026, 3, day, 17, tzinfo=UTC))

    with acting_as("jclerk", at=datetime(2026, 2, 18, 17, tzinfo=UTC)):
        UserGroup.objects.create(name="Group 0")
    for day in range(1, 11):
        if day == 6:
            with at(day):
                Preference.objects.create(name="AuditUsers", value="false")
        elif day == 8:
            with at(day):
                Preference.objects.filter(name="AuditUsers").update(value="true")
        elif day != 7:
            with at(day):
                UserGroup.objects.create(name=f"Group {day}")
    for day in (9, 9, 10):
        with acting_as("jclerk", at=datetime(2026, 3, day, 18, tzinfo=UTC) + timedelta(hours=day)):
            UserGroup.objects.create(name=f"Late {UserGroup.objects.count()}")


def opened(page, query: str = ""):
    sign_in(page, "auditor")
    page.goto(f"/audit-log/?changed_by=jclerk{query}")
    return page


def rows(page):
    return page.locator(".log-table tbody tr")


def test_the_bars_are_reached_by_keyboard_as_a_list_and_narrow_the_search(page):
    opened(page)
    expect(page.get_by_role("note").filter(has_text="gaps")).to_match_aria_snapshot(SILENCE)
    expect(page.get_by_role("figure")).to_match_aria_snapshot(
        "- 'figure /The 13 entries shown, by day. Most, 3 entries: 03.09.2026/':\n"
        "  - group: The bars as a list, to narrow the search"
    )
    assert page.locator(".log-histogram svg a").count() > 5
    page.get_by_text("The bars as a list").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("02/18/2026: 1 entry")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?changed_by=jclerk&start_date=2026-02-18&end_date=2026-02-18$"))
    expect(page.locator("#results-heading")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("")


@pytest.mark.parametrize("look", ["light", "plain"])
def test_a_bar_is_clicked(site, look):
    page = opened(site(look))
    bar = page.locator(".log-histogram svg a").last
    bar.click()
    page.wait_for_url(re.compile(r"start_date=2026-03-1\d&end_date=2026-03-1\d$"))
    expect(rows(page)).not_to_have_count(0)


def test_the_drawing_takes_no_part_in_the_tab_order_and_is_not_read_out(page):
    opened(page)
    assert page.locator(".log-histogram").aria_snapshot().count("link") == 0
    reached = page.evaluate(
        "[...document.querySelectorAll('.log-histogram svg a')].filter(a => a.tabIndex >= 0).length"
    )
    assert reached == 0


def test_it_fits_and_is_free_of_barriers_in_every_look(every_page):
    page = opened(every_page)
    axe(page)
    page.get_by_text("The bars as a list").click()
    axe(page)
    fits(page)
    page.goto("/audit-log/?changed_by=nobody")
    axe(page)
    fits(page)


def test_nothing_moves_when_the_page_has_been_drawn(page):
    sign_in(page, "auditor")
    page.goto("/audit-log/?changed_by=jclerk")
    page.wait_for_load_state("networkidle")
    shift = """new Promise(done => new PerformanceObserver(list => done(
        list.getEntries().reduce((sum, one) => sum + one.value, 0))).observe({type: 'layout-shift', buffered: true})
        || setTimeout(() => done(0), 500))"""
    assert page.evaluate(shift) < 0.02


def test_paper_has_the_criteria_the_histogram_and_no_tools(page):
    opened(page, "&action=add")
    expect(page.locator(".log-printed")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".log-printed")).to_have_text(re.compile(r"Criteria:\s+Action: Add;\s+Changed By: jclerk"))
    expect(page.locator(".log-histogram svg")).to_be_visible()
    expect(page.locator(".histogram-list")).to_be_hidden()
    expect(page.locator("#criteria")).to_be_hidden()
