"""Deeds about rights: tool rights and calendar rights."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, Q, QuerySet

from ..models import (
    School,
    Tool,
    UserGroupSchoolYearRights,
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)
from ..tooltree import SEPARATOR
from ..years import school_year
from .people import account, group, parsed


def tools_at(path: str) -> QuerySet[Tool]:
    """The tool with this path, or every tool of the module or folder with it."""
    parts = path.split(SEPARATOR)
    places = {1: Q(module=parts[0]), 2: Q(module=parts[0], folder=parts[-1])}
    found = Tool.objects.filter(places.get(len(parts), Q(path=path)))
    if not found:
        raise Tool.DoesNotExist(path)
    return found


def _grant(rights: Any, whose: dict[str, Model], path: str, names: str) -> None:
    held = set(rights.objects.filter(**whose).values_list("tool__path", "right"))
    missing = [(tool, right) for tool in tools_at(path) for right in names.split() if (tool.path, right) not in held]
    rights.objects.bulk_create([rights(**whose, tool=tool, right=right) for tool, right in missing])


def _revoke(rights: Any, whose: dict[str, Model], path: str, names: str) -> None:
    rights.objects.filter(**whose, tool__in=tools_at(path), right__in=names.split()).delete()


def grant_user(username: str, path: str, names: str) -> None:
    _grant(UserToolRights, {"user": account(username)}, path, names)


def revoke_user(username: str, path: str, names: str) -> None:
    _revoke(UserToolRights, {"user": account(username)}, path, names)


def grant_group(name: str, path: str, names: str) -> None:
    _grant(UserGroupToolRights, {"group": group(name)}, path, names)


def revoke_group(name: str, path: str, names: str) -> None:
    _revoke(UserGroupToolRights, {"group": group(name)}, path, names)


def year(word: str) -> int | None:
    """The end year that ``last``, ``this`` or ``next`` school year has on the day of loading; ``all`` is None."""
    return None if word == "all" else school_year() + {"last": -1, "this": 0, "next": 1}[word]


def _calendar(end_year: str, school: str, flags: str) -> dict[str, Any]:
    return {
        "end_year": year(end_year),
        "school": None if school == "all" else School.objects.get(name=school),
        "modify_rights": "modify" in flags,
        "close_months": "close" in flags,
    }


def calendar_user(username: str, end_year: str, school: str, flags: str = "") -> None:
    UserSchoolYearRights.objects.create(user=account(username), **_calendar(end_year, school, flags))


def calendar_group(name: str, end_year: str, school: str, flags: str = "") -> None:
    UserGroupSchoolYearRights.objects.create(group=group(name), **_calendar(end_year, school, flags))


def _alter(row: UserSchoolYearRights | UserGroupSchoolYearRights, changes: str) -> None:
    for name, value in parsed(changes).items():
        setattr(row, name, year(value) if name == "end_year" else value == "true")
    row.save()


def alter_calendar_user(username: str, end_year: str, changes: str) -> None:
    _alter(account(username).calendar_rights.get(end_year=year(end_year)), changes)


def alter_calendar_group(name: str, end_year: str, changes: str) -> None:
    _alter(group(name).calendar_rights.get(end_year=year(end_year)), changes)


def drop_calendar_user(username: str, end_year: str) -> None:
    account(username).calendar_rights.get(end_year=year(end_year)).delete()


def drop_calendar_group(name: str, end_year: str) -> None:
    group(name).calendar_rights.get(end_year=year(end_year)).delete()
