"""Forms of the record pages that are refused, and their pages that people seldom see: usable by everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from district.models import Calendar, School, UserAccount, UserGroup

from .steps import axe, fits, sign_in, sign_in_by_hand

RECORDS = "/admin/district/"


@pytest.fixture
def boss(site, administrator) -> Page:
    """The administrator's page, in the look that leaves least room and is seen least."""
    page = site("narrow dark")
    sign_in(page, "admin")
    return page


@pytest.fixture
def school(transactional_db) -> School:
    school = School.objects.create(name="Harrison High School")
    Calendar.objects.create(school=school, name="26-27 Harrison", end_year=2027)
    return school


def usable(page: Page) -> None:
    expect(page.locator("h1")).to_have_count(1)
    axe(page)
    fits(page)


def refused(page: Page) -> Locator:
    """The summary of what is wrong; it has the focus, and its links lead to the fields."""
    summary = page.get_by_role("group", name="Not accepted")
    expect(summary).to_be_focused()
    usable(page)
    return summary


def leads_to(page: Page, link: Locator, field: str) -> None:
    link.click()
    wrong = page.locator(field)
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-invalid", "true")


def test_a_refused_record_puts_the_focus_on_what_is_wrong_and_links_to_the_fields(boss, school):
    boss.goto(f"{RECORDS}useraccount/add/")
    boss.fill("[name=username]", "ADMIN")
    boss.fill("[name=email]", "no address")
    boss.get_by_role("button", name="Save", exact=True).click()
    summary = refused(boss)
    expect(summary.get_by_role("listitem")).to_have_count(4)
    expect(summary).to_contain_text("There is an account named admin already")
    expect(boss.get_by_text("Please correct the errors below.")).to_be_hidden()
    leads_to(boss, summary.get_by_role("link", name="E-mail address"), "#id_email")
    boss.goto(f"{RECORDS}calendar/{school.calendars.get().pk}/change/")
    usable(boss)
    boss.fill("[name=name]", "")
    boss.get_by_role("button", name="Save", exact=True).click()
    leads_to(boss, refused(boss).get_by_role("link", name="Name"), "#id_name")


def test_what_is_wrong_with_a_calendar_right_is_in_the_summary_too(boss, school):
    account = UserAccount.objects.create_user("jdoe")
    boss.goto(f"{RECORDS}useraccount/{account.pk}/change/")
    boss.locator("[name=calendar_rights-0-school_id]").select_option(label=school.name)
    boss.get_by_role("button", name="Save", exact=True).click()
    leads_to(boss, refused(boss).get_by_role("link", name="Year"), "#id_calendar_rights-0-end_year")


def test_a_refused_new_password_puts_the_focus_on_what_is_wrong(boss):
    account = UserAccount.objects.create_user("jdoe")
    boss.goto(f"{RECORDS}useraccount/{account.pk}/password/")
    boss.locator("[name=new_password1]").fill("one-slate-and-1")
    boss.locator("[name=new_password2]").fill("two-slates-and-2")
    boss.get_by_role("button", name="Set password").click()
    leads_to(boss, refused(boss).get_by_role("link").first, "#id_new_password2")


def test_refused_preferences_put_the_focus_on_what_is_wrong(boss):
    boss.goto(f"{RECORDS}preference/")
    number = boss.locator("input[type=number]").first
    number.fill("-5")
    boss.get_by_role("button", name="Save").click()
    leads_to(boss, refused(boss).get_by_role("link"), f"#{number.get_attribute('id')}")


def test_several_records_are_deleted_on_a_page_that_names_the_consequences(boss, school):
    for name in ("Teachers", "Registrars"):
        UserGroup.objects.create(name=name)
    delete_all(boss, "usergroup", ["Teachers", "Registrars"])
    expect(boss.get_by_role("main")).to_contain_text("Do you want to delete these user groups?")
    usable(boss)
    boss.get_by_role("button", name="Yes, delete").click()
    expect(boss.get_by_text("Successfully deleted 2 user groups.")).to_be_visible()
    usable(boss)
    delete_all(boss, "school", ["Harrison High School"])
    expect(boss.get_by_role("main")).to_contain_text("cannot be deleted together")
    usable(boss)


def delete_all(page: Page, records: str, names: list[str]) -> None:
    page.goto(f"{RECORDS}{records}/")
    for name in names:
        page.get_by_role("row", name=name).get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option("delete_selected")
    page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).click()


def test_pages_that_are_seldom_seen_have_no_barriers(boss, school):
    for address in (
        "usergroup/add/",
        f"school/{school.pk}/change/",
        f"calendar/{school.calendars.get().pk}/delete/",
        "useraccount/?q=nobody",
    ):
        assert boss.goto(f"{RECORDS}{address}").status == 200
        usable(boss)


def test_a_forced_change_of_the_password_has_no_barriers(site, nobody_special):
    UserAccount.objects.update(force_password_change=True)
    page = site("narrow dark")
    sign_in_by_hand(page, "plain")
    expect(page.get_by_text("Choose a new password before you go on.")).to_be_visible()
    usable(page)
