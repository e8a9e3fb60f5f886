"""What a bundle holds, as far as the sync needs it; enrollments, of which there are most, stay lines of a table.

Named tuples, because there are many: one is made in a third of a frozen dataclass's time.
"""

from __future__ import annotations

import datetime
from typing import NamedTuple


class Org(NamedTuple):
    sourced_id: str
    name: str
    type: str
    identifier: str
    parent: str
    deleted: bool
    line: int


class Session(NamedTuple):
    """A school year or term. ``last_day`` is inclusive, the day before the file's endDate.

    ``school_year``: the year in which its school year ends.
    """

    sourced_id: str
    title: str
    type: str
    start: datetime.date
    last_day: datetime.date
    school_year: int
    deleted: bool
    line: int


class Course(NamedTuple):
    sourced_id: str
    code: str
    title: str
    deleted: bool
    line: int


class Class(NamedTuple):
    """``periods``: as shown, sorted and joined by ``", "``."""

    sourced_id: str
    title: str
    code: str
    location: str
    periods: str
    course_id: str
    school_id: str
    term_ids: tuple[str, ...]
    deleted: bool
    line: int


class User(NamedTuple):
    """``number``: identifier, else the first of userIds, else username. ``org_ids``: the orgs it is a student of.

    ``student``: whether that is its role, in 1.2 its primary one somewhere; None where the bundle does not say.
    ``token`` tells an identical second row from a contradicting one.
    """

    sourced_id: str
    number: str
    family: str
    given: str
    middle: str
    org_ids: tuple[str, ...]
    student: bool | None
    deleted: bool
    line: int
    token: int


class FaultyUser(NamedTuple):
    """A user whose row, or one of whose roles, had to be left out: nothing is known of it, so nothing is deleted."""

    sourced_id: str
