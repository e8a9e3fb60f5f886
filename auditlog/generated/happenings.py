"""What happens in the invented district: one click after the other, each of one or several entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from ..areas import subject_key
from ..models import Mark
from .names import ADMINISTRATORS, FIRST_ID, PREFERENCES, RIGHTS, District, Named
from .standing import Standing

#: (property name, existing value, new value, existing name, new name, masked)
Property = tuple[str, str | None, str | None, str | None, str | None, bool]
Happen = Callable[[District, Standing, Random], "Iterator[Happening]"]
ADD, CHANGE, DELETE = "add", "change", "delete"
ROLE = "STUDENT INFORMATION SYSTEM"
LAST_YEAR = 2030
FOLDER, MODULE = 8, 48


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry in the making. ``names`` are the parts of the affected object, ``was`` those before a change.

    ``subjects`` begin with the record's own; ``marks`` are those that follow from what happened.
    """

    table: str
    action: str
    object_id: int
    names: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    properties: tuple[Property, ...]
    subjects: tuple[str, ...]
    was: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()


def values(action: str, *pairs: tuple[str, str, str | None]) -> tuple[Property, ...]:
    """The lines of an add or a delete: (property, value, the name of what it refers to)."""
    if action == ADD:
        return tuple((name, None, value, None, label, False) for name, value, label in pairs)
    return tuple((name, value, None, label, None, False) for name, value, label in pairs)


def change(name: str, old: str | None, new: str | None) -> tuple[Property, ...]:
    return ((name, old, new, None, None, False),)


