"""Sync runs, and what an entry tells, in a real browser: read, decide, review."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from crosssite.models import Roster, SyncLogEntry, SyncReview, SyncRun
from crosssite.sync.run import sync
from district.catalogue import SYNC_HOLD_MINIMUM
from district.models import UserSchoolYearRights
from district.preferences import set_value
from tests.crosssite.home import example_serving, set_up_home
from tests.crosssite.readers import READS, WRITES
from tests.people import person

from .steps import axe, fits, sign_in, sign_in_by_hand


@pytest.fixture
def nights(transactional_db, tmp_path):
    """Four nights: a first run, one without changes, one with moved dates and sections, and one that is held.

    Rita is the registrar of North; Chris sees all schools. Both may write.
    """
    home, serving = set_up_home(), example_serving()
    home.lakeside.contact_name, home.lakeside.contact_phone = "Dora Dean", "(555) 010-0100"
    home.lakeside.save()
    for name, school in (("rita", home.north), ("chris", None)):
        account = person(name, READS, WRITES, first_name=name.capitalize(), last_name="Registrar")
        UserSchoolYearRights.objects.create(user=account, school=school)
    set_value(SYNC_HOLD_MINIMUM, "1")
    runs = [sync(serving.write(tmp_path / "1")), sync(serving.write(tmp_path / "2"))]
    serving.move("ana-algebra", end="2026-12-05")
    serving.change("classes", "welding", location="Shop 2", periods="6,7")
    runs.append(sync(serving.write(tmp_path / "3")))
    serving.drop("ana-algebra")
    serving.drop("ben-algebra")
    runs.append(sync(serving.write(tmp_path / "4")))
    assert [run.outcome for run in runs] == ["applied", "unchanged", "applied", "held"]
    return runs


def entry_of(action: str) -> SyncLogEntry:
    return SyncLogEntry.objects.filter(action=action).earliest("pk")


def test_the_pages_of_runs_can_be_used_by_everybody(every_page: Page, nights):
    sign_in(every_page, "chris")
    every_page.goto("/sync-runs/")
    expect(every_page.locator("tbody tr")).to_have_count(4)
    axe(every_page)
    fits(every_page)
    for run in (nights[0], nights[3]):
        every_page.goto(f"/sync-runs/{run.pk}/")
        expect(every_page.locator("h1")).to_have_text(f"Sync run {run.pk}")
        axe(every_page)
        fits(every_page)


def test_the_page_of_an_entry_can_be_used_by_everybody(every_page: Page, nights):
    sign_in(every_page, "rita")
    for action in ("Updated Section Data", "Updated Roster End Date"):
        every_page.goto(f"/sync-log/{entry_of(action).pk}/")
        expect(every_page.get_by_role("heading", level=2)).to_have_text(action)
        axe(every_page)
        fits(every_page)


def test_its_empty_states_and_errors_too(page: Page, nights):
    person("nobody", READS)
    sign_in(page, "nobody")
    page.goto("/sync-runs/")
    expect(page.locator("main")).to_contain_text("There is no school of yours to show.")
    axe(page)
    sign_out_and_in(page, "chris")
    for query in ("?outcome=failed", "?outcome=lost"):
        page.goto(f"/sync-runs/{query}")
        axe(page)


def sign_out_and_in(page: Page, username: str) -> None:
    page.get_by_role("button", name="Log out").click()
    sign_in_by_hand(page, username)


def test_the_title_says_screen_and_state(page: Page, nights):
    sign_in(page, "chris")
    page.goto("/sync-runs/")
    expect(page).to_have_title("Sync Runs, 4 runs | Chalkline")
    page.goto(f"/sync-runs/{nights[3].pk}/")
    expect(page).to_have_title(f"Sync run {nights[3].pk}, Held | Chalkline")


@pytest.mark.parametrize("look", ["light", "narrow dark", "plain"])
def test_a_held_run_is_confirmed_after_a_step_that_says_what_goes(site, nights, look):
    page = site(look)
    sign_in(page, "chris")
    page.goto("/sync-runs/")
    page.get_by_role("link").filter(has_text="/20").first.click()
    expect(page.get_by_role("heading", name="This run waits for a person")).to_be_visible()
    page.get_by_role("link", name="Confirm…").click()
    expect(page.locator("main")).to_contain_text(
        "Confirming deletes from the home copy, with 2 entries Deleted Roster in the Data Sync Log."
    )
    if look != "plain":
        axe(page)
    fits(page)
    page.get_by_label("Note (optional)").fill("Lakeside called.")
    page.get_by_role("button", name="Confirm and delete, with 2 entries Deleted Roster").click()
    expect(page.locator(".messagelist")).to_contain_text("The run is confirmed and applied.")
    expect(page.locator("main")).to_contain_text("Lakeside called.")
    expect(page.get_by_role("link", name="Confirm…")).to_have_count(0)
    assert Roster.objects.count() == 2


def test_a_held_run_is_discarded_by_keyboard_alone(page: Page, nights):
    sign_in(page, "chris")
    page.goto(f"/sync-runs/{nights[3].pk}/")
    page.get_by_role("link", name="Discard…").press("Enter")
    page.get_by_label("Note (optional)").press("Tab")
    expect(page.get_by_role("button", name="Discard this run")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Nothing of it was applied.")
    assert SyncRun.objects.get(pk=nights[3].pk).outcome == "discarded"


def test_a_decision_is_sent_once_however_often_the_button_is_pressed(page: Page, nights):
    sign_in(page, "chris")
    page.goto(f"/sync-runs/{nights[3].pk}/confirm/")
    # What the page does when the form is sent, without sending it: the listener of the window comes last.
    page.evaluate("addEventListener('submit', (event) => event.preventDefault())")
    button = page.get_by_role("button", name="Confirm and delete, with 2 entries Deleted Roster")
    button.click()
    expect(button).to_be_disabled()
    expect(page.locator(".decide-form [role=status]")).to_have_text("Working…")
    assert SyncRun.objects.get(pk=nights[3].pk).outcome == "held"


def test_a_registrar_reads_what_concerns_her_school_and_finds_no_button(page: Page, nights):
    sign_in(page, "rita")
    page.goto(f"/sync-runs/{nights[3].pk}/")
    expect(page.locator("main")).to_contain_text("Deleted Roster")
    expect(page.locator("main")).not_to_contain_text("50.0 %")
    expect(page.get_by_role("link", name="Confirm…")).to_have_count(0)
    axe(page)


@pytest.mark.parametrize("look", ["light", "plain"])
def test_an_entry_is_reviewed_on_its_page_with_a_note(site, nights, look):
    page = site(look)
    sign_in(page, "rita")
    one = entry_of("Updated Roster End Date")
    page.goto(f"/sync-log/{one.pk}/")
    for told in ("New Value, last day", "2026-12-04", "Dora Dean", "Not yet reviewed."):
        expect(page.locator("article")).to_contain_text(told)
    page.get_by_label("Note (optional)").fill("Asked for the transcript.")
    page.get_by_role("button", name="Contacted serving school").click()
    expect(page.locator(".messagelist")).to_contain_text("The review is kept.")
    expect(page.locator(".sync-reviews")).to_contain_text("Asked for the transcript.")
    review = SyncReview.objects.get()
    assert (review.entry, review.status, review.reviewed_by) == (one, "contacted", "rita")


def test_the_run_of_an_entry_and_its_history_are_one_click_away(page: Page, nights):
    sign_in(page, "rita")
    page.goto(f"/sync-log/{entry_of('Updated Roster End Date').pk}/")
    history = page.get_by_role("table", name="History of this student")
    history.get_by_role("link").last.click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Created Roster")
    expect(page.locator("article")).to_contain_text("Initial run of this school")
    page.locator("dt", has_text="Run").locator("..").get_by_role("link").click()
    expect(page.locator("h1")).to_have_text(f"Sync run {nights[0].pk}")


def test_an_entry_is_opened_and_reviewed_beside_the_list_by_keyboard_alone(page: Page, nights):
    sign_in(page, "rita")
    page.goto("/sync-log/?action=End+Date")
    row = page.locator("#rows a")
    row.press("Enter")
    expect(page.locator("#entry-heading")).to_be_focused()
    above = "document.querySelector('#rows a').getBoundingClientRect().bottom"
    assert page.evaluate(f"{above} < document.getElementById('entry').getBoundingClientRect().top")
    axe(page)
    page.get_by_label("Note (optional)").press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#log-status")).to_have_text("The review is kept.")
    expect(page.locator("#rows .sync-mark")).to_have_text("Reviewed")
    expect(page.locator("#entry")).to_contain_text("by rita")
    expect(page.locator("#entry-heading")).to_be_focused()
    axe(page)
    page.keyboard.press("Escape")
    expect(row).to_be_focused()


def test_a_note_that_is_too_long_is_said_beside_the_list_with_the_focus_on_it(page: Page, nights):
    sign_in(page, "rita")
    page.goto(f"/sync-log/?entry={entry_of('Updated Roster End Date').pk}")
    note = page.get_by_label("Note (optional)")
    note.evaluate("field => field.removeAttribute('maxlength')")
    note.fill("x" * 1001)
    page.get_by_role("button", name="Resolved").click()
    expect(page.get_by_role("group", name="Not accepted")).to_be_focused()
    expect(note).to_have_value("x" * 1001)
    axe(page)
    assert not SyncReview.objects.exists()


@pytest.mark.parametrize("look", ["light", "narrow dark", "plain"])
def test_all_that_is_shown_is_marked_by_one_click_and_the_filters_stay(site, nights, look):
    page = site(look)
    sign_in(page, "rita")
    page.goto("/sync-log/?action=Created")
    page.get_by_role("button", name="Mark all shown as reviewed").click()
    expect(page.locator(".messagelist")).to_contain_text("3 entries are marked as reviewed.")
    expect(page.locator("#rows .sync-mark")).to_have_text(["Reviewed"] * 3)
    expect(page.get_by_role("button", name="Mark all shown as reviewed")).to_have_count(0)
    assert "action=Created" in page.url
    fits(page)


def test_without_scripts_a_review_leads_back_to_the_list_and_its_filters(plain_page: Page, nights):
    sign_in(plain_page, "rita")
    plain_page.goto("/sync-log/?action=End+Date")
    plain_page.locator("#rows a").click()
    plain_page.get_by_role("button", name="Resolved").click()
    expect(plain_page.locator(".messagelist")).to_contain_text("The review is kept.")
    expect(plain_page.locator("#rows .sync-mark")).to_have_text("Resolved")
    assert "action=End+Date" in plain_page.url
