"""Who may give what, and to whom.

Nobody gives a right, group or role that he does not hold himself, save holders of STUDENT INFORMATION SYSTEM; and
only such a holder changes the account of another one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .models import CalendarRights, UserAccount, UserGroup
from .rights import Rights
from .roles import ROLES, STUDENT_INFORMATION_SYSTEM


def holds_everything(account: UserAccount) -> bool:
    """Whether an account holds STUDENT INFORMATION SYSTEM, usable just now or not; asked once per object."""
    known: bool | None = account.__dict__.get("_holds_everything")
    if known is None:
        known = account.memberships.filter(group__name=STUDENT_INFORMATION_SYSTEM).exists()
        account.__dict__["_holds_everything"] = known
    return known


def may_touch(rights: Rights, account: UserAccount) -> bool:
    """Whether the holder of ``rights`` may change, disable, delete or reset an account, his other rights aside."""
    return rights.everything or not holds_everything(account)


def untouchable(rights: Rights, accounts: Iterable[UserAccount]) -> list[UserAccount]:
    """Those of the accounts that the holder of ``rights`` may not touch, in one statement."""
    if rights.everything:
        return []
    ids = [account.pk for account in accounts]
    return list(UserAccount.objects.filter(pk__in=ids, memberships__group__name=STUDENT_INFORMATION_SYSTEM))


def may_give_group(rights: Rights, group: UserGroup) -> bool:
    """Giving a group, a product security role's too, takes being in it oneself."""
    return rights.everything or group.name in rights.groups


def may_give_role(rights: Rights, role: str) -> bool:
    return rights.everything or role in rights.groups


def may_give_calendar(rights: Rights, row: CalendarRights) -> bool:
    """Whether a calendar right is no wider than one that the holder of ``rights`` has, its two marks included."""
    return rights.may_give_calendar(
        row.end_year, row.school_id, row.calendar_id, modify=row.modify_rights, close=row.close_months
    )


def is_role(group: UserGroup | None) -> bool:
    """Whether a group stands for a product security role."""
    return group is not None and group.name in ROLES


def named(things: Iterable[Any]) -> str:
    """Names in a row, for a sentence; the first twenty."""
    names = [str(thing) for thing in things]
    return ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
