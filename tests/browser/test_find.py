"""Finding entries in the Audit Log: by each criterion, by all of them, by a link that somebody mailed."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from .history import TOLD
from .steps import axe, exported, fits, listed, sign_in

LIST = "/audit-log/"
SINCE = {"start_date": "2025-03-01", "end_date": "2025-05-31"}
EVERY_BOX = 3 + len({"UserAccount", "UserGroup", "UserGroupMember", "UserToolRights"})

#: (dates and texts, ticked tables, ticked actions) and what they leave of the history; nothing named, all ticked.
BY_ONE = [
    ({"start_date": "2025-04-02", "end_date": "2025-05-31"}, [], [], ["left", "joined"]),
    ({"end_date": "2025-04-01"}, [], [], ["account", "described", "group"]),
    ({"end_date": "2025-05-05"}, [], [], ["left", "joined", "account", "described", "group"]),
    (SINCE, ["UserGroup"], [], ["described", "group"]),
    (SINCE, ["UserAccount", "UserGroup"], [], ["account", "described", "group"]),
    ({}, [], ["change"], ["described"]),
    ({}, [], ["change", "delete"], ["left", "described"]),
    ({"affected_object": "HEALTH"}, [], [], ["left", "joined", "described", "group"]),
    ({"affected_object": "jdoe"}, [], [], ["left", "joined", "account"]),
    ({"affected_object": "jdoe, health"}, [], [], ["left", "joined"]),
    ({"changed_by": "CLERK"}, [], [], ["left", "joined", "described"]),
    ({"changed_by": "nobody"}, [], [], []),
]
ALL = {"start_date": "2025-03-05", "end_date": "2025-05-05", "affected_object": "staff", "changed_by": "jc"}

pytestmark = pytest.mark.usefixtures("told_history")


def signed_in(page: Page, address: str = LIST) -> Page:
    sign_in(page, "auditor")
    page.goto(address)
    return page


def search(page: Page, texts: dict[str, str], tables=(), actions=()) -> None:
    for name, text in texts.items():
        page.fill(f"[name={name}]", text)
    for group, ticked in (("table", tables), ("action", actions)):
        for box in page.locator(f"[name={group}]").all():
            box.set_checked(not ticked or box.get_attribute("value") in ticked)
    page.get_by_role("button", name="View Results").click()


def entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"


def test_each_criterion_narrows_by_itself_and_reset_takes_it_back(page):
    signed_in(page)
    everything = listed(page)
    assert everything[-len(TOLD) :] == list(TOLD.values())
    for texts, tables, actions, found in BY_ONE:
        search(page, texts, tables, actions)
        expect(page).to_have_title(f"Audit Log, {entries(len(found))} | Chalkline")
        expect(page.get_by_role("status")).to_have_text(entries(len(found)))
        assert listed(page) == [TOLD[name] for name in found], (texts, tables, actions)
        asked = {name: [text] for name, text in texts.items()} | {"table": tables, "action": actions}
        assert parse_qs(urlsplit(page.url).query) == {name: values for name, values in asked.items() if values}
        page.get_by_role("link", name="Reset", exact=True).click()
        expect(page).to_have_url(re.compile(f"{LIST}$"))
        expect(page.locator("#criteria input:checked")).to_have_count(EVERY_BOX)
        assert {field.input_value() for field in page.locator(".log-field input").all()} == {""}
        assert listed(page) == everything


def test_all_criteria_together_are_in_a_link_that_shows_another_person_the_same_without_scripts_too(site):
    page = signed_in(site())
    search(page, ALL, ["UserGroup", "UserGroupMember"], ["change", "delete"])
    expect(page.get_by_role("status")).to_have_text("2 entries")
    page.locator(".log-table .log-time a").nth(1).click()
    expect(page.locator("#entry-heading")).to_be_focused()
    other = signed_in(site("plain"), urlsplit(page.url)._replace(scheme="", netloc="").geturl())
    assert listed(other) == listed(page) == [TOLD["left"], TOLD["described"]]
    assert criteria(other) == criteria(page)
    expect(other).to_have_title("Audit Log, 2 entries | Chalkline")
    expect(other.locator("[aria-current=true]")).to_have_text(TOLD["described"][0])
    # The button that copies the address is the script's.
    assert other.locator("#entry").inner_text() == page.locator("#entry").inner_text().replace(" Copy link", "")


def criteria(page: Page) -> list[tuple[str, str]]:
    ticked = [("ticked", box.get_attribute("value")) for box in page.locator("#criteria input:checked").all()]
    texts = [(box.get_attribute("name"), box.input_value()) for box in page.locator(".log-field input").all()]
    return [*texts, *ticked]


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Press Tab until what has the focus has this name; no more often than a patient person would."""
    for _step in range(60):
        page.keyboard.press(key)
        if page.evaluate("(document.activeElement.labels?.[0] || document.activeElement).innerText.trim()") == name:
            return
    pytest.fail(f"{name} is not reached by {key}.")


