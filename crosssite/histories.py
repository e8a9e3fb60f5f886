"""What else the log holds about an entry's student and section, across runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from auditlog.texts import moment, visible

from .access import visible_entries
from .models import Action, SyncLogEntry
from .sync.entries import LogRow

#: How many lines a history has.
CAP = 50
#: How many students of an invalidated section are listed.
MOST_STUDENTS = 500


@dataclass(frozen=True)
class HistoryLine:
    """An entry in a history. ``about`` is what the history is not about itself: the section, or the student."""

    id: int
    timestamp: str
    action: str
    about: str
    old_value: str
    new_value: str
    home_school: str


@dataclass(frozen=True)
class History:
    """The newest lines; ``more`` where there are older ones."""

    lines: Sequence[HistoryLine]
    more: bool


def student_history(entry: SyncLogEntry, user: object) -> History | None:
    """What happened to the student, in all sections; None where the entry is about no student."""
    if entry.student_id is None:
        return None
    return _history(visible_entries(user).filter(student_id=entry.student_id), of_student=True)


def section_history(entry: SyncLogEntry, user: object) -> History:
    """What happened to the section and to the rosters in it."""
    return _history(visible_entries(user).filter(section_id=entry.section_id), of_student=False)


def affected_students(entry: SyncLogEntry, user: object) -> list[HistoryLine]:
    """The students who lost their roster with an invalidated section, by name."""
    if entry.action != Action.INVALIDATED_SECTION:
        return []
    gone = visible_entries(user).filter(run=entry.run_id, section_id=entry.section_id, action=Action.DELETED_ROSTER)
    return [_line(line, False) for line in gone.order_by("student_name", "pk")[:MOST_STUDENTS]]


def _history(entries: QuerySet[SyncLogEntry], *, of_student: bool) -> History:
    found = list(entries.order_by("-timestamp", "-pk")[: CAP + 1])
    return History([_line(entry, of_student) for entry in found[:CAP]], more=len(found) > CAP)


def _line(entry: SyncLogEntry, of_student: bool) -> HistoryLine:
    return HistoryLine(
        id=entry.pk,
        timestamp=moment(entry.timestamp),
        action=entry.get_action_display(),
        about=visible(section_name(entry) if of_student else student_name(entry)),
        old_value=entry.old_value,
        new_value=entry.new_value,
        home_school=visible(entry.home_school),
    )


def section_name(entry: SyncLogEntry | LogRow) -> str:
    """``MAT201-3 Algebra II``."""
    return f"{entry.course_number}-{entry.section_number} {entry.course_name}"


def student_name(entry: SyncLogEntry | LogRow) -> str:
    """``Rivera, Ana Maria (104417)``; nothing for an entry about the section itself."""
    return f"{entry.student_name} ({entry.student_number})" if entry.student_number else ""
