"""Who may do what: tool rights, directly or through groups, and calendar rights. Nothing else gives permission."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import cast

from django.db.models import Q

from .choices import Right
from .models import (
    School,
    UserAccount,
    UserGroupSchoolYearRights,
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)
from .roles import GROUP_ASSIGNMENT, STUDENT_INFORMATION_SYSTEM

# Tools that govern pages here, by their path in the tool tree.
AUDIT_LOG = "User Management > Reports > Audit Log"
SYNC_LOG = "Scheduling & Courses > Cross-Site Enrollment > Interdistrict Data Sync Log"
CROSS_SITE_SETUP = "Scheduling & Courses > Cross-Site Enrollment > Cross-Site Enrollment Setup"
USER_ACCOUNT = "User Management > User Account Administration > User Account"
RESET_PASSWORD = "User Management > User Account Administration > User Account > Reset Password"  # noqa: S105
USER_GROUP = "User Management > User Groups > User Group Information"
GROUP_TOOL_RIGHTS = "User Management > User Groups > Tool Rights"
GROUP_CALENDAR_RIGHTS = "User Management > User Groups > Calendar Rights"
PREFERENCES = "System Settings > System Preferences > System Preferences"
SECURITY_PREFERENCES = "System Settings > System Preferences > Account Security Preferences"
SCHOOL_INFORMATION = "School & District Settings > Schools > School Information"

#: The tools that decide something here; the screens mark them "used here".
USED_HERE = frozenset(
    {
        AUDIT_LOG,
        SYNC_LOG,
        CROSS_SITE_SETUP,
        USER_ACCOUNT,
        RESET_PASSWORD,
        USER_GROUP,
        GROUP_TOOL_RIGHTS,
        GROUP_CALENDAR_RIGHTS,
        PREFERENCES,
        SECURITY_PREFERENCES,
        SCHOOL_INFORMATION,
    }
)


class Rights:
    """The rights of one account, read once. Make a new one for every request: a right taken away counts at once."""

    def __init__(self, account: UserAccount) -> None:
        self.account = account

    @cached_property
    def groups(self) -> frozenset[str]:
        """Names of the groups the account is in; none for an account that cannot be used."""
        if not self.account.is_active:
            return frozenset()
        return frozenset(self.account.memberships.values_list("group__name", flat=True))

    @property
    def everything(self) -> bool:
        """Whether the account holds STUDENT INFORMATION SYSTEM."""
        return STUDENT_INFORMATION_SYSTEM in self.groups

    @property
    def assigns_groups(self) -> bool:
        """Whether the account may change memberships of ordinary groups by its role."""
        return GROUP_ASSIGNMENT in self.groups

    @cached_property
    def held(self) -> frozenset[tuple[str, str]]:
        """(tool path, right) held directly or through a group; not used where ``everything`` is."""
        if not self.account.is_active:
            return frozenset()
        own = UserToolRights.objects.filter(user=self.account)
        of_groups = UserGroupToolRights.objects.filter(group__memberships__user=self.account)
        pairs = own.order_by().values_list("tool__path", "right")
        return frozenset(pairs.union(of_groups.order_by().values_list("tool__path", "right")))

    def holds(self, tool: str, right: str) -> bool:
        """Whether the account holds a right on the tool with this path."""
        return self.account.is_active and (self.everything or (tool, str(right)) in self.held)

    def holds_any(self, tools: Collection[str], right: str = Right.READ) -> bool:
        return any(self.holds(tool, right) for tool in tools)

    def sees(self, *tools: str) -> bool:
        """Whether the account may look at a record page of one of these tools: who may change it can see it."""
        return self.holds_any(tools, Right.READ) or self.holds_any(tools, Right.WRITE)

    @cached_property
    def calendar_rows(self) -> list[UserSchoolYearRights | UserGroupSchoolYearRights]:
        """The calendar-rights rows in force, own and through groups."""
        if not self.account.is_active:
            return []
        own = UserSchoolYearRights.objects.in_force().filter(user=self.account)
        of_groups = UserGroupSchoolYearRights.objects.in_force().filter(group__memberships__user=self.account)
        return [*own, *of_groups]

    @cached_property
    def all_schools(self) -> bool:
        return self.everything or any(row.school_id is None for row in self.calendar_rows)

    @cached_property
    def schools(self) -> list[School]:
        """The schools the account may pick, by name."""
        if self.all_schools:
            return list(School.objects.all())
        return list(School.objects.filter(pk__in={row.school_id for row in self.calendar_rows}))

    def may_give_calendar(
        self,
        end_year: int | None,
        school_id: int | None,
        calendar_id: int | None,
        *,
        modify: bool = False,
        close: bool = False,
    ) -> bool:
        """Whether a calendar right, its marks included, is no wider than one the account holds, now or that year."""
        if self.everything:
            return True
        if not self.account.is_active:
            return False
        wide_enough = Q(end_year=None) | Q(end_year=end_year)
        if end_year is None:
            wide_enough = Q(end_year=None)
        wide_enough &= Q(school=None) | Q(school_id=school_id) if school_id else Q(school=None)
        wide_enough &= Q(calendar=None) | Q(calendar_id=calendar_id) if calendar_id else Q(calendar=None)
        if modify:
            wide_enough &= Q(modify_rights=True)
        if close:
            wide_enough &= Q(close_months=True)
        own = UserSchoolYearRights.objects.filter(wide_enough, user=self.account)
        of_groups = UserGroupSchoolYearRights.objects.filter(wide_enough, group__memberships__user=self.account)
        return own.exists() or of_groups.exists()


def rights_of(account: object) -> Rights:
    """The rights of a signed-in account, kept on that object: one reading for each request."""
    account = cast(UserAccount, getattr(account, "_wrapped", account))
    known: Rights | None = account.__dict__.get("_rights")
    if known is None:
        known = account.__dict__["_rights"] = Rights(account)
    return known
