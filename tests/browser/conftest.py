"""A real Chromium on a served site: ``page`` and its variants, told apart by the ``browser`` mark.

Where no Chromium is installed these tests are left out and the run says so; REQUIRE_ALL=1 makes that a failure.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from .steps import both_schemes

HERE = Path(__file__).parent
#: The first is the same engine without a window to paint: half the work for each page.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next((path for path in map(shutil.which, NAMES) if path), None)
MISSING = f"browser tests left out: none of {', '.join(NAMES)} is installed"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 400, "height": 800}

opened = pytest.StashKey[list[BrowserContext]]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what lies here, and leave it out where it cannot run."""
    mine = [item for item in items if item.path.is_relative_to(HERE)]
    for item in mine:
        item.add_marker(pytest.mark.browser)
    if CHROMIUM is None and os.environ.get("REQUIRE_ALL") != "1":
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if CHROMIUM is None:
        terminalreporter.write_line(MISSING)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Keep what every page of a failed test showed; the report names the files."""
    report = yield
    if call.when == "call" and report.failed:
        pages = [page for context in item.stash.get(opened, []) for page in context.pages]
        for number, page in enumerate(pages):
            report.sections.append(("screenshot", f"{page.url}: {picture(item, number, page)}"))
    return report


def picture(item: pytest.Item, number: int, page: Page) -> Path:
    name = re.sub(r"[^a-zA-Z0-9]+", "-", item.name)[:80]
    path = Path(tempfile.gettempdir()) / "chalkline-screenshots" / f"{name}-{number}.png"
    page.screenshot(path=path, full_page=True)
    return path


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests here.

    Playwright's loop runs in the tests' own thread, where Django would refuse the database for its sake.
    """
    if CHROMIUM is None:
        pytest.fail(MISSING)
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": PHONE},
    "narrow dark": {"viewport": PHONE, "color_scheme": "dark"},
    "plain": {"java_script_enabled": False},
    "smallest": {"viewport": {"width": 320, "height": 640}},
}


@pytest.fixture
def site(
    request: pytest.FixtureRequest, transactional_db: None, live_server: Any, chromium: Browser
) -> Iterator[Callable[[str], Page]]:
    """Opens pages in profiles of their own, by their look; several people can be signed in at once.

    What goes wrong inside a page, unseen by the test, fails the test at its end.
    """
    contexts = request.node.stash.setdefault(opened, [])
    wrong: list[str] = []

    def open_page(look: str = "light") -> Page:
        options = {"viewport": DESKTOP, "base_url": live_server.url, **LOOKS[look]}
        context = chromium.new_context(**options)
        context.set_default_timeout(15_000)
        watch(context, live_server.url, wrong)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong, "\n".join(wrong)


def watch(context: BrowserContext, base: str, wrong: list[str]) -> None:
    """Collects errors of scripts, refusals of the Content-Security-Policy and requests that leave the site."""

    def said(message: Any) -> None:
        if re.search("Content Security Policy|Uncaught", message.text):
            wrong.append(f"console: {message.text}")

    def asked(request: Any) -> None:
        if not request.url.startswith((base, "data:", "blob:", "about:")):
            wrong.append(f"request to {request.url}")

    context.on("console", said)
    context.on("weberror", lambda error: wrong.append(f"script: {error.error}"))
    context.on("request", asked)


@pytest.fixture
def page(site: Callable[[str], Page]) -> Page:
    """1280 pixels wide, light."""
    return site("light")


@pytest.fixture
def narrow_page(site: Callable[[str], Page]) -> Page:
    """400 pixels wide."""
    return site("narrow")


@pytest.fixture
def dark_page(site: Callable[[str], Page]) -> Page:
    return site("dark")


@pytest.fixture
def plain_page(site: Callable[[str], Page]) -> Page:
    """JavaScript off."""
    return site("plain")


@pytest.fixture(params=["light", "narrow"])
def every_page(request: pytest.FixtureRequest, site: Callable[[str], Page]) -> Page:
    """Runs the test wide and narrow; ``axe`` looks at each state of it in light and in dark."""
    page = site(request.param)
    both_schemes.add(page)
    return page
