"""Applying an accounts file: all of it or nothing, in one transaction and one change set."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from auditlog.context import acting_as, current_actor, login_name

from ..models import UserAccount, UserGroupMember
from ..roles import STUDENT_INFORMATION_SYSTEM, keep_an_administrator
from .columns import FIELDS
from .file import Fault, FileRefused, Wanted
from .plan import Step, make_plan

ACTOR = "command: import_accounts"

#: Characters of a first password, and which: none that are taken for another one.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS_OF = (4, 4, 4, 4)

#: Told how many of how many first passwords are made.
Progress = Callable[[int, int], None]


def import_accounts(
    wanted: Sequence[Wanted], *, passwords: bool = False, progress: Progress | None = None
) -> tuple[list[Step], dict[str, str]]:
    """Make the accounts what the lines say; the steps, and the first passwords of new accounts by user name.

    FileRefused where a line cannot be done: then nothing is.
    """
    with acting_as(ACTOR, person=login_name()), transaction.atomic():
        steps = make_plan(wanted, lock=True)
        first = _first_passwords(steps, progress) if passwords else {}
        _create([step.account for step in steps if step.new])
        _change([step for step in steps if step.changes and not step.new])
        _move(steps)
        _keep_an_administrator(steps)
    return steps, first


def _first_passwords(steps: Sequence[Step], progress: Progress | None) -> dict[str, str]:
    """A password for each new account, to be changed at the first sign-in. Making its hash takes its time."""
    new = [step.account for step in steps if step.new]
    first = {}
    for done, account in enumerate(new, 1):
        first[account.username] = first_password()
        account.set_password(first[account.username])
        account.force_password_change = True
        account.password_changed, account.password_changed_by = timezone.now(), ACTOR
        if progress:
            progress(done, len(new))
    return first


def first_password() -> str:
    """Four groups of four letters: 79 bits, easily read out and typed."""
    return "-".join("".join(secrets.choice(LETTERS) for _letter in range(length)) for length in GROUPS_OF)


def _create(accounts: Sequence[UserAccount]) -> None:
    for account in accounts:
        account.modified_by = current_actor().name
        if not account.password:
            account.set_unusable_password()
    UserAccount.objects.bulk_create(accounts)


def _change(steps: Sequence[Step]) -> None:
    """Only the columns that the file fills: another may be changing the rest."""
    fields = [column.name for column in FIELDS if any(column.name in step.changes for step in steps)]
    if not fields:
        return
    for step in steps:
        step.account.modified, step.account.modified_by = timezone.now(), current_actor().name
    UserAccount.objects.bulk_update([step.account for step in steps], [*fields, "modified", "modified_by"])


def _move(steps: Sequence[Step]) -> None:
    leaving = [(step.account.pk, group.pk) for step in steps for group in step.leaves]
    if leaving:
        UserGroupMember.objects.filter(pk__in=_memberships(leaving)).delete()
    joining = [UserGroupMember(user=step.account, group=group) for step in steps for group in step.joins]
    if joining:
        # Another may have put the same account into the same group in this moment.
        UserGroupMember.objects.bulk_create(joining, ignore_conflicts=True)


def _memberships(pairs: Iterable[tuple[int, int]]) -> list[int]:
    """The ids of memberships given as (user, group)."""
    by_group: dict[int, list[int]] = {}
    for user, group in pairs:
        by_group.setdefault(group, []).append(user)
    wanted = reduce(or_, (Q(group=group, user__in=users) for group, users in by_group.items()))
    return list(UserGroupMember.objects.filter(wanted).order_by().values_list("pk", flat=True))


def _keep_an_administrator(steps: Sequence[Step]) -> None:
    """Disabling or letting expire the last administrator is refused, with the line that does it."""
    shutting = [step for step in steps if not step.new and {"disable", "expires_date"} & set(step.changes)]
    ids = [step.account.pk for step in shutting]
    held = UserGroupMember.objects.filter(user__in=ids, group__name=STUDENT_INFORMATION_SYSTEM)
    holders = set(held.order_by().values_list("user_id", flat=True))
    if not holders:
        return
    try:
        keep_an_administrator()
    except ValidationError as error:
        lines = [step.line for step in shutting if step.account.pk in holders]
        raise FileRefused([Fault(line, " ".join(error.messages)) for line in lines]) from error
