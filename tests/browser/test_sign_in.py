from __future__ import annotations

from playwright.sync_api import Page, expect

from district.models import UserAccount

from .steps import axe, fits, sign_in_by_hand


def test_the_sign_in_page_can_be_used_by_everybody(every_page: Page) -> None:
    every_page.goto("/login/")
    expect(every_page.locator("[name=username]")).to_be_focused()
    axe(every_page)
    fits(every_page)


def test_a_wrong_password_is_refused_in_words_without_javascript(plain_page: Page) -> None:
    plain_page.goto("/login/")
    plain_page.fill("[name=username]", "nobody")
    plain_page.fill("[name=password]", "wrong")
    plain_page.press("[name=password]", "Enter")
    expect(plain_page.get_by_role("group", name="Not accepted")).to_contain_text("Signing in did not work.")
    expect(plain_page.get_by_role("group", name="Not accepted")).to_be_focused()


def test_whoever_signs_in_comes_to_the_tools_he_may_open(every_page: Page, administrator: UserAccount) -> None:
    sign_in_by_hand(every_page, administrator.username)
    expect(every_page.get_by_role("heading", level=1)).to_be_visible()
    expect(every_page.get_by_role("button", name="Log out")).to_be_visible()
    axe(every_page)
    fits(every_page)
