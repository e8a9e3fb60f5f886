"""What browser tests do again and again."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakSet

import openpyxl
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from district.models import UserAccount
from tests.people import PASSWORD

#: WCAG 2.1 A and AA.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
#: Those of them that colours can break; the dark scheme changes nothing else.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
#: Pages that are looked at in the dark too.
both_schemes: WeakSet[Page] = WeakSet()


def sign_in(page: Page, username: str) -> None:
    """With the cookie of a session that has just begun; the way through the sign-in page costs two pages more."""
    client = Client()
    client.force_login(UserAccount.objects.get(username=username))
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "domain": "localhost", "path": "/"}
    page.context.add_cookies([{**cookie, "httpOnly": True, "sameSite": settings.SESSION_COOKIE_SAMESITE}])


def sign_in_by_hand(page: Page, username: str, password: str = PASSWORD) -> None:
    """Through the sign-in page, as a person does."""
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def axe(page: Page) -> None:
    """Fail with a readable list unless the page as it stands is free of violations of WCAG 2.1 A and AA."""
    page.evaluate(AXE_SCRIPT)
    free_of(page, {"type": "tag", "values": RULES})
    if page in both_schemes:
        # Without the admin's slow change from one colour to the other: axe would see what is in between.
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        free_of(page, {"type": "rule", "values": COLOUR_RULES})
        page.emulate_media(color_scheme="light")
        page.emulate_media(reduced_motion="no-preference")


def free_of(page: Page, rules: dict[str, Any]) -> None:
    # Without preload: axe would put style sheets into the page for it, against the policy that the page is under.
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    scheme, found = page.evaluate(
        """async options => [
            matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
            (await axe.run(options)).violations,
        ]""",
        options,
    )
    assert not found, f"{page.url} ({scheme})\n" + "\n".join(map(told, found))


def told(violation: dict[str, Any]) -> str:
    """A violation, with every element it concerns."""
    places = "".join(
        f"\n    {' '.join(map(str, node['target']))}: {node['html'][:160]}\n      {node['failureSummary']}"
        for node in violation["nodes"]
    )
    return f"{violation['id']} ({violation['impact']}): {violation['help']}{places}"


def fits(page: Page) -> None:
    """Fail if the page is wider than its window: a person on a phone would have to move it sideways."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, f"{page.url} is {wide} pixels wide in a window of {window}"


def listed(page: Page) -> list[tuple[str, ...]]:
    """The rows of the list of a log as they stand: the texts of their cells, without the names of marks."""
    marks = """cell => Array.from(cell.querySelectorAll(".log-mark"), mark => mark.innerText)
        .reduce((text, mark) => text.replace(mark, ""), cell.innerText).trim()"""
    return [
        tuple(cell.evaluate(marks) for cell in row.locator("td").all())
        for row in page.locator(".log-table tbody tr").all()
    ]


def exported(page: Page, folder: Path) -> list[dict[str, Any]]:
    """The rows of the Audit Log's sheet, by their headings, of the file that Export to Excel gives."""
    with page.expect_download() as started:
        page.get_by_role("link", name="Export to Excel").press("Enter")
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    headings, *rows = openpyxl.load_workbook(file)["Audit Log"].iter_rows(values_only=True)
    return [dict(zip(map(str, headings), row, strict=True)) for row in rows]
