"""Reading the home copy and the Data Sync Log in tests, and what a serving district's records say they should be."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from crosssite.models import Action, Roster, Section, ServingDistrict, Student, SyncLogEntry, SyncRun

from .bundles import Serving

DAY = datetime.timedelta(days=1)

#: Section, student number, first and last day (both as text, empty where there is none).
Span = tuple[str, str, str, str]

FIELDS = (
    "action",
    "home_school",
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


def entries(run: SyncRun) -> list[dict[str, str]]:
    """The texts of a run's entries, in the order of these texts."""
    found = SyncLogEntry.objects.filter(run=run).values_list(*FIELDS)
    return [dict(zip(FIELDS, row, strict=True)) for row in sorted(found)]


def actions(run: SyncRun) -> list[str]:
    return [entry["action"] for entry in entries(run)]


def copy_state(district: ServingDistrict | None = None) -> set[Span]:
    """The rosters of valid sections that the home copy holds. Two alike would be an error of the copy."""
    rosters = Roster.objects.filter(ended=False, section__state=Section.State.VALID)
    if district is not None:
        rosters = rosters.filter(district=district)
    rows = rosters.values_list("section__sourced_id", "student__number", "begin_date", "last_day")
    spans = [(section, number, _text(begin), _text(end)) for section, number, begin, end in rows]
    assert len(set(spans)) == len(spans)
    return set(spans)


def whole_copy() -> list[tuple]:
    """Every row of the home copy, ended and invalid ones too; two calls compare equal if no run changed it."""
    sections = Section.objects.order_by("pk").values_list()
    return [*sections, *Roster.objects.order_by("pk").values_list()]


def log_state() -> list[tuple]:
    return list(SyncLogEntry.objects.order_by("pk").values_list())


def source_state(serving: Serving, students: Iterable[Student]) -> set[Span]:
    """What the serving district has of these students of ours."""
    ours = {student.number for student in students}
    users = serving.tables["users"]
    return {
        (cells["classSourcedId"], number, cells["beginDate"], last_day(cells["endDate"]))
        for cells in serving.tables["enrollments"].values()
        if cells["role"] == "student"
        and users[cells["userSourcedId"]]["orgSourcedIds"] == serving.ours
        and (number := users[cells["userSourcedId"]]["identifier"]) in ours
    }


def last_day(end: str) -> str:
    """The last day in class of an exclusive end."""
    return (datetime.date.fromisoformat(end) - DAY).isoformat() if end else ""


def _text(day: datetime.date | None) -> str:
    return "" if day is None else day.isoformat()


def replayed(before: set[Span], dates: dict[tuple[str, str], tuple[str, str]], run: SyncRun) -> set[Span]:
    """The copy before a run with the run's entries carried out.

    An entry of a created roster tells no dates: ``dates`` has them by section and student. Each student has at most
    one roster in a section here.
    """
    state = {(section, number): [begin, end] for section, number, begin, end in before}
    sections = dict(Section.objects.filter(district=run.district).values_list("pk", "sourced_id"))
    for entry in run.entries.exclude(student_number="").order_by("pk"):
        place = (sections[entry.section_id], entry.student_number)
        match entry.action:
            case Action.CREATED_ROSTER:
                assert place not in state
                state[place] = list(dates[place])
            case Action.DELETED_ROSTER:
                del state[place]
            case Action.UPDATED_START:
                assert state[place][0] == entry.old_value
                state[place][0] = entry.new_value
            case Action.UPDATED_END:
                assert state[place][1] == entry.old_value
                state[place][1] = entry.new_value
    return {(section, number, begin, end) for (section, number), (begin, end) in state.items()}
