"""The accessibility tree of the Audit Log: what a screen reader has to say for find, read an entry, export."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from auditlog.models import AuditLogEntry

from .history import TOLD
from .steps import exported, sign_in

pytestmark = pytest.mark.usefixtures("told_history")

CRITERIA = """
- search "Search criteria":
  - text: Start Date
  - textbox "Start Date"
  - text: End Date
  - textbox "End Date"
  - text: Affected Object
  - textbox "Affected Object"
  - text: Changed By
  - textbox "Changed By": clerk
  - group "Table":
    - checkbox "UserAccount" [checked]
    - checkbox "UserGroup" [checked]
    - checkbox "UserGroupMember" [checked]
    - checkbox "UserToolRights" [checked]
  - group "Action":
    - checkbox "Add" [checked=false]
    - checkbox "Change" [checked]
    - checkbox "Delete" [checked]
  - button "View Results"
  - link "Reset"
  - link "Export to Excel"
"""
FOUND = """
- region "Entries 2 entries":
  - heading "Entries 2 entries" [level=2]
  - table "Entries of the Audit Log, newest first. Follow a timestamp to read the entry.":
    - rowgroup:
      - row "Timestamp Table Action Affected Object Changed by":
        - columnheader "Timestamp"
        - columnheader "Table"
        - columnheader "Action"
        - columnheader "Affected Object"
        - columnheader "Changed by"
    - rowgroup:
      - row "05/05/2025 23:59:59 -0500 UserGroupMember Delete jdoe, Health Staff jclerk":
        - cell "05/05/2025 23:59:59 -0500":
          - link "05/05/2025 23:59:59 -0500"
        - cell "UserGroupMember"
        - cell "Delete"
        - cell "jdoe, Health Staff"
        - cell "jclerk"
      - row /^03\\/10\\/2025 14:00:00 -0500 UserGroup Change Health Staff jclerk$/:
        - cell:
          - link "03/10/2025 14:00:00 -0500"
"""
NOTHING_CHOSEN = """
- region "Chosen entry":
  - paragraph: Follow a timestamp in the list to read the entry here.
"""
ENTRY = """
- article "UserGroup":
  - heading "UserGroup" [level=2]
  - paragraph: jclerk changed the group description of the group Health Staff from “Nurses” to “Nurses and aides”.
  - paragraph: "Still so today: the values are as this entry left them."
  - term: Timestamp
  - definition: 03/10/2025 14:00:00 -0500
  - term: Area
  - definition: UserGroup
  - term: Type
  - definition: Change
  - term: Changed By
  - definition: jclerk (Jo Clerk)
  - term: Group name
  - definition: Health Staff
  - table "Changed properties":
    - rowgroup:
      - row "Property Name Existing Value New Value Value Now":
        - columnheader "Property Name"
        - columnheader "Existing Value"
        - columnheader "New Value"
        - columnheader "Value Now"
    - rowgroup:
      - row:
        - rowheader "description"
        - cell "Nurses"
        - 'cell "Nurses inserted: and aides end of inserted"':
          - insertion: "inserted: and aides end of inserted"
        - cell "Nurses and aides"
"""
EXPORTS = """
- main:
  - heading "Exports and refused tries" [level=1]
  - search "Search criteria":
    - textbox "Who"
    - combobox "What":
      - option "Everything" [selected]
    - button "View Results"
    - link "Reset"
  - region "Traces 1 entry":
    - table "Exports and refused tries, newest first":
      - rowgroup:
        - row "Timestamp Outcome Rows Log or page Who Criteria, or what was tried From":
          - columnheader "Timestamp"
          - columnheader "Outcome"
          - columnheader "Rows"
      - rowgroup:
        - row:
          - cell "Exported"
          - cell "5 rows"
          - cell "Audit Log"
          - cell "auditor (Otto Auditor)"
          - 'cell "Changed By: clerk"'
"""


def test_to_find_has_names_states_and_an_announcement(page):
    sign_in(page, "auditor")
    page.goto("/audit-log/?changed_by=clerk")
    page.get_by_role("checkbox", name="Add").uncheck()
    expect(page.get_by_role("search")).to_match_aria_snapshot(CRITERIA)
    page.get_by_role("button", name="View Results").click()
    expect(page.get_by_role("main")).to_match_aria_snapshot("- main:\n  - status: 2 entries")
    for name, tree in (("Entries 2 entries", FOUND), ("Chosen entry", NOTHING_CHOSEN)):
        expect(page.get_by_role("region", name=name, exact=True)).to_match_aria_snapshot(tree)
    page.fill("[name=changed_by]", "nobody")
    page.get_by_role("button", name="View Results").click()
    expect(page.get_by_role("region", name="Entries 0 entries")).to_contain_text("No entries match these criteria.")
    page.fill("[name=start_date]", "2025-02-02")
    page.fill("[name=end_date]", "2025-02-01")
    page.get_by_role("button", name="View Results").click()
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("link")).to_have_accessible_name("End Date: The end date is before the start date.")
    end = page.get_by_label("End Date", exact=True)
    expect(end).to_have_attribute("aria-invalid", "true")
    expect(end).to_have_accessible_description("The end date is before the start date.")


def test_to_read_an_entry_has_names_and_says_which_row_is_chosen(page):
    described = AuditLogEntry.objects.get(affected_object="Health Staff", action="change")
    sign_in(page, "auditor")
    page.goto("/audit-log/?changed_by=clerk")
    page.get_by_role("link", name=TOLD["described"][0]).click()
    expect(page.get_by_role("heading", name="UserGroup", exact=True)).to_be_focused()
    expect(page.get_by_role("region", name="Chosen entry").get_by_role("article")).to_match_aria_snapshot(ENTRY)
    expect(page.locator("[aria-current=true]")).to_have_accessible_name(TOLD["described"][0])
    page.get_by_role("link", name="This entry on a page of its own").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Audit Log entry {described.pk}")
    expect(page).to_have_title(re.compile(f"^Audit Log entry {described.pk}"))
    expect(page.get_by_role("main").get_by_role("article")).to_match_aria_snapshot(ENTRY)


def test_to_export_has_a_name_and_its_outcome_is_told(page, tmp_path):
    sign_in(page, "auditor")
    page.goto("/audit-log/?changed_by=clerk")
    assert len(exported(page, tmp_path)) == 5
    page.goto("/audit-log/exports/")
    expect(page).to_have_title(re.compile("^Exports and refused tries, 1 "))
    expect(page.get_by_role("main")).to_match_aria_snapshot(EXPORTS)
