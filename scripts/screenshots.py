"""Takes pictures of a served demonstration district: screenshots.py ADDRESS CHROMIUM FOLDER."""

from __future__ import annotations

import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

PASSWORD = "chalkline-demo"  # noqa: S105 (the demonstration's, meant to be known)
PATIENCE = 30
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
DESKTOP, PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=400, height=860)
TALL = ViewportSize(width=1280, height=1080)

#: Criteria of several kinds: those of the first line, further ones, and one that leaves out.
NARROWED = (
    "affected_object=dokafor&changed_by=mthornquist&table=UserGroupMember&table=UserAccount"
    "&property=securityRole&not_action=delete"
)
#: The tour's first question as a search.
QUESTION = "affected_object=jdoe, User Account"
#: What narrows the Data Sync Log to a section that was cancelled.
CANCELLED = "?course_name=music"


def wait_for(address: str) -> None:
    """Wait until the server answers; TimeoutError where it does not."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):  # noqa: S310 (our own address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise TimeoutError(address)


def profile(browser: Browser, address: str, user: str, **look: Any) -> Page:
    """A page of somebody who has signed in."""
    page = browser.new_context(**{"base_url": address, "viewport": DESKTOP, **look}).new_page()
    go(page, "/login/")
    page.fill("[name=username]", user)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


def go(page: Page, address: str) -> None:
    """Open a page that must be there."""
    answer = page.goto(address)
    if answer is None or not answer.ok:
        raise LookupError(f"{address}: {answer.status if answer else 'no answer'}")


def take(page: Page, folder: Path, name: str) -> None:
    """A picture of a page from its top, as far as the window reaches; following a link may have moved it."""
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=folder / f"{name}.png")


def record(page: Page, model: str, name: str) -> str:
    """The address of a record's page, found as people find it."""
    go(page, f"/admin/district/{model}/?q={quote(name)}")
    return str(page.locator("#result_list").get_by_role("link", name=name, exact=True).first.get_attribute("href"))


def take_log(page: Page, folder: Path, name: str) -> None:
    """The Audit Log with an entry chosen."""
    go(page, "/audit-log/?range=30_days")
    page.locator("#results td.log-time a").nth(3).click()
    page.wait_for_url("**entry=**")
    take(page, folder, name)


def take_searches(page: Page, folder: Path) -> None:
    """The criteria all open with some of them in use, and change sets on one line each, one of them unfolded."""
    go(page, f"/audit-log/?{NARROWED}")
    take(page, folder, "audit-log-criteria")
    go(page, "/audit-log/?fold=1&changed_by=vholloway")
    page.locator(".log-set [aria-expanded]").first.click()
    page.locator(".log-set [aria-expanded=true]").wait_for()
    take(page, folder, "audit-log-folded")


def take_questions(page: Page, folder: Path) -> None:
    """The three questions of the tour, each where its answer stands."""
    go(page, f"/audit-log/?{QUESTION}")
    page.locator("#results tr", has_text="Delete").filter(has_text="Write").locator(".log-time a").click()
    page.wait_for_url("**entry=**")
    go(page, page.get_by_role("link", name="This entry on a page of its own").get_attribute("href") or "")
    take(page, folder, "entry")
    go(page, "/audit-log/?range=last_night")
    page.locator(".log-marked").get_by_role("link", name="Security tools").click()
    page.wait_for_url("**mark=**")
    take(page, folder, "last-night")


def take_people(page: Page, folder: Path) -> None:
    """What is told of one person: her rights, the entries of her, and her last day."""
    go(page, record(page, "useraccount", "jdoe"))
    page.locator(".object-tools").get_by_role("link", name="Rights Report").click()
    page.wait_for_url("**/rights-report/**")
    page.get_by_label("Tool").fill("User Account")
    page.get_by_role("button", name="View Results").click()
    page.wait_for_url("**tool=User**")
    take(page, folder, "rights-report")
    account = record(page, "useraccount", "vholloway")
    for name, link in (("entries-of", "Its entries in the Audit Log"), ("last-day", "What it did on its last day")):
        go(page, account)
        page.locator(".object-tools").get_by_role("link", name=link).click()
        page.wait_for_url("**/audit-log/**")
        take(page, folder, name)


def take_records(page: Page, folder: Path) -> None:
    account, group = record(page, "useraccount", "dokafor"), record(page, "usergroup", "Health Staff")
    for name, address in (("account", account), ("group", group), ("preferences", "/admin/district/preference/")):
        go(page, address)
        take(page, folder, name)
    go(page, group.replace("/change/", "/tool-rights/"))
    page.get_by_role("searchbox").or_(page.get_by_label("Search tools")).first.fill("immuniz")
    page.wait_for_timeout(800)
    take(page, folder, "tool-rights")


def take_exports(page: Page, stranger: Page, folder: Path) -> None:
    """The page of exports after an export, and after somebody without rights tried one."""
    stranger.goto("/audit-log/export/")
    go(page, "/audit-log/?table=UserToolRights")
    with page.expect_download():
        page.get_by_text("Export to Excel").first.click()
    go(page, "/audit-log/exports/")
    take(page, folder, "exports")


def take_sync(registrar: Page, admin: Page, folder: Path) -> None:
    """A registrar's morning, the runs, and the one that waits for a decision."""
    go(registrar, "/sync-log/")
    take(registrar, folder, "sync-log")
    go(registrar, f"/sync-log/{CANCELLED}")
    registrar.locator("#rows").get_by_role("link").first.click()
    registrar.wait_for_url("**entry=**")
    take(registrar, folder, "sync-log-entry")
    go(admin, "/sync-runs/")
    take(admin, folder, "sync-runs")
    go(admin, "/sync-runs/?outcome=held")
    admin.get_by_role("link", name="/20").first.click()
    admin.wait_for_url("**/sync-runs/*/")
    take(admin, folder, "sync-run-held")


def take_others(browser: Browser, address: str, folder: Path) -> None:
    """In the dark, and on a telephone."""
    take_log(profile(browser, address, "auditor", color_scheme="dark"), folder, "audit-log-dark")
    phone = profile(browser, address, "auditor", viewport=PHONE)
    go(phone, "/audit-log/?range=last_night")
    phone.locator("#results").scroll_into_view_if_needed()
    phone.screenshot(path=folder / "audit-log-narrow.png")
    phone = profile(browser, address, "registrar.millbrook", viewport=PHONE)
    go(phone, "/sync-log/")
    take(phone, folder, "sync-log-narrow")


def take_all(browser: Browser, address: str, folder: Path) -> None:
    stranger = browser.new_context(base_url=address, viewport=DESKTOP).new_page()
    go(stranger, "/login/")
    take(stranger, folder, "sign-in")
    page, tall = (profile(browser, address, "admin", viewport=size) for size in (DESKTOP, TALL))
    go(page, "/")
    take(page, folder, "home")
    take_log(tall, folder, "audit-log")
    take_searches(tall, folder)
    take_questions(tall, folder)
    take_people(page, folder)
    take_records(page, folder)
    take_exports(page, profile(browser, address, "no.rights"), folder)
    take_sync(profile(browser, address, "registrar.millbrook", viewport=TALL), page, folder)
    take_others(browser, address, folder)


def main(address: str, chromium: str, folder: Path) -> None:
    wait_for(address)
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        take_all(browser, address, folder)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
