"""What marks an entry of the Audit Log here (see Mark): what a reader should not miss.

Decided once, while the entry is written. docs/what-is-recorded.md says the same to readers, in the same order.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence

from auditlog.areas import Area, Row
from auditlog.context import Actor
from auditlog.marks import Call, MarkRules
from auditlog.models import Mark

from .catalogue import ACCOUNT_SECURITY, AUDIT_USERS, CATALOGUE, MANY_CHANGES, WORK_BEGINS, WORK_ENDS
from .roles import ROLES
from .working_hours import outside, time_of_day

#: Rights on these tools decide about the security of everything else.
SECURITY_TOOLS = ("User Management > ", "System Settings > System Preferences > ")
SECURITY_PREFERENCES = frozenset(one.name for one in CATALOGUE.values() if one.section == ACCOUNT_SECURITY)

#: The preferences that decide, read in one go: each look-up of its own would have to be planned.
DECIDING = (MANY_CHANGES, WORK_BEGINS, WORK_ENDS)
SEPARATOR = "|"
# Names of preferences, no text of a user's.
IN_FORCE = '(SELECT {} FROM "Preference" WHERE "name" IN ({}))'.format(  # noqa: S608
    f" || '{SEPARATOR}' || ".join(
        f"""coalesce(max("value") FILTER (WHERE "name" = '{name}'), '')""" for name in DECIDING
    ),
    ", ".join(f"'{name}'" for name in DECIDING),
)

#: Whether somebody is a member of the group of a row. His groups are read once for all rows.
MEMBER = "1"
IS_MEMBER = """
CASE WHEN "{table}"."groupID" IN (SELECT "groupID" FROM "UserGroupMember" WHERE "userID" = %s) THEN '1' ELSE '0' END
"""

DEFAULT_HOURS = {name: datetime.time.fromisoformat(CATALOGUE[name].default) for name in (WORK_BEGINS, WORK_ENDS)}

#: What happened to one record: before, after, and who did it.
Rule = Callable[[Row | None, Row | None, Actor], Iterator[Mark]]


def facts(area: Area, actor: Actor) -> tuple[str, Sequence[object]]:
    """Whether the acting account is a member of the group of a group's row, and the preferences in force."""
    if area.name not in OF_GROUPS or actor.user_id is None:
        return f"'{SEPARATOR}' || {IN_FORCE}", ()
    member = IS_MEMBER.format(table=area.model_class._meta.db_table)
    return f"{member} || '{SEPARATOR}' || {IN_FORCE}", (actor.user_id,)


def preference_in_force(call: Call, name: str) -> str:
    """The value of a deciding preference before this call; its default where what is stored is of no use."""
    if call.area.name == "Preference":
        for before, _after in call.pairs:
            if before and before.values["name"] == name:
                return str(before.values["value"])
    return call.facts.split(SEPARATOR)[1 + DECIDING.index(name)]


def many(call: Call) -> int:
    value = preference_in_force(call, MANY_CHANGES)
    return int(value if value.isdecimal() and int(value) else CATALOGUE[MANY_CHANGES].default)


def marks(call: Call) -> Iterator[tuple[int, Mark]]:
    """The marks of what one call did, each with the number of its record."""
    if rule := RULES_BY_AREA.get(call.area.name):
        for number, (before, after) in enumerate(call.pairs):
            for mark in rule(before, after, call.actor):
                yield number, mark
    if call.actor.user_id is not None and out_of_hours(call):
        yield from ((number, Mark.HOURS) for number in range(len(call.pairs)))


def out_of_hours(call: Call) -> bool:
    begin, end = (
        time_of_day(preference_in_force(call, name)) or DEFAULT_HOURS[name] for name in (WORK_BEGINS, WORK_ENDS)
    )
    return outside(call.at, begin, end)


def of_preference(before: Row | None, after: Row | None, actor: Actor) -> Iterator[Mark]:
    assert after is not None  # a preference without a row has its default
    if after.values["name"] in SECURITY_PREFERENCES:
        yield Mark.SECURITY
    if after.values["name"] == AUDIT_USERS and after.values["value"] == "false":
        yield Mark.SWITCHED_OFF


def of_account(before: Row | None, after: Row | None, actor: Actor) -> Iterator[Mark]:
    """The account says which product security role it holds."""
    held, holds = (row.values["security_role"] if row else None for row in (before, after))
    if held != holds:
        yield Mark.SECURITY
    if after and holds and held != holds and after.pk == actor.user_id:
        yield Mark.OWN


def of_members(before: Row | None, after: Row | None, actor: Actor) -> Iterator[Mark]:
    row = after or before
    if row and row.name("group") in ROLES:
        yield Mark.SECURITY
    yield from own(before, after, actor)


def of_user_tools(before: Row | None, after: Row | None, actor: Actor) -> Iterator[Mark]:
    yield from security_tool(before, after, actor)
    yield from own(before, after, actor)


def of_group_tools(before: Row | None, after: Row | None, actor: Actor) -> Iterator[Mark]:
    yield from security_tool(before, after, actor)
    yield from own_group(before, after, actor)


def security_tool(before: Row | None, after: Row | None, actor: Actor) -> Iterator[Mark]:
    row = after or before
    if row and row.name("tool").startswith(SECURITY_TOOLS):
        yield Mark.SECURITY


def own(before: Row | None, after: Row | None, actor: Actor) -> Iterator[Mark]:
    if after and after.values["user"] == actor.user_id and gives(before, after):
        yield Mark.OWN


def own_group(before: Row | None, after: Row | None, actor: Actor) -> Iterator[Mark]:
    if after and after.facts.startswith(MEMBER) and gives(before, after):
        yield Mark.OWN_GROUP


def gives(before: Row | None, after: Row) -> bool:
    """Whether somebody has more after it: what was added, or a calendar right that came to reach more.

    Of years, schools and calendars none named is all of them. Other rows are not changed, but taken and given.
    """
    if before is None:
        return True
    was, now = before.values, after.values
    differing = [name for name in now if now[name] != was[name]]
    return any(now[name] is True or (now[name] is not False and was[name] is not None) for name in differing)


RULES_BY_AREA: Mapping[str, Rule] = {
    "Preference": of_preference,
    "UserAccount": of_account,
    "UserGroupMember": of_members,
    "UserToolRights": of_user_tools,
    "UserGroupToolRights": of_group_tools,
    "UserSchoolYearRights": own,
    "UserGroupSchoolYearRights": own_group,
}
#: Areas whose rules want to know whether the acting account is a member of the group.
OF_GROUPS = ("UserGroupToolRights", "UserGroupSchoolYearRights")

RULES = MarkRules(facts=facts, marks=marks, many=many)
