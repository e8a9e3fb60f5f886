"""Giving tool rights in a real browser: by mouse, by keyboard, with a screen reader's tree, without JavaScript."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from auditlog.models import AuditLogEntry
from district.models import Right, Tool, UserAccount, UserGroup, UserGroupMember, UserGroupToolRights, UserToolRights
from district.rights import USER_ACCOUNT
from tests.people import person

from .steps import axe, fits, sign_in

#: What tells the two tools named Behavior apart.
HERE = "(Student Information > General)"


@pytest.fixture
def smith(transactional_db) -> UserAccount:
    smith = UserAccount.objects.create_user("smithmark")
    teacher = UserGroup.objects.create(name="Teacher")
    UserGroupMember.objects.create(user=smith, group=teacher)
    behavior = Tool.objects.get(path="Student Information > General > Behavior")
    UserGroupToolRights.objects.create(group=teacher, tool=behavior, right=Right.READ)
    UserToolRights.objects.create(user=smith, tool=behavior, right=Right.READ)
    return smith


def held(smith: UserAccount) -> set[str]:
    return {f"{path}: {right}" for path, right in smith.tool_rights.values_list("tool__path", "right")}


def open_editor(page: Page, smith: UserAccount, who: str = "admin") -> None:
    sign_in(page, who)
    page.goto(reverse("admin:district_useraccount_tool_rights", args=[smith.pk]))


def disclosure(page: Page, name: str):
    return page.locator("summary").get_by_text(name, exact=True).first


def open_general(page: Page) -> None:
    disclosure(page, "Student Information").click()
    disclosure(page, "General").click()


def box(page: Page, name: str):
    return page.get_by_role("checkbox", name=name, exact=True)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def test_a_right_given_with_the_mouse_is_saved_and_what_was_open_stays_open(page, administrator, smith):
    open_editor(page, smith)
    expect(box(page, f"Behavior: Write {HERE}")).to_be_hidden()
    open_general(page)
    box(page, f"Behavior: Write {HERE}").check()
    expect(page.locator("#unsaved")).to_have_text("1 unsaved change")
    save(page)
    expect(page.get_by_text("1 right given.")).to_be_visible()
    expect(box(page, f"Behavior: Write {HERE}")).to_be_checked()
    expect(page.locator("#unsaved")).to_be_empty()
    assert held(smith) == {f"Student Information > General > Behavior: {right}" for right in ("Read", "Write")}
    entry = AuditLogEntry.objects.get(table="UserToolRights", changed_by="admin")
    assert (entry.action, entry.affected_object) == ("add", "smithmark, Behavior")


def test_a_right_is_given_and_saved_with_the_keyboard_alone(page, administrator, smith):
    open_editor(page, smith)
    disclosure(page, "Student Information").focus()
    page.keyboard.press("Enter")
    for _parent in ("All", "Read", "Write", "Add", "Delete"):
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(disclosure(page, "General")).to_be_focused()
    page.keyboard.press("Space")
    for _step in range(7):
        page.keyboard.press("Tab")
    expect(box(page, "Activities: Read")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 right given.")).to_be_visible()
    assert "Student Information > General > Activities: Read" in held(smith)


def test_a_module_ticks_all_below_it_and_shows_a_mixed_state(page, administrator, smith):
    tools = Tool.objects.filter(module="Student Information").count()
    open_editor(page, smith)
    module = box(page, "Student Information: Read")
    expect(module).to_be_checked(indeterminate=True)
    expect(module).to_have_accessible_description(f"1 of {tools}")
    module.click()
    expect(module).to_be_checked()
    expect(module).to_have_accessible_description(f"{tools} of {tools}")
    expect(page.locator("#unsaved")).to_have_text(f"{tools - 1} unsaved changes")
    save(page)
    expect(page.get_by_text(f"{tools - 1} rights given.")).to_be_visible()
    box(page, "Student Information: All").click()
    box(page, "Student Information: All").click()
    expect(module).not_to_be_checked()
    save(page)
    expect(page.get_by_text(f"{tools} revoked.")).to_be_visible()
    assert held(smith) == set()
    assert AuditLogEntry.objects.filter(table="UserToolRights", changed_by="admin").count() == 2 * tools - 1


def test_the_box_all_of_a_tool_ticks_its_four_rights(page, administrator, smith):
    open_editor(page, smith)
    open_general(page)
    expect(box(page, f"Behavior: All {HERE}")).to_be_checked(indeterminate=True)
    box(page, f"Behavior: All {HERE}").click()
    for right in Right:
        expect(box(page, f"Behavior: {right} {HERE}")).to_be_checked()
    box(page, f"Behavior: Delete {HERE}").uncheck()
    expect(box(page, f"Behavior: All {HERE}")).to_be_checked(indeterminate=True)


def test_a_search_opens_matches_announces_their_number_and_goes_back(page, administrator, smith):
    open_editor(page, smith)
    status = page.get_by_role("status").and_(page.locator("#found"))
    page.get_by_label("Search tools").fill("general Behavior")
    expect(status).to_have_text("5 tools match")
    expect(box(page, f"Behavior: Write {HERE}")).to_be_visible()
    expect(page.get_by_text("Activities", exact=True)).to_be_hidden()
    page.get_by_label("Search tools").fill("general behavior history")
    expect(status).to_have_text("1 tool matches")
    # A parent reaches no further than what is to be seen.
    box(page, "Student Information: Delete").click()
    expect(page.locator("#unsaved")).to_have_text("1 unsaved change")
    page.get_by_label("Search tools").fill("no such tool")
    expect(status).to_have_text("0 tools match")
    page.get_by_role("link", name="Show all tools").click()
    expect(status).to_be_empty()
    expect(box(page, f"Behavior: Write {HERE}")).to_be_hidden()
    expect(page.locator(".branch:visible")).to_have_count(Tool.objects.values("module").distinct().count())
    save(page)
    expect(page.get_by_text("1 right given.")).to_be_visible()
    assert len(held(smith)) == 2


def test_undo_takes_unsaved_changes_back(page, administrator, smith):
    open_editor(page, smith)
    open_general(page)
    box(page, f"Behavior: Read {HERE}").uncheck()
    page.get_by_role("button", name="Undo changes").click()
    expect(box(page, f"Behavior: Read {HERE}")).to_be_checked()
    expect(page.locator("#unsaved")).to_be_empty()


def test_leaving_with_unsaved_changes_asks_first(page, administrator, smith):
    open_editor(page, smith)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    open_general(page)
    page.goto("/")
    assert asked == []
    open_editor_again = reverse("admin:district_useraccount_tool_rights", args=[smith.pk])
    page.goto(open_editor_again)
    open_general(page)
    box(page, "Activities: Read").check()
    page.goto("/")
    assert asked == ["beforeunload"]


def test_the_accessibility_tree_names_disclosures_boxes_and_their_states(page, administrator, smith):
    open_editor(page, smith)
    group = page.get_by_role("group", name="Student Information", exact=True)
    closed = group.aria_snapshot()
    assert 'checkbox "Student Information: Read" [checked=mixed]' in closed
    assert "Behavior: Write" not in closed
    open_general(page)
    opened = page.get_by_role("group", name="General in Student Information").aria_snapshot()
    assert f'checkbox "Behavior: Read {HERE}" [checked]' in opened
    assert re.search(rf'checkbox "{re.escape(f"Behavior: Write {HERE}")}"(?! \[checked)', opened)
    assert "Read through group Teacher" in opened
    assert page.get_by_role("heading", level=1).all_inner_texts() == ["Tool rights of smithmark"]


def usable(page: Page) -> None:
    """Closed, open and searched through."""
    axe(page)
    open_general(page)
    axe(page)
    fits(page)
    page.get_by_label("Search tools").fill("behavior")
    expect(page.locator("#found")).to_contain_text("tools match")
    axe(page)


def test_everybody_can_use_it_in_every_look(every_page, administrator, smith):
    open_editor(every_page, smith)
    usable(every_page)


@pytest.mark.parametrize("rights", [(Right.READ,), (Right.READ, Right.WRITE)])
def test_boxes_that_cannot_be_ticked_are_no_obstacle(page, smith, rights):
    person("helpdesk", *((USER_ACCOUNT, right) for right in rights))
    open_editor(page, smith, "helpdesk")
    usable(page)


def test_on_a_phone_every_box_shows_what_it_is(narrow_page, administrator, smith):
    open_editor(narrow_page, smith)
    open_general(narrow_page)
    label = narrow_page.locator("label", has=box(narrow_page, "Activities: Write"))
    expect(label.get_by_text("Write")).to_be_visible()
    size = label.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 24
    label.click()
    save(narrow_page)
    expect(narrow_page.get_by_text("1 right given.")).to_be_visible()


def test_it_works_without_javascript(plain_page, administrator, smith):
    open_editor(plain_page, smith)
    expect(box(plain_page, "Student Information: Read")).to_have_count(0)
    open_general(plain_page)
    box(plain_page, f"Behavior: Write {HERE}").check()
    save(plain_page)
    expect(plain_page.get_by_text("1 right given.")).to_be_visible()
    plain_page.get_by_label("Search tools").fill("activities")
    plain_page.get_by_role("button", name="Search").click()
    expect(plain_page.get_by_text("1 tool matches")).to_be_visible()
    box(plain_page, "Activities: Read").check()
    save(plain_page)
    expect(plain_page.get_by_text("1 right given.")).to_be_visible()
    expect(box(plain_page, "Activities: Read")).to_be_checked()
    assert len(held(smith)) == 3


def test_a_form_with_every_box_ticked_is_saved_without_the_script(plain_page, administrator, smith):
    tools = Tool.objects.all()
    UserToolRights.objects.bulk_create(
        [UserToolRights(user=smith, tool=tool, right=right) for tool in tools for right in Right], ignore_conflicts=True
    )
    open_editor(plain_page, smith)
    open_general(plain_page)
    box(plain_page, "Activities: Read").uncheck()
    save(plain_page)
    expect(plain_page.get_by_text("1 revoked.")).to_be_visible()
    assert len(held(smith)) == 4 * len(tools) - 1


def test_what_another_person_did_meanwhile_is_shown_and_stays(page, administrator, smith):
    open_editor(page, smith)
    open_general(page)
    box(page, "Activities: Read").check()
    behavior = Tool.objects.get(path="Student Information > General > Behavior")
    UserToolRights.objects.create(user=smith, tool=behavior, right=Right.ADD)
    save(page)
    expect(page.get_by_text(f"Add on Behavior {HERE} was given by another person meanwhile and stays.")).to_be_visible()
    expect(box(page, f"Behavior: Add {HERE}")).to_be_checked()
