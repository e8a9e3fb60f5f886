"""Who is in which group: the one way in which pages and jobs change it.

Everything of one call is one transaction and writes only the difference, in a number of statements that does not
grow with the number of ordinary groups or members. Product security roles go through ``roles.give_role``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction

from .models import UserAccount, UserGroup, UserGroupMember
from .roles import ROLES, STUDENT_INFORMATION_SYSTEM, give_role, keep_an_administrator


def role_set(*, user: UserAccount, role: str | None) -> None:
    """Let an account hold this product security role and no other, None for none.

    LastAdministratorError where that would leave no lasting holder of STUDENT INFORMATION SYSTEM.
    """
    with transaction.atomic():
        held = user.memberships.filter(group__name=STUDENT_INFORMATION_SYSTEM).exists()
        give_role(user, role)
        if held and role != STUDENT_INFORMATION_SYSTEM:
            keep_an_administrator()


def user_groups_change(
    *, user: UserAccount, add: Collection[UserGroup] = (), remove: Collection[UserGroup] = ()
) -> None:
    """Put an account into ordinary groups and take it out of others; what is so already stays as it is."""
    _refuse_roles([*add, *remove])
    with transaction.atomic():
        if remove:
            UserGroupMember.objects.filter(user=user, group__in=remove).delete()
        if add:
            _create(UserGroupMember(user=user, group=group) for group in add)


def group_members_change(
    *, group: UserGroup, add: Collection[UserAccount] = (), remove: Collection[UserAccount] = ()
) -> None:
    """Put accounts into a group and take others out; of a product security role, give and take that role."""
    with transaction.atomic():
        if group.name in ROLES:
            _role_members_change(group.name, add, remove)
            return
        if remove:
            UserGroupMember.objects.filter(group=group, user__in=remove).delete()
        if add:
            _create(UserGroupMember(user=user, group=group) for user in add)


def _role_members_change(role: str, add: Collection[UserAccount], remove: Collection[UserAccount]) -> None:
    # Who comes in first: exchanging the last administrator for another one is allowed.
    for user in sorted(add, key=lambda user: user.username):
        role_set(user=user, role=role)
    held = set(UserAccount.objects.filter(memberships__group__name=role, pk__in=[user.pk for user in remove]))
    for user in sorted(held, key=lambda user: user.username):
        role_set(user=user, role=None)


def _create(memberships: Iterable[UserGroupMember]) -> None:
    # Another may have put the same account into the same group in this moment.
    UserGroupMember.objects.bulk_create(memberships, ignore_conflicts=True)


def _refuse_roles(groups: Collection[UserGroup]) -> None:
    if any(group.name in ROLES for group in groups):
        raise ValueError("Product security roles are given by role_set, not as ordinary groups.")
