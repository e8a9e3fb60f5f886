"""Entries of the Data Sync Log for tests, written as a run writes them: with the texts they are found by."""

from __future__ import annotations

from datetime import UTC, datetime

from auditlog.search import fold
from crosssite.models import ServingDistrict, SyncLogEntry, SyncLogText, SyncRun
from district.models import School

#: The columns whose texts a run writes down once per home school.
TEXT_COLUMNS = (
    "student_number",
    "student_name",
    "course_number",
    "course_name",
    "section_number",
    "old_value",
    "new_value",
    "serving_district",
    "serving_school",
)
BY_COMMAND = {"started_by": "command: sync_rosters"}
WHEN = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
SECTION = {
    "course_number": "MAT201",
    "course_name": "Algebra II",
    "section_number": "3",
    "serving_district": "Lakeside District",
    "serving_school": "Lakeside High",
}
STUDENT = {"student_number": "104417", "student_name": "Rivera, Ana Maria"}


def run(at: datetime = WHEN, **fields) -> SyncRun:
    """An applied run of Lakeside District, unless the fields say otherwise."""
    if "district" not in fields:
        fields["district"] = ServingDistrict.objects.get_or_create(name="Lakeside District", identifier="lakeside")[0]
    given = {"outcome": "applied", "kind": "bulk", "source_name": "lakeside.zip", **BY_COMMAND, **fields}
    return SyncRun.objects.create(started=at, finished=at, **given)


def entry(school: School, at: datetime = WHEN, *, action: str = "Created Roster", **fields) -> SyncLogEntry:
    """One entry of a school; its run is the newest there is, or a new one."""
    about = SECTION if "Section" in action else {**SECTION, **STUDENT}
    given = {"section_id": 1, "student_id": None if "Section" in action else 1, **about, **fields}
    given.setdefault("run", SyncRun.objects.first() or run(at))
    made = SyncLogEntry.objects.create(
        timestamp=at, action=action, home_school_id=school.pk, home_school=school.name, **given
    )
    for column in TEXT_COLUMNS:
        if text := getattr(made, column):
            SyncLogText.objects.get_or_create(
                home_school_id=school.pk, column=column, text=text, defaults={"folded": fold(text)}
            )
    return made
