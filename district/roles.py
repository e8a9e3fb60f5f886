"""Product security roles: groups named in capitals, of which an account holds at most one."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from .models import UserAccount, UserGroup, UserGroupMember, UserSchoolYearRights

STUDENT_INFORMATION_SYSTEM = "STUDENT INFORMATION SYSTEM"
GROUP_ASSIGNMENT = "STUDENT INFORMATION SYSTEM - GROUP ASSIGNMENT"
LOGIN_AS_USER = "STUDENT INFORMATION SYSTEM - LOGIN AS USER"

#: Each role and what it gives, in the order in which they are offered.
ROLES = {
    STUDENT_INFORMATION_SYSTEM: _lazy("every right on every tool, and all schools"),
    GROUP_ASSIGNMENT: _lazy("may change the memberships of ordinary groups"),
    LOGIN_AS_USER: "May sign in as another user in the district's other systems. Recorded here, without effect here.",
}


class LastAdministratorError(ValidationError):
    """The change would leave nobody who holds STUDENT INFORMATION SYSTEM and can sign in."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This is the last active account that holds STUDENT INFORMATION SYSTEM. "
                "Give the role to another account first."
            ),
            code="last_administrator",
        )


def role_group(role: str, using: str | None = None) -> UserGroup:
    """The group that stands for a role."""
    if role not in ROLES:
        raise ValueError(f"{role} is no product security role.")
    group: UserGroup = UserGroup.objects.using(using).get_or_create(name=role)[0]
    return group


def give_role(account: UserAccount, role: str | None) -> None:
    """Let an account hold ``role`` and no other; None takes the one it has.

    All of it is one change set where it happens in one request. Who is given STUDENT INFORMATION SYSTEM also
    gets all years and all schools with Modify Rights, if he has no such row (product security roles).
    """
    using = account._state.db or "default"
    with transaction.atomic(using=using):
        held = list(account.memberships.filter(group__name__in=ROLES).select_related("group"))
        if account.security_role != role:
            account.security_role = role
            account.save(update_fields=["security_role", "modified"])
        for membership in held:
            if membership.group.name != role:
                membership.delete()
        if role and role not in {membership.group.name for membership in held}:
            UserGroupMember.objects.using(using).create(user=account, group=role_group(role, using))
        if role == STUDENT_INFORMATION_SYSTEM:
            _give_all_schools(account)


def _give_all_schools(account: UserAccount) -> None:
    everything = {"end_year": None, "school": None, "calendar": None}
    if not account.calendar_rights.filter(**everything).exists():
        UserSchoolYearRights.objects.using(account._state.db).create(user=account, **everything, modify_rights=True)


def administrators() -> QuerySet[UserAccount]:
    """Accounts that hold STUDENT INFORMATION SYSTEM and can sign in today."""
    today = timezone.localdate()
    found: QuerySet[UserAccount] = UserAccount.objects.filter(
        Q(expires_date=None) | Q(expires_date__gte=today),
        memberships__group__name=STUDENT_INFORMATION_SYSTEM,
        disable=False,
    )
    return found


def keep_an_administrator() -> None:
    """Refuse a change, at its end and within its transaction, that leaves no lasting administrator.

    Whoever changes administrators holds the role's row until the commit: two of them cannot remove each other.
    """
    # Without the key: another's new membership, which refers to the row, must not wait for us and we for him.
    UserGroup.objects.select_for_update(no_key=True).get(name=STUDENT_INFORMATION_SYSTEM)
    if not administrators().filter(expires_date=None).exists():
        raise LastAdministratorError()
