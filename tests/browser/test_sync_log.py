"""The Data Sync Log in a real browser: narrowing while typing, clearing, by keyboard, on a phone, without scripts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from crosssite.models import SyncReview
from district.models import School, UserSchoolYearRights
from district.rights import SYNC_LOG
from tests.crosssite.logbook import entry, run
from tests.people import person

from .steps import axe, fits, listed, sign_in

LIST = "/sync-log/"
TITLE = "Cross-Site Enrollment Interdistrict Data Sync Log"
WHEN = datetime(2025, 3, 28, 7, 15, 7, tzinfo=UTC)
DATES = {"old_value": "2027-01-15", "new_value": "2026-12-18"}
#: Action, what else differs from the common fields; newest first.
ENTRIES = (
    ("Updated Roster End Date", DATES),
    ("Updated Roster Start Date", {**DATES, "student_number": "104519", "student_name": "Núñez, Cleo"}),
    ("Deleted Roster", {"student_number": "000520", "student_name": "O’Brien, Dan", "course_name": "Biology"}),
    ("Updated Section Data", {"course_name": "Biology"}),
    ("Created Roster", {}),
)


@pytest.fixture
def log(transactional_db):
    """Five entries of Ash School and one of Birch School; the registrar has both, and may review."""
    ash, birch, _cedar = (School.objects.create(name=f"{name} School") for name in ("Ash", "Birch", "Cedar"))
    run(datetime.now(UTC) - timedelta(hours=60), outcome="held")
    for number, (action, fields) in enumerate(ENTRIES):
        entry(ash, WHEN - timedelta(days=number), action=action, **fields)
    entry(birch, WHEN, student_name="Birch, Bea")
    registrar = person("rita", (SYNC_LOG, "Read"), (SYNC_LOG, "Write"))
    for school in (ash, birch):
        UserSchoolYearRights.objects.create(user=registrar, school=school)
    person("lost", (SYNC_LOG, "Read"))


pytestmark = pytest.mark.usefixtures("log")


def opened(page: Page, address: str = LIST) -> Page:
    sign_in(page, "rita")
    page.goto(address)
    return page


def field(page: Page, name: str):
    return page.get_by_role("textbox", name=f"Search {name}", exact=True)


def actions(page: Page) -> list[str]:
    return [row[1] for row in listed(page)]


def shows(page: Page, *numbers: int) -> None:
    """The list narrows to these of the entries."""
    expect(page.locator("#rows tr")).to_have_count(len(numbers))
    assert actions(page) == [ENTRIES[number][0] for number in numbers]


def criteria(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_typing_under_a_heading_narrows_the_list_and_the_icon_takes_it_back(page):
    opened(page)
    shows(page, 0, 1, 2, 3, 4)
    field(page, "Action Taken").press_sequentially("Update")
    shows(page, 0, 1, 3)
    expect(field(page, "Action Taken")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("3 entries")
    expect(page).to_have_title(f"{TITLE}, 3 entries | Chalkline")
    assert criteria(page)["action"] == ["Update"]
    field(page, "Course Name").press_sequentially("bio")
    shows(page, 3)
    expect(page.get_by_role("status")).to_have_text("1 entry")
    page.get_by_role("button", name="Clear Action Taken").click()
    shows(page, 2, 3)
    expect(field(page, "Action Taken")).to_be_focused()
    expect(field(page, "Action Taken")).to_have_value("")
    expect(page.get_by_role("button", name="Clear Action Taken")).to_be_hidden()
    assert "action" not in criteria(page)


def test_what_is_typed_while_the_list_is_fetched_is_kept_with_the_caret(page):
    opened(page)
    search = field(page, "Student Name")
    search.press_sequentially("rivera")
    shows(page, 0, 4)
    for _letter in range(3):
        search.press("ArrowLeft")
    search.press_sequentially("x")
    expect(page.get_by_text("No entries match these criteria.")).to_be_visible()
    expect(search).to_have_value("rivxera")
    assert search.evaluate("field => field.selectionStart") == 4


def test_each_change_is_announced_once(page):
    opened(page)
    page.evaluate(
        "() => { window.told = []; new MutationObserver(() => window.told.push("
        "document.getElementById('log-status').textContent)).observe("
        "document.getElementById('log-status'), { childList: true }); }"
    )
    field(page, "Action Taken").press_sequentially("roster")
    shows(page, 0, 1, 2, 4)
    page.wait_for_timeout(500)
    assert [text for text in page.evaluate("window.told") if text] == ["4 entries"]


def test_the_picker_changes_the_school_and_back_leads_to_the_one_before(page):
    opened(page)
    picker = page.get_by_label("School", exact=True)
    assert picker.locator("option").all_inner_texts() == ["Ash School", "Birch School"]
    picker.focus()
    picker.select_option("Birch School")
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator("#rows")).to_contain_text("Birch, Bea")
    expect(page.get_by_role("heading", name="Last runs, entries for Birch School")).to_be_visible()
    expect(picker).to_be_focused()
    page.go_back()
    shows(page, 0, 1, 2, 3, 4)


def test_a_time_is_found_by_how_it_begins_and_what_is_no_time_is_told_while_typing(page):
    opened(page)
    search = field(page, "Timestamp")
    search.press_sequentially("03/28/2025 02")
    shows(page, 0)
    search.press_sequentially("x")
    expect(page.get_by_role("status")).to_contain_text("Timestamp: Enter the beginning of a time")
    expect(search).to_be_focused()
    expect(search).to_have_attribute("aria-invalid", "true")
    expect(search).to_have_accessible_description(re.compile("Enter the beginning of a time"))
    expect(page.get_by_role("link", name="Export to Excel")).to_have_count(0)
    search.press("Backspace")
    shows(page, 0)
    expect(search).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("link", name="Export to Excel")).to_be_visible()


def test_a_row_opens_its_entry_and_a_review_shows_in_the_list_and_filters(page):
    opened(page)
    page.locator("#rows a").nth(2).click()
    expect(page.get_by_role("heading", name="Deleted Roster")).to_be_focused()
    expect(page.locator("[aria-current=true]")).to_have_text(re.compile("^03/26/2025"))
    page.get_by_role("button", name="Contacted serving school").click()
    expect(page.locator("#rows tr").nth(2)).to_contain_text("Contacted serving school")
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Review").select_option("Not yet reviewed")
    shows(page, 0, 1, 3, 4)
    expect(page.locator("#entry article")).to_have_count(0)
    page.get_by_role("button", name="Mark all shown as reviewed").click()
    expect(page.get_by_text("4 entries are marked as reviewed.")).to_be_visible()
    expect(page.get_by_text("All entries here are reviewed.")).to_be_visible()
    assert SyncReview.objects.count() == 5


@pytest.mark.parametrize("height", [900, 720])
def test_an_opened_link_shows_the_chosen_row_above_the_sheet_with_its_entry(page, height):
    ash = School.objects.get(name="Ash School")
    rows = [entry(ash, WHEN - timedelta(days=10 + number)) for number in range(60)]
    page.set_viewport_size({"width": 1280, "height": height})
    opened(page, f"{LIST}?entry={rows[40].pk}")
    row, sheet = page.locator(f"#row-{rows[40].pk}"), page.locator("#entry")
    expect(row).to_be_in_viewport()
    assert page.locator(".sync-table thead").bounding_box()["height"] < row.bounding_box()["y"]
    assert row.bounding_box()["y"] + row.bounding_box()["height"] < sheet.bounding_box()["y"]
    assert sheet.bounding_box()["height"] <= height / 2


def test_without_scripts_the_entry_stands_below_the_list_and_covers_nothing(plain_page):
    for number in range(60):
        made = entry(School.objects.get(name="Ash School"), WHEN - timedelta(days=10 + number))
    opened(plain_page, f"{LIST}?entry={made.pk}")
    table, detail = plain_page.locator(".sync-table").bounding_box(), plain_page.locator("#entry").bounding_box()
    assert detail["y"] >= table["y"] + table["height"]
    plain_page.get_by_role("link", name="To the chosen entry, below the list").click()
    expect(plain_page.locator("#entry-heading")).to_be_in_viewport()


def test_by_keyboard_alone(page, tmp_path):
    opened(page)
    field(page, "Timestamp").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("upd")
    shows(page, 0, 1, 3)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Clear Action Taken")).to_be_focused()
    page.keyboard.press("Enter")
    shows(page, 0, 1, 2, 3, 4)
    expect(field(page, "Action Taken")).to_be_focused()
    page.keyboard.type("deleted")
    page.keyboard.press("Enter")
    shows(page, 2)
    page.locator("#rows a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#entry-heading")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#rows a").first).to_be_focused()
    (row,) = exported(page, tmp_path)
    assert (row["Action Taken"], row["Student Number"]) == ("Deleted Roster", "000520")


def exported(page: Page, folder: Path) -> list[dict]:
    with page.expect_download() as started:
        page.get_by_role("link", name="Export to Excel").press("Enter")
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    headings, *rows = openpyxl.load_workbook(file)["Data Sync Log"].iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def test_all_of_it_works_without_scripts(plain_page, tmp_path):
    page = opened(plain_page)
    field(page, "Action Taken").fill("update")
    field(page, "Course Name").fill("algebra")
    field(page, "Course Name").press("Enter")
    shows(page, 0, 1)
    assert len(exported(page, tmp_path)) == 2
    page.get_by_role("button", name="Clear Course Name").click()
    shows(page, 0, 1, 3)
    expect(field(page, "Action Taken")).to_have_value("update")
    page.locator("#rows a").nth(2).click()
    expect(page.get_by_role("heading", name="Updated Section Data")).to_be_visible()
    page.get_by_label("School", exact=True).select_option("Birch School")
    page.get_by_role("button", name="View Results").click()
    expect(page.get_by_text("No entries match these criteria.")).to_be_visible()
    page.get_by_role("link", name="Reset all criteria").click()
    expect(page.locator("#rows")).to_contain_text("Birch, Bea")


def test_on_a_phone_the_search_fields_unfold_and_an_entry_is_a_card_with_names(narrow_page):
    page = opened(narrow_page)
    expect(field(page, "Action Taken")).to_be_hidden()
    card = page.locator("#rows tr").first
    label = card.locator("td").nth(1).evaluate("cell => getComputedStyle(cell, '::before').content")
    assert label == '"Action Taken"'
    page.get_by_text("Search fields").click()
    field(page, "Action Taken").press_sequentially("delet")
    shows(page, 2)
    fits(page)
    axe(page)


def test_every_state_is_free_of_barriers_and_fits(every_page):
    page = opened(every_page)
    for address, text in (
        (LIST, "Mark all shown as reviewed"),
        (f"{LIST}?action=deleted&student_name=dan", "O’Brien, Dan"),
        (f"{LIST}?timestamp=99", "The search criteria have errors"),
        (f"{LIST}?student_name=nobody", "No entries match these criteria."),
    ):
        page.goto(address)
        expect(page.get_by_text(text).first).to_be_visible()
        axe(page)
        fits(page)
    page.goto(LIST)
    page.locator("#rows a").first.click()
    expect(page.locator("#entry-heading")).to_be_focused()
    axe(page)
    fits(page)


def test_on_paper_stand_school_and_criteria_and_no_controls(page):
    opened(page, f"{LIST}?action=update")
    page.emulate_media(media="print")
    expect(page.get_by_text("School: Ash School; Action Taken: update")).to_be_visible()
    for control in (field(page, "Action Taken"), page.locator("#criteria"), page.locator(".sync-mark-shown")):
        expect(control).to_be_hidden()


def test_without_a_school_the_page_says_why_it_is_empty(page):
    sign_in(page, "lost")
    page.goto(LIST)
    expect(page.get_by_text("There is no school of yours to show.")).to_be_visible()
    axe(page)
