"""The audit table: how each audited record shows in the Audit Log (Audit Log, areas of user security)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Exists, Expression
from django.utils.translation import gettext_lazy as _

from auditlog.areas import Affected, Area, NameLookup, Row, Switch
from auditlog.entry.sentence import Sentence
from auditlog.rows import names_from

from . import held_besides, sentences
from .catalogue import AUDIT_USERS, definition_of

user_names = names_from("district.UserAccount", "username")
group_names = names_from("district.UserGroup", "name")
tool_paths = names_from("district.Tool", "path")
school_names = names_from("district.School", "name")
calendar_names = names_from("district.Calendar", "name")


def audit_users_on() -> Expression:
    """True while the preference Audit Users is on; read in the statement that reads the row."""
    from .models import Preference

    return ~Exists(Preference.objects.filter(name=AUDIT_USERS, value="false"))


user_changes_recorded = Switch(
    audit_users_on, what=_("User changes"), record=("Preference", AUDIT_USERS, "value"), off="false"
)


def preference_default(row: Row) -> Row:
    """A preference without a row has its default. ValidationError for a name outside the catalogue."""
    return replace(row, values={**row.values, "value": definition_of(row.values["name"]).default})


def tool_name(row: Row) -> str:
    return row.name("tool").rpartition(" > ")[2]


def year(row: Row) -> str:
    return row.text("end_year") or "All Years"


def school(row: Row) -> str:
    return row.name("school") or "All Schools"


def calendar(row: Row) -> str:
    return row.name("calendar") or "All Calendars"


#: The areas that references to people and groups lead to.
PEOPLE = {"user": "UserAccount"}
GROUPS = {"group": "UserGroup"}

#: Who is in which group, as ``Affected`` wants it. CROSS, so that no engine goes through all accounts for one group.
MEMBERS = """
SELECT "groupID" AS whose, member.id, username, trim("firstName" || ' ' || "lastName") AS name
FROM "UserGroupMember" CROSS JOIN "UserAccount" AS member WHERE member.id = "userID"
"""
members = Affected("UserGroup", group=lambda row: row.values["group"], people=MEMBERS)
own_members = Affected("UserGroup", group=lambda row: row.pk, people=MEMBERS)


def tool_rights(
    model: str,
    whose: str,
    label: str,
    names: NameLookup,
    besides: Callable[[Mapping[str, Any], str], Sentence] | None = None,
) -> Area:
    """Tool rights of a user or of a group: one row is one right, so another right is another row."""
    return Area(
        model,
        recorded=(whose, "tool", "right"),
        references={whose: names, "tool": tool_paths},
        object_names=lambda row: [row.name(whose), tool_name(row)],
        description=lambda row: [
            (label, row.name(whose)),
            ("Tool name", row.name("tool")),
            ("Right", row.text("right")),
        ],
        switch=user_changes_recorded,
        moves=(whose, "tool", "right"),
        list_note="Right",
        concerns=PEOPLE if whose == "user" else GROUPS,
        sentence=sentences.tool_right,
        besides=besides,
        affected=members if whose == "group" else None,
    )


def calendar_rights(model: str, whose: str, label: str, names: NameLookup) -> Area:
    """Calendar rights of a user or of a group."""
    return Area(
        model,
        recorded=(whose, "end_year", "school", "calendar", "modify_rights", "close_months"),
        references={whose: names, "school": school_names, "calendar": calendar_names},
        object_names=lambda row: [row.name(whose), year(row), school(row)],
        description=lambda row: [
            (label, row.name(whose)),
            ("End year", year(row)),
            ("School", school(row)),
            ("Calendar", calendar(row)),
        ],
        switch=user_changes_recorded,
        concerns=PEOPLE if whose == "user" else GROUPS,
        sentence=sentences.calendar_right,
        affected=members if whose == "group" else None,
    )


AREAS = (
    Area(
        "district.Preference",
        recorded=("name", "value"),
        object_names=lambda row: [row.text("name")],
        description=lambda row: [("Preference name", row.text("name"))],
        moves=("name",),
        absent=preference_default,
        sentence=sentences.preference,
    ),
    Area(
        "district.UserAccount",
        recorded=(
            "username",
            "first_name",
            "last_name",
            "email",
            "staff_number",
            "homepage",
            "force_password_change",
            "expires_date",
            "disable",
            "authentication_type",
            "exclude_mfa",
            "two_factor",
            "security_role",
        ),
        masked=("password",),
        ignored=(
            "last_login",
            "failed_logins",
            "created",
            "modified",
            "modified_by",
            "password_changed",
            "password_changed_by",
        ),
        object_names=lambda row: [row.text("username")],
        description=lambda row: [("User name", row.text("username"))],
        switch=user_changes_recorded,
        sentence=sentences.account,
    ),
    Area(
        "district.UserGroup",
        recorded=("name", "description", "associated_product", "account_automation"),
        object_names=lambda row: [row.text("name")],
        description=lambda row: [("Group name", row.text("name"))],
        switch=user_changes_recorded,
        sentence=sentences.group,
        affected=own_members,
    ),
    Area(
        "district.UserGroupMember",
        recorded=("user", "group"),
        references={"user": user_names, "group": group_names},
        object_names=lambda row: [row.name("user"), row.name("group")],
        description=lambda row: [("User name", row.name("user")), ("Group name", row.name("group"))],
        switch=user_changes_recorded,
        moves=("user", "group"),
        concerns=PEOPLE | GROUPS,
        sentence=sentences.member,
        affected=members,
    ),
    tool_rights("district.UserToolRights", "user", "User name", user_names, besides=held_besides.besides),
    tool_rights("district.UserGroupToolRights", "group", "Group name", group_names),
    calendar_rights("district.UserSchoolYearRights", "user", "User name", user_names),
    calendar_rights("district.UserGroupSchoolYearRights", "group", "Group name", group_names),
)
