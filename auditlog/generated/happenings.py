"""What happens in the invented district: one click after the other, each of one or several entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from .names import FIRST_ID, PREFERENCES, RIGHTS, District, Named

#: (property name, existing value, new value, existing name, new name, masked)
Property = tuple[str, str | None, str | None, str | None, str | None, bool]
ADD, CHANGE, DELETE = "add", "change", "delete"
ROLE = "STUDENT INFORMATION SYSTEM"
LAST_YEAR = 2030


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry in the making. ``names`` are the parts of the affected object, ``was`` those before a change."""

    table: str
    action: str
    object_id: int
    names: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    properties: tuple[Property, ...]
    was: tuple[str, ...] = ()


def values(action: str, *pairs: tuple[str, str, str | None]) -> tuple[Property, ...]:
    """The lines of an add or a delete: (property, value, the name of what it refers to)."""
    if action == ADD:
        return tuple((name, None, value, None, label, False) for name, value, label in pairs)
    return tuple((name, value, None, label, None, False) for name, value, label in pairs)


def change(name: str, old: str | None, new: str | None) -> tuple[Property, ...]:
    return ((name, old, new, None, None, False),)


def preference(district: District, random: Random) -> Iterator[Happening]:
    name = random.choice(PREFERENCES)
    old, new = random.sample(("1", "5", "10", "true", "false", "warn", "allow"), 2)
    object_id = FIRST_ID + PREFERENCES.index(name)
    yield Happening("Preference", CHANGE, object_id, (name,), (("Preference name", name),), change("value", old, new))


def account(district: District, random: Random) -> Iterator[Happening]:
    who = district.anyone(random)
    action = random.choice((ADD, CHANGE, CHANGE, CHANGE, CHANGE, DELETE))
    properties = _account_change(random) if action == CHANGE else _account_values(action, who)
    yield Happening("UserAccount", action, who.id, (who.name,), (("User name", who.name),), properties)


def _account_change(random: Random) -> tuple[Property, ...]:
    if random.random() < 0.4:
        return (("password", None, None, None, None, True), *change("forcePasswordChange", "false", "true"))
    return change("disable", *random.choice((("true", "false"), ("false", "true"))))


def _account_values(action: str, who: Named) -> tuple[Property, ...]:
    first, last = who.person.split()
    secret = ("password", None, None, None, None, True)
    known = (("username", who.name, None), ("firstName", first, None), ("lastName", last, None))
    return (*values(action, *known, ("disable", "false", None)), secret)


def role(district: District, random: Random) -> Iterator[Happening]:
    """STUDENT INFORMATION SYSTEM given: three entries."""
    who = district.anyone(random)
    yield Happening(
        "UserAccount", CHANGE, who.id, (who.name,), (("User name", who.name),), change("securityRole", None, ROLE)
    )
    yield _member(ADD, who, Named(FIRST_ID - 1, ROLE), random)
    yield _calendar("User", ADD, who, None, None, random)


def member(district: District, random: Random) -> Iterator[Happening]:
    yield _member(random.choice((ADD, ADD, DELETE)), district.anyone(random), random.choice(district.groups), random)


def _member(action: str, who: Named, group: Named, random: Random) -> Happening:
    lines = (("User name", who.name), ("Group name", group.name))
    properties = values(action, ("userID", str(who.id), who.name), ("groupID", str(group.id), group.name))
    return Happening("UserGroupMember", action, _any_id(random), (who.name, group.name), lines, properties)


def group(district: District, random: Random) -> Iterator[Happening]:
    it = random.choice(district.groups)
    action = random.choice((ADD, CHANGE, CHANGE, DELETE))
    lines = (("Group name", it.name),)
    if action != CHANGE:
        yield Happening("UserGroup", action, it.id, (it.name,), lines, values(action, ("name", it.name, None)))
        return
    old = f"{it.name} (old)"
    yield Happening("UserGroup", CHANGE, it.id, (it.name,), lines, change("name", old, it.name), (old,))


def user_tools(district: District, random: Random) -> Iterator[Happening]:
    return _tools("User", district.anyone(random), district, random)


def group_tools(district: District, random: Random) -> Iterator[Happening]:
    return _tools("UserGroup", random.choice(district.groups), district, random)


def _tools(kind: str, whose: Named, district: District, random: Random) -> Iterator[Happening]:
    """One box, or a folder with every tool below it."""
    first = random.randrange(0, len(district.tools), 8)
    tools = district.tools[first : first + 8] if random.random() < 0.2 else [random.choice(district.tools)]
    action, right = random.choice((ADD, ADD, DELETE)), random.choice(RIGHTS)
    title, column = ("User name", "userID") if kind == "User" else ("Group name", "groupID")
    for tool in tools:
        lines = ((title, whose.name), ("Tool name", tool.name), ("Right", right))
        owner, what = (column, str(whose.id), whose.name), ("toolID", str(tool.id), tool.name)
        names = (whose.name, tool.name.rpartition(" > ")[2])
        properties = values(action, owner, what, ("right", right, None))
        yield Happening(f"{kind}ToolRights", action, _any_id(random), names, lines, properties)


def user_calendar(district: District, random: Random) -> Iterator[Happening]:
    return _calendars("User", district.anyone(random), district, random)


def group_calendar(district: District, random: Random) -> Iterator[Happening]:
    return _calendars("UserGroup", random.choice(district.groups), district, random)


def _calendars(kind: str, whose: Named, district: District, random: Random) -> Iterator[Happening]:
    action = random.choice((ADD, CHANGE, CHANGE, DELETE))
    yield _calendar(kind, action, whose, LAST_YEAR - random.randrange(8), random.choice(district.schools), random)


def _calendar(
    kind: str, action: str, whose: Named, year: int | None, school: Named | None, random: Random
) -> Happening:
    title, column = ("User name", "userID") if kind == "User" else ("Group name", "groupID")
    when, where = str(year or "All Years"), school.name if school else "All Schools"
    lines = ((title, whose.name), ("End year", when), ("School", where), ("Calendar", "All Calendars"))
    if action == CHANGE:
        properties = change("modifyRights", *random.choice((("true", "false"), ("false", "true"))))
    else:
        properties = values(action, (column, str(whose.id), whose.name), ("modifyRights", "true", None))
    names = (whose.name, when, where)
    return Happening(f"{kind}SchoolYearRights", action, _any_id(random), names, lines, properties)


def _any_id(random: Random) -> int:
    return FIRST_ID + random.randrange(1_000_000)


#: Each kind of click, and how often it happens.
HAPPENINGS: dict[Callable[[District, Random], Iterator[Happening]], int] = {
    preference: 3,
    account: 20,
    role: 1,
    member: 25,
    group: 3,
    user_tools: 20,
    group_tools: 10,
    user_calendar: 14,
    group_calendar: 4,
}
