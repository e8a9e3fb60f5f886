"""What happened in the demo district, click by click: the founding, and the months after it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from ..preferences import set_value
from ..roles import STUDENT_INFORMATION_SYSTEM
from . import grants, people
from .rhythm import Turn
from .tables import lines, records

#: Whose people have calendar rights for their own school from the first day.
OWN_SCHOOL = ("Principals", "Registrars")
#: Who installs, before there is anybody to sign in.
INSTALLER = "command: make_administrator"

DEEDS: Mapping[str, Callable[..., None]] = {
    "hire": people.hire,
    "account": people.change_account,
    "disable": people.disable,
    "enable": people.enable,
    "expire": people.expire,
    "reset password": people.reset_password,
    "delete account": people.delete_account,
    "role": people.role,
    "new group": people.new_group,
    "rename group": people.rename_group,
    "describe group": people.describe_group,
    "delete group": people.delete_group,
    "join": people.join,
    "leave": people.leave,
    "fill group": people.fill_group,
    "grant user": grants.grant_user,
    "revoke user": grants.revoke_user,
    "grant group": grants.grant_group,
    "revoke group": grants.revoke_group,
    "calendar user": grants.calendar_user,
    "calendar group": grants.calendar_group,
    "alter calendar user": grants.alter_calendar_user,
    "alter calendar group": grants.alter_calendar_group,
    "drop calendar user": grants.drop_calendar_user,
    "drop calendar group": grants.drop_calendar_group,
    "preference": set_value,
}


@dataclass(frozen=True)
class Click:
    """One thing that one person did: a change set."""

    turn: Turn
    deed: str
    arguments: tuple[str, ...]

    def happen(self) -> None:
        DEEDS[self.deed](*self.arguments)


def history() -> Iterator[Click]:
    """What happened since, as history.csv tells it."""
    for who, deed, *arguments in lines("history"):
        name, _plus, days = who.partition("+")
        yield Click(Turn(name, int(days or 0)), deed, tuple(arguments))


def last_night() -> Iterator[tuple[Click, datetime.time]]:
    """What happened yesterday after hours: a right that somebody gave himself, and one that went again."""
    account = "User Management > User Account Administration > User Account"
    told = (
        (datetime.time(21, 38, 12), "grant user", ("wgallagher", account, "Read Write")),
        (datetime.time(21, 41, 55), "grant user", ("mthornquist", f"{account} > Reset Password", "Write")),
        (datetime.time(22, 6, 31), "revoke user", ("wgallagher", account, "Write")),
    )
    for at, deed, arguments in told:
        yield Click(Turn("mthornquist"), deed, arguments), at


def founding() -> Iterator[Click]:
    """How the district moved in: its administrator, its people, groups, rights and calendars."""
    staff = [row for row in records("accounts") if row["start"] == "first"]
    yield Click(Turn(INSTALLER), "hire", ("admin",))
    yield Click(Turn(INSTALLER), "role", ("admin", STUDENT_INFORMATION_SYSTEM))
    for _place, people_there in groupby(staff[1:], key=lambda row: row["place"]):
        yield Click(Turn("admin"), "hire", tuple(row["username"] for row in people_there))
    for row in records("groups"):
        yield from _found_group(row, staff)
    yield from _own_schools(staff)


def _found_group(row: dict[str, str], staff: Iterable[dict[str, str]]) -> Iterator[Click]:
    name = row["name"]
    yield Click(
        Turn("admin"), "new group", (name, row["description"], row["associated_product"], row["account_automation"])
    )
    for right in records("group_rights"):
        if right["group"] == name:
            yield Click(Turn("admin"), "grant group", (name, right["tools"], right["rights"]))
    members = tuple(person["username"] for person in staff if name in person["groups"].split(";"))
    if members:
        yield Click(Turn("admin"), "fill group", (name, *members))
    if row["end_year"]:
        flags = "modify" if row["modify_rights"] else ""
        yield Click(Turn("admin"), "calendar group", (name, row["end_year"], "all", flags))


def _own_schools(staff: Iterable[dict[str, str]]) -> Iterator[Click]:
    for person in staff:
        if person["groups"] in OWN_SCHOOL:
            yield Click(Turn("admin"), "calendar user", (person["username"], "this", person["place"], "modify"))
