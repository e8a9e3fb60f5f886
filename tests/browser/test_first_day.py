"""The first day of a new installation: from the command that makes an administrator to the file in Excel."""

from __future__ import annotations

import io
from itertools import groupby

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from tests.people import PASSWORD

from .steps import exported, listed, sign_in_by_hand

FOUNDED = [
    ("UserSchoolYearRights", "Add", "chief, All Years, All Schools", "command: make_administrator"),
    ("UserGroupMember", "Add", "chief, STUDENT INFORMATION SYSTEM", "command: make_administrator"),
    ("UserAccount", "Add", "chief", "command: make_administrator"),
    ("UserGroup", "Add", "STUDENT INFORMATION SYSTEM - LOGIN AS USER", "command: migrate"),
    ("UserGroup", "Add", "STUDENT INFORMATION SYSTEM - GROUP ASSIGNMENT", "command: migrate"),
    ("UserGroup", "Add", "STUDENT INFORMATION SYSTEM", "command: migrate"),
]
DONE = [
    ("UserToolRights", "Add", "mlee, Behavior Write", "chief"),
    ("UserGroupMember", "Add", "mlee, Health Staff", "chief"),
    ("UserGroup", "Add", "Health Staff", "chief"),
    ("UserAccount", "Add", "mlee", "chief"),
]


@pytest.fixture
def chief(transactional_db, monkeypatch) -> str:
    """The first administrator of a database in which nobody is."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    call_command("make_administrator", "chief", "--password-stdin", stdout=io.StringIO())
    return "chief"


def create_account(page: Page) -> None:
    page.get_by_role("link", name="User Account Administration").first.click()
    page.get_by_role("link", name="Add user account").click()
    page.get_by_label("User name").fill("mlee")
    page.get_by_label("First name").fill("Mia")
    page.get_by_label("Password:", exact=True).fill("slate-and-chalk-2")
    page.get_by_label("Password (again)").fill("slate-and-chalk-2")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()


def create_group(page: Page) -> None:
    page.get_by_role("link", name="User Groups").first.click()
    page.get_by_role("link", name="Add user group").click()
    page.get_by_label("Name", exact=False).first.fill("Health Staff")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()


def put_into_the_group(page: Page) -> None:
    page.get_by_role("link", name="User Account Administration").first.click()
    page.get_by_role("link", name="mlee", exact=True).click()
    page.locator("#id_groups_add").select_option(label="Health Staff")
    page.get_by_role("button", name="Add the chosen ones").click()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()


def give_a_right(page: Page) -> None:
    page.get_by_role("link", name="Tool rights").click()
    page.locator("summary").get_by_text("Student Information", exact=True).first.click()
    page.locator("summary").get_by_text("General", exact=True).first.click()
    page.get_by_role("checkbox", name="Behavior: Write (Student Information > General)", exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 right given.")).to_be_visible()


def work(page: Page) -> None:
    """What an administrator does first, by the pages' own links."""
    create_account(page)
    create_group(page)
    put_into_the_group(page)
    give_a_right(page)


def test_what_the_first_administrator_does_is_in_the_log_and_in_excel_at_once(page, chief, tmp_path):
    sign_in_by_hand(page, chief)
    work(page)
    page.get_by_role("link", name="Audit Log", exact=True).first.click()
    expect(page).to_have_title("Audit Log, 10 entries | Chalkline")
    assert [row[1:] for row in listed(page)] == DONE + FOUNDED
    times = [row[0] for row in listed(page)]
    assert times == sorted(times, reverse=True)
    page.locator(".log-table .log-time a").first.click()
    expect(page.locator("#entry-heading")).to_have_text("UserToolRights")
    facts = dict(zip(*(page.locator(f"#entry {tag}").all_inner_texts() for tag in ("dt", "dd")), strict=True))
    assert facts.pop("How long").startswith("Held for")
    assert facts == {
        "Timestamp": times[0],
        "Area": "UserToolRights",
        "Type": "Add",
        "Changed By": "chief",
        "User name": "mlee",
        "Tool name": "Student Information > General > Behavior",
        "Right": "Write",
    }
    same_as_in_excel(page, exported(page, tmp_path))


def same_as_in_excel(page: Page, rows: list[dict]) -> None:
    """Entry by entry, in the same order: the line of the list, the description, every value."""
    entries = [list(lines) for _id, lines in groupby(rows, key=lambda row: row["Entry"])]
    # The list alone shows the right in small text beside the object.
    in_list = [
        (when, table, action, name.removesuffix(" Write"), who) for when, table, action, name, who in listed(page)
    ]
    assert [in_excel(lines[0]) for lines in entries] == in_list
    for lines in entries:
        page.goto(f"/audit-log/{lines[0]['Entry']}/")
        names, values = (page.locator(f".log-facts {tag}").all_inner_texts() for tag in ("dt", "dd"))
        shown = "; ".join(
            f"{name}: {value}" for name, value in zip(names[4:], values[4:], strict=True) if name != "How long"
        )
        assert lines[0]["Description"] == shown
        assert [line["Property Name"] for line in lines] == page.locator(".log-values tbody th").all_inner_texts()
        for line, value in zip(lines, page.locator(".log-values td:nth-child(2)").all_inner_texts(), strict=True):
            assert value in in_words(line["New Value"]) or value.startswith(f"{line['New Value']} (")


def in_excel(line: dict) -> tuple[str, ...]:
    when = f"{line['Timestamp']:%m/%d/%Y %H:%M:%S} {line['UTC Offset']}"
    return when, line["Table"], line["Action"].title(), line["Affected Object"], line["Changed By"]


def in_words(value: str | None) -> tuple[str, ...]:
    """What the page may say for the value of a cell; a cell cannot tell an empty text from none."""
    return (value,) if value else ("no value", "empty text")
