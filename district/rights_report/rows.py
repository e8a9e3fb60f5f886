"""The report's rows, one for each right and source, in the order of each view.

List and export walk through the same rows; nothing is expanded before it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeVar

from auditlog.areas import subject_key
from auditlog.search import fold

from ..choices import Right
from .held import Account, Box, CalendarRow, Group, Held

Thing = TypeVar("Thing", Box, CalendarRow)

#: The order of the four rights.
ORDER = {right: number for number, right in enumerate(Right.values)}


class View(StrEnum):
    """What the rows are sorted by and stand together by."""

    PERSON = "person"
    GROUP = "group"
    TOOL = "tool"
    SCHOOL = "school"


class Kind(StrEnum):
    """What a row is about. EVERYTHING: every right on every tool and all schools; NOTHING: no right at all."""

    EVERYTHING = "everything"
    MEMBER = "member"
    TOOL = "tool"
    CALENDAR = "calendar"
    NOTHING = "nothing"


class Source(StrEnum):
    OWN = "own"
    GROUP = "group"


class Row(NamedTuple):
    """One thing that somebody holds.

    ``account`` is nobody where the row is about a group alone. ``group`` is the group that a right comes through,
    or, of a membership, the group itself; None for what was given to the account itself.
    """

    kind: Kind
    account: Account | None = None
    group: Group | None = None
    box: Box | None = None
    calendar: CalendarRow | None = None

    @property
    def right_subject(self) -> str | None:
        """By what the Audit Log knows the right itself (``areas.subject_key``)."""
        holder = self.group or self.account
        if holder is None:
            return None
        if self.box is not None:
            return subject_key("UserGroupToolRights" if self.group else "UserToolRights", holder.id, *self.box)
        if self.calendar is not None:
            area = "UserGroupSchoolYearRights" if self.group else "UserSchoolYearRights"
            return subject_key(area, self.calendar.id)
        return None

    @property
    def membership_subject(self) -> str | None:
        """By what the Audit Log knows the membership through which the right is held."""
        if self.account is None or self.group is None:
            return None
        return subject_key("UserGroupMember", self.account.id, self.group.id)

    @property
    def subjects(self) -> list[str]:
        return [subject for subject in (self.right_subject, self.membership_subject) if subject]


@dataclass(frozen=True)
class Criteria:
    """What is asked for. ``person`` is folded text; None and the empty text are no condition.

    ``tools`` and ``right`` ask for tool rights, ``school`` for calendar rights that reach it. Who holds everything is
    among the holders of whatever is asked for.
    """

    view: View = View.PERSON
    person: str = ""
    account: int | None = None
    group: int | None = None
    tools: frozenset[int] | None = None
    right: str = ""
    school: int | None = None
    source: str = ""
    active: bool = False

    @property
    def asks_for_tools(self) -> bool:
        return self.tools is not None or bool(self.right)

    @property
    def asks_for_schools(self) -> bool:
        return self.school is not None

    @property
    def asks_for_people(self) -> bool:
        return bool(self.person) or self.account is not None

    @property
    def memberships(self) -> bool:
        """Whether memberships are among what is asked for, and not only rights."""
        return not (self.asks_for_tools or self.asks_for_schools or self.source == Source.GROUP)

    @property
    def own(self) -> bool:
        return self.group is None and self.source != Source.GROUP

    @property
    def through_groups(self) -> bool:
        return self.source != Source.OWN

    @property
    def everyone(self) -> bool:
        """Whether who holds nothing is asked for too."""
        return self.memberships and self.group is None and not self.source

    def takes_account(self, account: Account) -> bool:
        if self.active and not account.active:
            return False
        if self.account is not None and account.id != self.account:
            return False
        return not self.person or self.person in fold(account.username) or self.person in fold(account.name)

    def takes_group(self, group: Group) -> bool:
        return self.group is None or group.id == self.group

    def takes_box(self, box: Box) -> bool:
        tool, right = box
        if self.asks_for_schools or (self.right and right != self.right):
            return False
        return self.tools is None or tool in self.tools

    def takes_calendar(self, row: CalendarRow) -> bool:
        if self.asks_for_tools:
            return False
        return self.school is None or row.school is None or row.school == self.school


def rows(held: Held, criteria: Criteria) -> Iterator[Row]:
    """All rows that are asked for, in the order of the view."""
    if criteria.tools == frozenset():
        return iter(())
    return _VIEWS[criteria.view](held, criteria)


# --- by person ------------------------------------------------------------------------------------------------


def _by_person(held: Held, criteria: Criteria) -> Iterator[Row]:
    for account in held.accounts.values():
        if criteria.takes_account(account):
            yield from _of_account(held, criteria, account)


def _of_account(held: Held, criteria: Criteria, account: Account) -> Iterator[Row]:
    groups = [group for group in held.groups_of(account) if criteria.takes_group(group)]
    found = [*_memberships(criteria, account, groups), *_calendars(held, criteria, account, groups)]
    yield from found
    tools = sorted(_tools(held, criteria, account, groups), key=lambda row: _in_tree(held, row))
    yield from tools
    if not found and not tools and criteria.everyone:
        yield Row(Kind.NOTHING, account)


def _memberships(criteria: Criteria, account: Account, groups: Iterable[Group]) -> Iterator[Row]:
    groups = list(groups)
    yield from (Row(Kind.EVERYTHING, account, group) for group in groups if group.everything)
    if criteria.memberships:
        yield from (Row(Kind.MEMBER, account, group) for group in groups if not group.everything)


def _calendars(held: Held, criteria: Criteria, account: Account, groups: Iterable[Group]) -> Iterator[Row]:
    for source, found in _sources(held.own_calendars, held.group_calendars, criteria, account, groups):
        wanted = [row for row in found if criteria.takes_calendar(row)]
        for row in sorted(wanted, key=lambda row: _by_school_and_year(held, row)):
            yield Row(Kind.CALENDAR, account, source, calendar=row)


def _tools(held: Held, criteria: Criteria, account: Account, groups: Iterable[Group]) -> Iterator[Row]:
    for source, boxes in _sources(held.own_tools, held.group_tools, criteria, account, groups):
        for box in boxes:
            if box[0] in held.tools and criteria.takes_box(box):
                yield Row(Kind.TOOL, account, source, box)


def _sources(
    own: dict[int, list[Thing]],
    of_groups: dict[int, list[Thing]],
    criteria: Criteria,
    account: Account,
    groups: Iterable[Group],
) -> Iterator[tuple[Group | None, list[Thing]]]:
    """What an account holds of a kind: its own, and through each group."""
    if criteria.own and account.id in own:
        yield None, own[account.id]
    if criteria.through_groups:
        yield from ((group, of_groups[group.id]) for group in groups if group.id in of_groups)


def _in_tree(held: Held, row: Row) -> tuple[int, int]:
    """By tool in the order of the tree, then by right; equal ones stay own first, then by group."""
    assert row.box is not None
    tool, right = row.box
    return held.position[tool], ORDER.get(right, len(ORDER))


def _by_school_and_year(held: Held, row: CalendarRow) -> tuple[bool, str, int, int]:
    """All schools first, then by name; all years first, then the newest."""
    name = fold(held.schools.get(row.school, "")) if row.school else ""
    return row.school is not None, name, -(row.year or 9999), row.id


# --- by group -------------------------------------------------------------------------------------------------


def _by_group(held: Held, criteria: Criteria) -> Iterator[Row]:
    for group in held.groups.values():
        if criteria.takes_group(group):
            yield from _of_group(held, criteria, group)


def _of_group(held: Held, criteria: Criteria, group: Group) -> Iterator[Row]:
    """What a group has: who is in it, and its rights. Of all this only what concerns the people asked for."""
    members = [account for account in held.members.get(group.id, ()) if criteria.takes_account(account)]
    if criteria.asks_for_people and not members:
        return
    found = [Row(Kind.EVERYTHING, None, group)] if group.everything else []
    if criteria.memberships:
        found += [Row(Kind.MEMBER, account, group) for account in members]
    calendars = [row for row in held.group_calendars.get(group.id, ()) if criteria.takes_calendar(row)]
    calendars.sort(key=lambda row: _by_school_and_year(held, row))
    found += [Row(Kind.CALENDAR, None, group, calendar=row) for row in calendars]
    boxes = [box for box in held.group_tools.get(group.id, ()) if box[0] in held.tools and criteria.takes_box(box)]
    found += sorted((Row(Kind.TOOL, None, group, box) for box in boxes), key=lambda row: _in_tree(held, row))
    yield from found
    if not found and criteria.memberships and not criteria.active:
        yield Row(Kind.NOTHING, None, group)


# --- by tool --------------------------------------------------------------------------------------------------


def _by_tool(held: Held, criteria: Criteria) -> Iterator[Row]:
    """Who may do what with each tool: who holds everything first, then the tools in the order of the tree."""
    yield from _everything(held, criteria)
    own, of_groups = _holders(held.own_tools), _holders(held.group_tools)
    for tool in held.tools:
        boxes = [(tool, right) for right in Right.values if criteria.takes_box((tool, right))]
        for box in boxes:
            yield from _of_box(held, criteria, box, own.get(box, ()), of_groups.get(box, ()))


def _of_box(held: Held, criteria: Criteria, box: Box, own: Iterable[int], groups: Iterable[int]) -> Iterator[Row]:
    sources = _holding(held, criteria, own, groups)
    yield from (Row(Kind.TOOL, account, group, box) for account, group in sources)


def _holders(holdings: dict[int, list[Box]]) -> dict[Box, list[int]]:
    """Who holds each right."""
    found: dict[Box, list[int]] = defaultdict(list)
    for holder, boxes in holdings.items():
        for box in boxes:
            found[box].append(holder)
    return found


def _holding(
    held: Held, criteria: Criteria, own: Iterable[int], groups: Iterable[int]
) -> list[tuple[Account, Group | None]]:
    """The accounts asked for among those who hold something, each with its source, by user name, own first."""
    found: list[tuple[Account, Group | None]] = []
    if criteria.own:
        found += [(held.accounts[holder], None) for holder in own if holder in held.accounts]
    if criteria.through_groups:
        known = [held.groups[group] for group in groups if group in held.groups]
        wanted = [group for group in known if criteria.takes_group(group)]
        found += [(account, group) for group in wanted for account in held.members.get(group.id, ())]
    taken = [pair for pair in found if criteria.takes_account(pair[0])]
    return sorted(taken, key=lambda pair: (fold(pair[0].username), pair[0].id, fold(pair[1].name) if pair[1] else ""))


def _everything(held: Held, criteria: Criteria) -> Iterator[Row]:
    for group in held.groups.values():
        if group.everything and criteria.takes_group(group):
            members = (account for account in held.members.get(group.id, ()) if criteria.takes_account(account))
            yield from (Row(Kind.EVERYTHING, account, group) for account in members)


# --- by school ------------------------------------------------------------------------------------------------


def _by_school(held: Held, criteria: Criteria) -> Iterator[Row]:
    """Who has which calendar rights: who has all schools first, then school by school."""
    yield from _everything(held, criteria)
    found: dict[int | None, list[Row]] = defaultdict(list)
    for account in held.accounts.values():
        if criteria.takes_account(account):
            groups = [group for group in held.groups_of(account) if criteria.takes_group(group)]
            for row in _calendars(held, criteria, account, groups):
                assert row.calendar is not None
                found[row.calendar.school].append(row)
    for school in (None, *held.schools):
        yield from found.get(school, ())


_VIEWS = {View.PERSON: _by_person, View.GROUP: _by_group, View.TOOL: _by_tool, View.SCHOOL: _by_school}