def test_from_sign_in_to_the_file_by_keyboard_alone(page, tmp_path):
    page.goto("/login/")
    page.keyboard.type("auditor")
    page.keyboard.press("Tab")
    page.keyboard.type("chalk-and-slate-1")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    tab_to(page, "Audit Log")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{LIST}")
    tab_to(page, "Affected Object")
    page.keyboard.type("jdoe, health")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("2 entries")
    tab_to(page, TOLD["joined"][0])
    page.keyboard.press("Enter")
    expect(page.locator("#entry-heading")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=TOLD["joined"][0])).to_be_focused()
    tab_to(page, "Export to Excel", "Shift+Tab")
    rows = exported(page, tmp_path)
    assert {(row["Table"], row["Action"], row["Affected Object"]) for row in rows} == {
        ("UserGroupMember", "add", "jdoe, Health Staff"),
        ("UserGroupMember", "delete", "jdoe, Health Staff"),
    }


def test_finding_reading_and_exporting_work_without_scripts(plain_page, tmp_path):
    page = signed_in(plain_page)
    search(page, {"changed_by": "clerk", "end_date": "2025-04-30"}, ["UserGroup"])
    expect(page).to_have_title("Audit Log, 1 entry | Chalkline")
    page.get_by_role("link", name=TOLD["described"][0]).click()
    expect(page.locator(".log-values td")).to_have_text(
        ["Nurses", "Nurses inserted: and aides end of inserted", "Nurses and aides"]
    )
    (row,) = exported(page, tmp_path)
    assert (row["Property Name"], row["Existing Value"], row["New Value"]) == (
        "description",
        "Nurses",
        "Nurses and aides",
    )
    page.goto("/audit-log/exports/")
    expect(page.locator(".log-table tbody tr")).to_have_count(1)
    expect(page.locator(".log-table tbody tr")).to_contain_text("Exported")
    expect(page.locator(".log-table tbody tr")).to_contain_text("1 row")


@pytest.mark.parametrize("look", ["light", "narrow", "plain"])
def test_a_change_is_typed_in_one_field_and_stands_in_three_and_as_chips(site, look):
    page = signed_in(site(look))
    page.get_by_text("More criteria").click()
    name = page.get_by_label("Property Name")
    expect(name).to_have_accessible_description("Or the whole change: modifyRights true -> false")
    search(page, {"property": "description -> x"})
    for chip in ("Property Name: description", "New Value: x"):
        expect(page.locator(".log-chips")).to_contain_text(chip)
    expect(name).to_have_value("description")
    expect(page.get_by_label("New Value")).to_have_value("x")
    asked = parse_qs(urlsplit(page.url).query)
    assert (asked["property"], asked["new_value"]) == (["description"], ["x"])
    fits(page)
    if look != "plain":
        axe(page)
