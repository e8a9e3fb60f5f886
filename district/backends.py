"""Signing in, and permissions: tool rights are their only source."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from axes.backends import AxesStandaloneBackend
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from .choices import Right
from .models import UserAccount
from .rights import (
    AUDIT_LOG,
    CROSS_SITE_SETUP,
    GROUP_CALENDAR_RIGHTS,
    GROUP_TOOL_RIGHTS,
    PREFERENCES,
    SCHOOL_INFORMATION,
    SECURITY_PREFERENCES,
    SYNC_LOG,
    USER_ACCOUNT,
    USER_GROUP,
    rights_of,
)

#: Django's permission names and the right each one stands for.
RIGHT_FOR = {"view": Right.READ, "change": Right.WRITE, "add": Right.ADD, "delete": Right.DELETE}

#: Records that belong to another one: whoever may change that one adds, changes and deletes them.
PART_FOR = {"view": Right.READ, "change": Right.WRITE, "add": Right.WRITE, "delete": Right.WRITE}

#: Which tools govern which records (any of them is enough) and how, by ``app_label.model``.
GOVERNED: dict[str, tuple[tuple[str, ...], dict[str, Right]]] = {
    "auditlog.auditlogentry": ((AUDIT_LOG,), {"view": Right.READ}),
    "auditlog.accesslogentry": ((AUDIT_LOG,), {"view": Right.READ}),
    # The rights report: nothing that the Audit Log has not told, as it is now (docs/design.md).
    "district.rightsreport": ((AUDIT_LOG,), {"view": Right.READ}),
    "district.useraccount": ((USER_ACCOUNT,), RIGHT_FOR),
    "district.usergroup": ((USER_GROUP,), RIGHT_FOR),
    "district.usergroupmember": ((USER_ACCOUNT, USER_GROUP), PART_FOR),
    "district.usertoolrights": ((USER_ACCOUNT,), PART_FOR),
    "district.userschoolyearrights": ((USER_ACCOUNT,), PART_FOR),
    "district.usergrouptoolrights": ((GROUP_TOOL_RIGHTS,), PART_FOR),
    "district.usergroupschoolyearrights": ((GROUP_CALENDAR_RIGHTS,), PART_FOR),
    "district.preference": ((PREFERENCES, SECURITY_PREFERENCES), {"view": Right.READ, "change": Right.WRITE}),
    "district.school": ((SCHOOL_INFORMATION,), RIGHT_FOR),
    "district.calendar": ((SCHOOL_INFORMATION,), RIGHT_FOR),
    "crosssite.synclogentry": ((SYNC_LOG,), {"view": Right.READ}),
    "crosssite.syncrun": ((SYNC_LOG,), {"view": Right.READ, "change": Right.WRITE}),
    "crosssite.syncreview": ((SYNC_LOG,), PART_FOR),
    "crosssite.student": ((CROSS_SITE_SETUP,), RIGHT_FOR),
    "crosssite.servingdistrict": ((CROSS_SITE_SETUP,), RIGHT_FOR),
    "crosssite.servingschool": ((CROSS_SITE_SETUP,), RIGHT_FOR),
    "crosssite.crosssitestudent": ((CROSS_SITE_SETUP,), RIGHT_FOR),
}


class ToolRightsBackend(AxesStandaloneBackend, ModelBackend):  # type: ignore[misc]
    """Password sign-in for active accounts; every permission is a tool right (contract: Rights).

    Whoever has tried too many wrong passwords is refused before the next one is looked at (``sign_in_limit``).
    Without a request (a command, the shell) there is no address to count for, and nothing is refused.
    """

    def authenticate(self, request: HttpRequest | None, username: Any = None, password: Any = None, **more: Any) -> Any:
        if request is not None:
            AxesStandaloneBackend.authenticate(self, request, username, password, **more)
        return ModelBackend.authenticate(self, request, username, password, **more)

    async def aauthenticate(
        self, request: HttpRequest | None, username: Any = None, password: Any = None, **more: Any
    ) -> Any:
        return await sync_to_async(self.authenticate)(request, username, password, **more)

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not isinstance(getattr(user_obj, "_wrapped", user_obj), UserAccount):
            return False
        app_label, _dot, codename = perm.partition(".")
        action, _underscore, model = codename.partition("_")
        tools, rights = GOVERNED.get(f"{app_label}.{model}", ((), {}))
        right = rights.get(action)
        return right is not None and rights_of(user_obj).holds_any(tools, right)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        models = (key for key in GOVERNED if key.startswith(f"{app_label}."))
        return any(self.has_perm(user_obj, f"{app_label}.view_{key.partition('.')[2]}") for key in models)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        return {
            f"{app_label}.{action}_{model}"
            for key, (_tools, rights) in GOVERNED.items()
            for app_label, _dot, model in [key.partition(".")]
            for action in rights
            if self.has_perm(user_obj, f"{app_label}.{action}_{model}")
        }
