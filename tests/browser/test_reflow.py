"""Every screen in a window of 320 pixels, with wide text spacing, and with text twice as large; long names among it."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from crosssite.models import ServingDistrict, SyncLogEntry, SyncRun
from district.models import Right, School, Tool, UserAccount, UserGroup, UserGroupToolRights
from district.rights import USER_ACCOUNT

from .conftest import CHROMIUM, DESKTOP, FLAGS
from .steps import fits, sign_in

#: WCAG 1.4.12: what a reader's own style may set, and nothing may be lost.
SPACING = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`);
    document.adoptedStyleSheets = [sheet];
}"""

#: Texts that are cut off, or stand outside of the window and in no frame that can be moved to them.
LOST = """() => {
    const hidden = ".visually-hidden, .skip-to-content-link, svg, select, textarea, .theme-toggle";
    const moves = element => element && (/auto|scroll/.test(getComputedStyle(element).overflowX)
        ? element !== document.body : moves(element.parentElement));
    const clipped = element => element
        && (getComputedStyle(element).clipPath !== "none" || clipped(element.parentElement));
    const read = element => element.offsetParent && element.innerText?.trim()
        && !element.closest(hidden) && !clipped(element);
    const lost = new Set();
    for (const element of document.querySelectorAll("body *")) {
        if (!read(element)) continue;
        const style = getComputedStyle(element), box = element.getBoundingClientRect();
        const cuts = axis => /hidden|clip/.test(style["overflow" + axis]);
        if ((cuts("X") && element.scrollWidth > element.clientWidth + 1)
            || (cuts("Y") && element.scrollHeight > element.clientHeight + 1)
            || (!element.children.length && !moves(element.parentElement) && box.width
                && (box.right > innerWidth + 1 || box.left < -1)))
            lost.add(`${element.tagName} ${element.className}: ${element.innerText.slice(0, 60)}`);
    }
    return [...lost];
}"""


@pytest.fixture
def screens(transactional_db) -> list[str]:
    """The addresses of every kind of screen of the demonstration; some names in it are as long as can be."""
    call_command("load_demo", stdout=io.StringIO())
    person, group = UserAccount.objects.get(username="jdoe"), UserGroup.objects.get(name="Help Desk")
    school, run = School.objects.all()[0], SyncRun.objects.get(outcome="held")
    with acting_as("m" * 150):
        person.username, person.last_name = "j" * 150, "Doe" * 50
        person.save()
        group.name, group.description = "Desk" * 63, "Helps " * 200
        group.save()
        school.name = "School " * 36
        school.save()
    entry, synced = AuditLogEntry.objects.latest("id").pk, SyncLogEntry.objects.latest("id").pk
    records = [
        *(f"district/useraccount/{page}" for page in ("", "add/", f"{person.pk}/change/", f"{person.pk}/password/")),
        *(f"district/usergroup/{page}" for page in ("", f"{group.pk}/change/", f"{group.pk}/delete/")),
        f"district/useraccount/{person.pk}/tool-rights/",
        f"district/usergroup/{group.pk}/tool-rights/",
        *(f"district/{page}/" for page in ("preference", "school", "calendar")),
        *(f"crosssite/{page}/" for page in ("student", "servingdistrict", "servingschool", "crosssitestudent")),
        f"crosssite/servingdistrict/{ServingDistrict.objects.all()[0].pk}/change/",
    ]
    return [
        *("/", "/password/", "/nothing/"),
        *("/audit-log/", f"/audit-log/?range=30_days&fold=1&entry={entry}", "/audit-log/?start_date=x&mark=security"),
        *(f"/audit-log/{entry}/", f"/audit-log/?changed_by={'m' * 150}&not_object={'j' * 150}"),
        *(f"/audit-log/of/UserAccount/{person.pk}/", f"/audit-log/of/UserGroup/{group.pk}/"),
        *("/audit-log/searches/", "/audit-log/searches/save/", "/audit-log/exports/"),
        *(f"/rights-report/?account={person.pk}", "/rights-report/?view=tool&tool=User+Account"),
        *(f"/rights-report/?view=group&group={group.pk}", "/rights-report/?view=school"),
        *("/sync-log/?school=all", f"/sync-log/?school=all&entry={synced}", f"/sync-log/{synced}/"),
        *("/sync-runs/", f"/sync-runs/{run.pk}/", f"/sync-runs/{run.pk}/confirm/"),
        *(f"/admin/{page}" for page in records),
    ]


@pytest.fixture
def large_text(chromium: Browser, live_server) -> Iterator[Page]:
    """A browser whose own setting is text of twice the usual size."""
    flags = [*FLAGS, "--blink-settings=defaultFontSize=32"]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield browser.new_context(base_url=live_server.url, viewport=DESKTOP).new_page()
    browser.close()


def nothing_is_lost(page: Page, screens: list[str], *, spacing: bool = False) -> None:
    sign_in(page, "admin")
    for address in screens:
        page.goto(address)
        if spacing:
            page.evaluate(SPACING)
        fits(page)
        assert page.evaluate(LOST) == [], page.url


@pytest.mark.slow
def test_nothing_is_lost_at_320_pixels_with_wide_spacing_and_with_text_twice_as_large(site, screens, large_text):
    nothing_is_lost(site("smallest"), screens, spacing=True)
    nothing_is_lost(site("light"), screens, spacing=True)
    nothing_is_lost(large_text, screens)
    large_text.goto("/")
    assert large_text.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"


def test_on_paper_headings_are_dark_buttons_are_gone_and_what_is_given_stands_open(dark_page, administrator):
    """Printed from the dark look, on the width of a letter page."""
    group = UserGroup.objects.create(name="Help Desk")
    UserGroupToolRights.objects.create(group=group, tool=Tool.objects.get(path=USER_ACCOUNT), right=Right.WRITE)
    page = dark_page
    sign_in(page, "admin")
    page.set_viewport_size({"width": 740, "height": 900})
    page.emulate_media(media="print")
    page.goto("/admin/district/preference/")
    heading = page.get_by_role("heading", name="Account Security").or_(page.get_by_text("Account Security")).first
    expect(heading).to_have_css("color", "rgb(0, 0, 0)")
    expect(heading).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    page.goto(f"/admin/district/usergroup/{group.pk}/change/")
    expect(page.get_by_label("Name", exact=False).first).to_be_visible()
    expect(page.get_by_role("link", name="Rights Report")).to_be_hidden()
    page.goto(f"/admin/district/usergroup/{group.pk}/tool-rights/")
    expect(page.get_by_text("User Account", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_hidden()


def test_in_forced_colors_a_button_is_known_by_its_border(page, administrator):
    sign_in(page, "admin")
    page.emulate_media(forced_colors="active")
    for address, name in (("/audit-log/", "View Results"), ("/admin/district/usergroup/add/", "Save")):
        page.goto(address)
        expect(page.get_by_role("button", name=name, exact=True).first).to_have_css("border-top-width", "1px")