def preference(district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    name = random.choice(PREFERENCES)
    subject = subject_key("Preference", name)
    object_id = FIRST_ID + PREFERENCES.index(name)
    properties = change("value", *standing.turn(subject, "warn", "allow", "10", "5", "true"))
    lines = (("Preference name", name),)
    yield Happening("Preference", CHANGE, object_id, (name,), lines, properties, (subject,))


def account(district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    rank = district.rank(random)
    who = district.people[rank]
    action = ADD if who.id in district.expected else random.choice((CHANGE, CHANGE, CHANGE, CHANGE, DELETE))
    if rank < ADMINISTRATORS:
        action = CHANGE
    subject = subject_key("UserAccount", who.id)
    properties = _account_change(subject, standing, random) if action == CHANGE else _account_values(action, who)
    yield Happening("UserAccount", action, who.id, (who.name,), (("User name", who.name),), properties, (subject,))
    district.expected.discard(who.id)
    if action == DELETE:
        district.replace(rank, random)


def _account_change(subject: str, standing: Standing, random: Random) -> tuple[Property, ...]:
    if random.random() < 0.4:
        return (("password", None, None, None, None, True), *change("forcePasswordChange", "false", "true"))
    return change("disable", *standing.turn(subject, "false", "true"))


def _account_values(action: str, who: Named) -> tuple[Property, ...]:
    first, last = who.person.split()
    secret = ("password", None, None, None, None, True)
    known = (("username", who.name, None), ("firstName", first, None), ("lastName", last, None))
    return (*values(action, *known, ("disable", "false", None)), secret)


def role(district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    """STUDENT INFORMATION SYSTEM given: three entries."""
    who, group = district.anyone(random), Named(FIRST_ID - 1, ROLE)
    if standing.has(_membership(who, group)):
        return
    lines, subject = (("User name", who.name),), subject_key("UserAccount", who.id)
    properties = change("securityRole", None, ROLE)
    yield Happening("UserAccount", CHANGE, who.id, (who.name,), lines, properties, (subject,), marks=(Mark.SECURITY,))
    yield _member(who, group, standing, (Mark.SECURITY,))
    if not standing.has(_calendar_row("User", who, None, None)):
        yield _calendar("User", ADD, who, None, None, standing)


def member(district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    yield _member(district.anyone(random), random.choice(district.groups), standing)


def _membership(who: Named, group: Named) -> str:
    return subject_key("UserGroupMember", who.id, group.id)


def _member(who: Named, group: Named, standing: Standing, marks: tuple[Mark, ...] = ()) -> Happening:
    subject = _membership(who, group)
    action, object_id, more = _given_or_taken(subject, standing)
    lines = (("User name", who.name), ("Group name", group.name))
    properties = values(action, ("userID", str(who.id), who.name), ("groupID", str(group.id), group.name))
    subjects = (subject, subject_key("UserAccount", who.id), subject_key("UserGroup", group.id))
    names = (who.name, group.name)
    return Happening("UserGroupMember", action, object_id, names, lines, properties, subjects, marks=(*marks, *more))


def _given_or_taken(subject: str, standing: Standing) -> tuple[str, int, tuple[Mark, ...]]:
    """What is not held is given, what is held is taken; taken on the day it was given, it is taken back."""
    if not standing.has(subject):
        return ADD, standing.give(subject), ()
    object_id, today = standing.take(subject)
    return DELETE, object_id, (Mark.TAKEN_BACK,) if today else ()


def group(district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    """A group is renamed for a while, and called by its name again."""
    it = random.choice(district.groups)
    subject = subject_key("UserGroup", it.id)
    old, new = standing.turn(subject, it.name, f"{it.name} (old)")
    lines = (("Group name", new),)
    yield Happening("UserGroup", CHANGE, it.id, (new,), lines, change("name", old, new), (subject,), (old,))


def user_tools(district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    return _tools("User", district.anyone(random), district, standing, random)


def group_tools(district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    return _tools("UserGroup", random.choice(district.groups), district, standing, random)


def _tools(kind: str, whose: Named, district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    """One box, or a folder or several with every tool below, of which only those that differ leave an entry."""
    together = random.choices((1, FOLDER, MODULE), (79, 20, 1))[0]
    first = random.randrange(len(district.tools)) // together * together
    right, given = random.choice(RIGHTS), None
    for tool in district.tools[first : first + together]:
        subject = subject_key(f"{kind}ToolRights", whose.id, tool.id, right)
        given = standing.has(subject) if given is None else given
        if standing.has(subject) == given:
            yield _tool(kind, subject, whose, tool, right, standing)


def _tool(kind: str, subject: str, whose: Named, tool: Named, right: str, standing: Standing) -> Happening:
    title, column, area = _holder(kind)
    action, object_id, marks = _given_or_taken(subject, standing)
    standing.latest = (kind, subject, whose, tool, right) if action == ADD else None
    lines = ((title, whose.name), ("Tool name", tool.name), ("Right", right))
    owner, what = (column, str(whose.id), whose.name), ("toolID", str(tool.id), tool.name)
    names = (whose.name, tool.name.rpartition(" > ")[2])
    properties = values(action, owner, what, ("right", right, None))
    subjects = (subject, subject_key(area, whose.id))
    return Happening(f"{kind}ToolRights", action, object_id, names, lines, properties, subjects, marks=marks)


def second_thoughts(district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    """The right that was given last is taken back, if that was today."""
    if standing.latest and standing.came_today(standing.latest[1]):
        yield _tool(*standing.latest, standing)


def _holder(kind: str) -> tuple[str, str, str]:
    """The line, the column and the area of who holds a right."""
    return ("User name", "userID", "UserAccount") if kind == "User" else ("Group name", "groupID", "UserGroup")


def user_calendar(district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    return _calendars("User", district.anyone(random), district, standing, random)


def group_calendar(district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    return _calendars("UserGroup", random.choice(district.groups), district, standing, random)


def _calendars(kind: str, whose: Named, district: District, standing: Standing, random: Random) -> Iterator[Happening]:
    year, school = LAST_YEAR - random.randrange(8), random.choice(district.schools)
    there = standing.has(_calendar_row(kind, whose, year, school))
    action = random.choice((CHANGE, CHANGE, DELETE)) if there else ADD
    yield _calendar(kind, action, whose, year, school, standing)


def _calendar_row(kind: str, whose: Named, year: int | None, school: Named | None) -> str:
    return subject_key(f"{kind}SchoolYearRights", whose.id, year or "", school.id if school else "")


def _calendar(
    kind: str, action: str, whose: Named, year: int | None, school: Named | None, standing: Standing
) -> Happening:
    title, column, area = _holder(kind)
    table, row = f"{kind}SchoolYearRights", _calendar_row(kind, whose, year, school)
    when, where = str(year or "All Years"), school.name if school else "All Schools"
    lines = ((title, whose.name), ("End year", when), ("School", where), ("Calendar", "All Calendars"))
    marks: tuple[Mark, ...] = ()
    if action == CHANGE:
        object_id, properties = standing.row(row), change("modifyRights", *standing.turn(row, "true", "false"))
    else:
        action, object_id, marks = _given_or_taken(row, standing)
        modify = standing.values.pop(row, "true")
        properties = values(action, (column, str(whose.id), whose.name), ("modifyRights", modify, None))
    subjects = (subject_key(table, object_id), subject_key(area, whose.id))
    return Happening(table, action, object_id, (whose.name, when, where), lines, properties, subjects, marks=marks)


#: Each kind of click, and how often it happens.
HAPPENINGS: dict[Happen, int] = {
    preference: 3,
    account: 20,
    role: 1,
    member: 25,
    group: 3,
    user_tools: 20,
    group_tools: 10,
    second_thoughts: 1,
    user_calendar: 14,
    group_calendar: 4,
}
