"""States of the Audit Log's pages that a person seldom sees, free of barriers in the looks that are furthest apart."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from auditlog.filters import AuditLogFilterSet
from auditlog.models import AuditLogEntry
from district.models import Preference

from .steps import axe, fits, sign_in


@pytest.fixture
def nothing_found(monkeypatch):
    """Call it, and the log reads as one without entries: the real one cannot be emptied."""

    def empty() -> None:
        monkeypatch.setattr(AuditLogFilterSet, "newest", lambda *_: [])
        monkeypatch.setattr(AuditLogFilterSet, "tables_in_log", [])

    return empty


@pytest.mark.parametrize("look", ["light", "narrow dark"])
@pytest.mark.usefixtures("told_history")
def test_an_entry_alone_a_missing_one_silence_and_an_empty_log(site, look, nothing_found):
    page = site(look)
    sign_in(page, "auditor")
    entry = AuditLogEntry.objects.get(affected_object="jdoe", action="add")
    shows(page, f"/audit-log/{entry.pk}/", "Initial values")
    expect(page.get_by_role("row", name="email jdoe@example.org")).to_be_visible()
    shows(page, "/audit-log/?entry=999999", "No such entry")
    shows(page, "/audit-log/999999/", "There is no such page")
    Preference.objects.create(name="AuditUsers", value="false")
    shows(page, "/audit-log/", "User changes are not being recorded.")
    silence = page.get_by_role("note").filter(has_text="UserGroupSchoolYearRights.")
    expect(silence).to_be_visible()
    expect(silence).not_to_contain_text("Preference")
    nothing_found()
    shows(page, "/audit-log/", "The Audit Log is empty.")


def shows(page: Page, address: str, text: str) -> None:
    page.goto(address)
    expect(page.get_by_text(text, exact=True).first).to_be_visible()
    axe(page)
    fits(page)
