"""The end of a session as people meet it: a question in time, and a form that survives."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from district.models import Calendar, School, Tool, UserAccount, UserGroup
from tests.people import person
from tests.time_gone import goes_by

from .steps import axe, fits, sign_in_by_hand

BACK = re.compile("^What you had entered here before you were signed out is back")


@pytest.fixture
def jdoe(transactional_db: None) -> UserAccount:
    UserGroup.objects.create(name="Health Staff")
    UserGroup.objects.create(name="Teacher")
    school = School.objects.create(name="Bonny Brook School")
    Calendar.objects.create(school=school, name="2026-27", end_year=2027)
    return UserAccount.objects.create_user("jdoe", "x", first_name="John", email="john@example.org")


def account_page(account: UserAccount) -> str:
    return f"/admin/district/useraccount/{account.pk}/change/"


def idle(page: Page, minutes: int) -> None:
    """Nothing happens for some minutes, neither here nor on the server."""
    goes_by(minutes=minutes)
    page.clock.fast_forward(minutes * 60_000)


def sign_in_again(page: Page, username: str) -> None:
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.fill("[name=username]", username)
    page.fill("[name=password]", "chalk-and-slate-1")
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def ended(page: Page) -> None:
    """The session is over, and the page does not know yet."""
    goes_by(minutes=31)


def question(page: Page):
    return page.get_by_role("alertdialog", name="Are you still there?")


def test_minutes_before_the_end_a_dialog_asks_and_staying_is_one_key(
    every_page: Page, administrator: UserAccount
) -> None:
    every_page.clock.install()
    sign_in_by_hand(every_page, administrator.username)
    idle(every_page, 26)
    expect(question(every_page)).to_have_count(0)
    idle(every_page, 2)
    expect(question(every_page)).to_contain_text("you will be signed out, so that nobody else goes on in your name")
    expect(every_page.get_by_role("button", name="Stay signed in")).to_be_focused()
    axe(every_page)
    fits(every_page)
    every_page.keyboard.press("Enter")
    expect(question(every_page)).to_have_count(0)
    assert (Session.objects.get().expire_date - timezone.now()).total_seconds() > 29 * 60


def test_escape_is_a_person_too(page: Page, administrator: UserAccount) -> None:
    page.clock.install()
    sign_in_by_hand(page, administrator.username)
    idle(page, 28)
    expect(question(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(question(page)).to_have_count(0)
    assert (Session.objects.get().expire_date - timezone.now()).total_seconds() > 29 * 60


def test_who_works_in_another_window_is_not_asked(page: Page, administrator: UserAccount) -> None:
    page.clock.install()
    sign_in_by_hand(page, administrator.username)
    goes_by(minutes=20)
    other = page.context.new_page()
    other.goto("/")
    page.clock.fast_forward(28 * 60_000)
    page.wait_for_timeout(500)
    expect(question(page)).to_have_count(0)


def test_after_the_eight_hours_nobody_can_stay_and_the_dialog_says_so(page: Page, administrator: UserAccount) -> None:
    page.clock.install()
    sign_in_by_hand(page, administrator.username)
    for _half in range(17):
        goes_by(minutes=27)
        page.goto("/")
    idle(page, 18)
    dialog = page.get_by_role("alertdialog", name="You will be signed out soon")
    expect(dialog).to_contain_text("A sign-in lasts 8 hours at most.")
    expect(dialog.get_by_role("button", name="Go on")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


def test_at_the_end_the_page_makes_way_and_what_was_entered_comes_back_after_signing_in(
    page: Page, administrator: UserAccount, jdoe: UserAccount
) -> None:
    page.clock.install()
    sign_in_by_hand(page, administrator.username)
    page.goto(account_page(jdoe))
    page.fill("[name=first_name]", "Johnny")
    idle(page, 28)
    expect(question(page)).to_be_visible()
    idle(page, 3)
    sign_in_again(page, administrator.username)
    expect(page.get_by_role("status").filter(has_text=BACK)).to_be_visible()
    expect(page.locator("[name=first_name]")).to_have_value("Johnny")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    jdoe.refresh_from_db()
    assert jdoe.first_name == "Johnny"


def test_a_form_that_was_sent_too_late_comes_back_with_every_kind_of_field(
    page: Page, administrator: UserAccount, jdoe: UserAccount
) -> None:
    sign_in_by_hand(page, administrator.username)
    page.goto(account_page(jdoe))
    page.fill("[name=first_name]", "Johnny")
    page.fill("[name=expires_date]", "2031-01-31")
    page.check("[name=force_password_change]")
    page.check("[name=role][value='STUDENT INFORMATION SYSTEM - GROUP ASSIGNMENT']")
    page.get_by_role("listbox", name="Available user groups").select_option(label="Teacher")
    page.get_by_role("button", name="Add the chosen ones").click()
    page.get_by_role("button", name="Add another Calendar right").click()
    page.select_option("[name=calendar_rights-1-end_year]", label="2026-27")
    page.select_option("[name=calendar_rights-1-school_id]", label="Bonny Brook School")
    page.check("[name=calendar_rights-1-modify_rights]")
    UserAccount.objects.filter(pk=jdoe.pk).update(email="changed.by@another.example")
    ended(page)
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in_again(page, administrator.username)
    expect(page.get_by_role("status").filter(has_text=BACK)).to_be_visible()
    axe(page)
    fits(page)
    # What this person did not touch is as it is by now.
    expect(page.locator("[name=email]")).to_have_value("changed.by@another.example")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    jdoe.refresh_from_db()
    assert (jdoe.first_name, str(jdoe.expires_date), jdoe.force_password_change) == ("Johnny", "2031-01-31", True)
    assert jdoe.security_role == "STUDENT INFORMATION SYSTEM - GROUP ASSIGNMENT"
    assert sorted(jdoe.groups.values_list("name", flat=True))[-1] == "Teacher"
    (row,) = jdoe.calendar_rights.all()
    assert (row.end_year, row.school.name, row.modify_rights) == (2027, "Bonny Brook School", True)


def test_ticks_in_the_rights_editor_come_back_and_only_those_of_this_person(
    page: Page, administrator: UserAccount, jdoe: UserAccount
) -> None:
    sign_in_by_hand(page, administrator.username)
    page.goto(reverse("admin:district_useraccount_tool_rights", args=[jdoe.pk]))
    mine, others = (f"{tool.pk}.Read" for tool in Tool.objects.order_by("pk")[:2])
    page.evaluate("value => document.querySelector(`input[value='${value}']`).click()", mine)
    expect(page.locator("#unsaved")).to_have_text("1 unsaved change")
    jdoe.tool_rights.create(tool_id=int(others.partition(".")[0]), right="Read")
    ended(page)
    page.get_by_role("button", name="Save").click()
    sign_in_again(page, administrator.username)
    expect(page.get_by_role("status").filter(has_text=BACK)).to_be_visible()
    expect(page.locator("#unsaved")).to_have_text("1 unsaved change")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("listitem").filter(has_text="right")).to_be_visible()
    assert jdoe.tool_rights.count() == 2


def test_somebody_else_who_signs_in_finds_nothing_of_it(
    page: Page, administrator: UserAccount, jdoe: UserAccount
) -> None:
    other = person("other")
    sign_in_by_hand(page, administrator.username)
    page.goto(account_page(jdoe))
    page.fill("[name=first_name]", "Johnny")
    ended(page)
    page.get_by_role("button", name="Save", exact=True).click()
    sign_in_again(page, other.username)
    page.goto("/")
    expect(page.get_by_text("Something you had entered")).to_have_count(0)
    assert page.evaluate("JSON.stringify({...sessionStorage})").find("Johnny") == -1


def test_logging_out_forgets_what_was_not_saved(page: Page, administrator: UserAccount, jdoe: UserAccount) -> None:
    sign_in_by_hand(page, administrator.username)
    page.goto(account_page(jdoe))
    page.fill("[name=first_name]", "Johnny")
    page.get_by_role("button", name="Log out", exact=True).click()
    sign_in_again(page, administrator.username)
    page.goto(account_page(jdoe))
    expect(page.locator("[name=first_name]")).to_have_value("John")
    expect(page.get_by_text(BACK)).to_have_count(0)


def test_a_password_is_never_kept(page: Page, administrator: UserAccount) -> None:
    sign_in_by_hand(page, administrator.username)
    page.goto("/admin/district/useraccount/add/")
    page.fill("[name=username]", "newcomer")
    page.fill("[name=password1]", "a-very-private-chalk")
    ended(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    stored = page.evaluate("JSON.stringify({...sessionStorage})")
    assert "newcomer" in stored
    assert "a-very-private-chalk" not in stored


def test_a_saved_form_does_not_come_back(page: Page, administrator: UserAccount, jdoe: UserAccount) -> None:
    sign_in_by_hand(page, administrator.username)
    page.goto(account_page(jdoe))
    page.fill("[name=first_name]", "Johnny")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    UserAccount.objects.filter(pk=jdoe.pk).update(first_name="Jack")
    page.goto(account_page(jdoe))
    expect(page.locator("[name=first_name]")).to_have_value("Jack")
    expect(page.get_by_text(BACK)).to_have_count(0)


def test_from_another_page_a_link_leads_back_to_what_is_not_saved(
    page: Page, administrator: UserAccount, jdoe: UserAccount
) -> None:
    sign_in_by_hand(page, administrator.username)
    page.goto(account_page(jdoe))
    page.fill("[name=first_name]", "Johnny")
    ended(page)
    page.get_by_role("link", name="Audit Log", exact=True).first.click()
    sign_in_again(page, administrator.username)
    offer = page.get_by_role("status").filter(has_text="Something you had entered")
    expect(offer).to_be_visible()
    axe(page)
    offer.get_by_role("link").click()
    expect(page.locator("[name=first_name]")).to_have_value("Johnny")
    expect(page.get_by_text(BACK)).to_be_visible()


def test_without_javascript_the_session_ends_and_nothing_is_in_the_way(
    site: Callable[[str], Page], administrator: UserAccount
) -> None:
    page = site("plain")
    sign_in_by_hand(page, administrator.username)
    expect(page.locator("#session-end")).to_be_hidden()
    ended(page)
    page.goto("/password/")
    expect(page.get_by_text("Your session has ended. Sign in again")).to_be_visible()
