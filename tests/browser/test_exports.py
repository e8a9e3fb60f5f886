from __future__ import annotations

import openpyxl
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from auditlog import access
from auditlog.export.turns import take_turn
from auditlog.models import AccessLogEntry
from district.models import UserGroup

from .steps import axe, fits, sign_in

OTTO = access.Who("auditor", "Otto Auditor", 7, "web", "10.1.2.3")


@pytest.fixture
def traces(auditor):
    """An export of each outcome and a refused try."""
    criteria = "Start Date: 03/01/2026; Table: UserAccount, UserGroup, UserToolRights; Affected Object: Behavior"
    for subject, rows, end in (
        ("Audit Log", 12_345, access.export_finished),
        ("Data Sync Log", 77, access.export_broken),
        ("Audit Log", None, None),
    ):
        reference = access.export_started(who=OTTO, subject=subject, criteria=criteria)
        if end:
            end(who=OTTO, subject=subject, criteria=criteria, reference=reference, rows=rows)
    AccessLogEntry.objects.create(
        timestamp=timezone.now(),
        event="refused",
        subject="User Groups",
        criteria="/audit-log/export/?affected_object=" + "x" * 200,
        reference="0" * 32,
        changed_by="plain",
        channel="web",
        address="2001:db8:85a3::8a2e:370:7334",
    )


def test_the_page_of_exports_can_be_used_by_everybody(every_page: Page, traces):
    sign_in(every_page, "auditor")
    every_page.goto("/audit-log/exports/")
    expect(every_page.locator("h1")).to_have_text("Exports and refused tries")
    expect(every_page.locator("tbody tr")).to_have_count(4)
    axe(every_page)
    fits(every_page)


@pytest.mark.parametrize("query", ["", "?who=nobody", "?what=drop"])
def test_its_empty_states_and_errors_too(page: Page, auditor, query):
    sign_in(page, "auditor")
    page.goto(f"/audit-log/exports/{query}")
    axe(page)


def test_refused_criteria_of_an_export_are_explained(every_page: Page, auditor):
    sign_in(every_page, "auditor")
    assert every_page.goto("/audit-log/export/?table=Nothing").status == 400
    expect(every_page.get_by_role("group", name="Not accepted")).to_be_visible()
    axe(every_page)
    fits(every_page)


def test_who_comes_while_so_many_exports_are_made_reads_so_and_gets_the_file_by_trying_again(every_page: Page, auditor):
    UserGroup.objects.create(name="Health Staff")
    sign_in(every_page, "auditor")
    every_page.goto("/audit-log/?table=UserGroup")
    under_way = [take_turn(f"somebody {number}") for number in range(3)]
    every_page.get_by_role("link", name="Export to Excel").click()
    expect(every_page.locator("h1")).to_have_text("Too many exports at the moment")
    axe(every_page)
    fits(every_page)
    for turn in under_way:
        turn.end()
    with every_page.expect_download() as started:
        every_page.get_by_role("link", name="Try again").click()
    assert started.value.suggested_filename.endswith(".xlsx")
    every_page.get_by_role("link", name="Back to the list").click()
    expect(every_page.locator("h1")).to_have_text("Audit Log")


def test_a_person_exports_what_the_criteria_leave_and_finds_the_trace(page: Page, auditor, tmp_path):
    UserGroup.objects.create(name="Health Staff")
    sign_in(page, "auditor")
    page.goto("/audit-log/?table=UserGroup&affected_object=health")
    with page.expect_download() as started:
        page.get_by_role("link", name="Export to Excel").click()
    assert started.value.suggested_filename.startswith("audit-log_school-district_")
    started.value.save_as(tmp_path / "log.xlsx")
    rows = openpyxl.load_workbook(tmp_path / "log.xlsx")["Audit Log"].iter_rows(min_row=2, values_only=True)
    assert ("UserGroup", "add", "Health Staff") in {row[2:5] for row in rows}
    page.goto("/audit-log/exports/")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("Table: UserGroup; Affected Object: health")
    expect(page.locator("tbody tr")).to_contain_text("Exported")
