"""Who holds what just now: groups, tool rights and calendar rights of everybody, read as of one moment.

The rows that say who holds what come from one statement, so that nobody is seen between two groups. Names are read
after it: what was deleted in between is left out, as if it had been read a moment later.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from auditlog.search import fold

from ..models import Calendar, School, Tool, UserAccount, UserGroup
from ..roles import STUDENT_INFORMATION_SYSTEM
from ..years import school_year

#: Each row: which table, whose, then what the table holds: school, calendar, end year, two marks; group; tool, right.
HELD = """
SELECT 'own calendar' AS kind, "userID" AS holder, "schoolID" AS what, "calendarID" AS calendar, "endYear" AS year,
    "modifyRights" AS modify, "closeMonths" AS months, '' AS may, id FROM "UserSchoolYearRights"
UNION ALL SELECT 'group calendar', "groupID", "schoolID", "calendarID", "endYear", "modifyRights", "closeMonths", '', id
    FROM "UserGroupSchoolYearRights"
UNION ALL SELECT 'member', "userID", "groupID", NULL, NULL, NULL, NULL, '', id FROM "UserGroupMember"
UNION ALL SELECT 'own tool', "userID", "toolID", NULL, NULL, NULL, NULL, "right", id FROM "UserToolRights"
UNION ALL SELECT 'group tool', "groupID", "toolID", NULL, NULL, NULL, NULL, "right", id FROM "UserGroupToolRights"
"""

#: One right on one tool: (tool id, right).
Box = tuple[int, str]


class Account(NamedTuple):
    """An account. Its rights count while it is active: not disabled, and not past its last day."""

    id: int
    username: str
    name: str
    disabled: bool
    expires: datetime.date | None
    expired: bool

    @property
    def active(self) -> bool:
        return not (self.disabled or self.expired)


class Group(NamedTuple):
    id: int
    name: str

    @property
    def everything(self) -> bool:
        """Whether who is in it holds every right on every tool, and all schools."""
        return self.name == STUDENT_INFORMATION_SYSTEM


class CalendarRow(NamedTuple):
    """A row of calendar rights; None is all years, all schools, all calendars."""

    id: int
    school: int | None
    calendar: int | None
    year: int | None
    modify: bool
    close: bool

    @property
    def counts(self) -> bool:
        """Whether it counts this school year."""
        return self.year is None or self.year == school_year()


@dataclass
class Held:
    """Everything that is held. Records are in the order in which people look for them."""

    memberships: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    own_tools: dict[int, list[Box]] = field(default_factory=lambda: defaultdict(list))
    group_tools: dict[int, list[Box]] = field(default_factory=lambda: defaultdict(list))
    own_calendars: dict[int, list[CalendarRow]] = field(default_factory=lambda: defaultdict(list))
    group_calendars: dict[int, list[CalendarRow]] = field(default_factory=lambda: defaultdict(list))
    accounts: dict[int, Account] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    #: The paths of the tools, in the order of the tree; the names of schools and calendars.
    tools: dict[int, str] = field(default_factory=dict)
    schools: dict[int, str] = field(default_factory=dict)
    calendars: dict[int, str] = field(default_factory=dict)

    @cached_property
    def position(self) -> dict[int, int]:
        """Where each tool stands in the tree."""
        return {tool: number for number, tool in enumerate(self.tools)}

    @cached_property
    def members(self) -> dict[int, list[Account]]:
        """The accounts in each group, by user name."""
        found: dict[int, list[Account]] = defaultdict(list)
        for account in self.accounts.values():
            for group in self.memberships.get(account.id, ()):
                found[group].append(account)
        return found

    def groups_of(self, account: Account) -> list[Group]:
        """The groups an account is in, by name."""
        mine = set(self.memberships.get(account.id, ()))
        found = [self.groups[group] for group in mine if group in self.groups]
        return sorted(found, key=lambda group: (fold(group.name), group.id))


def read_held() -> Held:
    """Everything that is held now, in six statements."""
    held = Held()
    _read_rows(held)
    held.accounts = {account.id: account for account in _by_name(_accounts(), "username")}
    groups = UserGroup.objects.order_by().values_list("pk", "name")
    held.groups = {group.id: group for group in _by_name((Group(*row) for row in groups), "name")}
    held.tools = dict(Tool.objects.values_list("pk", "path"))
    held.schools = dict(School.objects.values_list("pk", "name"))
    held.calendars = dict(Calendar.objects.values_list("pk", "name"))
    return held


def _by_name(records: Iterable[Any], name: str) -> list[Any]:
    return sorted(records, key=lambda record: (fold(getattr(record, name)), record.id))


def _accounts() -> Iterable[Account]:
    today = timezone.localdate()
    columns = ("pk", "username", "first_name", "last_name", "disable", "expires_date")
    for pk, username, first, last, disable, expires in UserAccount.objects.order_by().values_list(*columns):
        expired = expires is not None and expires < today
        yield Account(pk, username, f"{first} {last}".strip(), disable, expires, expired)


def _read_rows(held: Held) -> None:
    """Sort the rows by what they are; equal rights are one object, however many hold them."""
    tools = {"own tool": held.own_tools, "group tool": held.group_tools}
    calendars = {"own calendar": held.own_calendars, "group calendar": held.group_calendars}
    boxes: dict[Box, Box] = {}
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        for kind, holder, what, calendar, year, modify, months, right, pk in cursor:
            if kind == "member":
                held.memberships[holder].append(what)
            elif kind in tools:
                tools[kind][holder].append(boxes.setdefault((what, right), (what, right)))
            else:
                row = CalendarRow(pk, what, calendar, year, bool(modify), bool(months))
                calendars[kind][holder].append(row)
