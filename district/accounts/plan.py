"""What an accounts file would change: compared with the accounts as they are, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from auditlog.search import fold

from ..models import UserAccount, UserGroup, UserGroupMember
from ..roles import ROLES
from .columns import FIELDS
from .file import Fault, FileRefused, Wanted

#: (user id, group id)
Membership = tuple[int, int]


@dataclass
class Step:
    """What happens to the account of one line; nothing where all is so already."""

    line: int
    account: UserAccount
    new: bool
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    joins: list[UserGroup] = field(default_factory=list)
    leaves: list[UserGroup] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not (self.new or self.changes or self.joins or self.leaves)


def make_plan(wanted: Sequence[Wanted], *, lock: bool = False) -> list[Step]:
    """One step for each line. FileRefused with every line that cannot be done.

    ``lock`` keeps other writers off the accounts that are there until the transaction ends.
    """
    accounts = _accounts(wanted, lock=lock)
    groups = {fold(group.name): group for group in UserGroup.objects.all()}
    members = set(UserGroupMember.objects.order_by().values_list("user_id", "group_id"))
    faults: list[Fault] = []
    steps = [_step(one, accounts, groups, members, faults) for one in wanted]
    if faults:
        raise FileRefused(faults)
    return steps


def every_fault(refused: FileRefused) -> list[Fault]:
    """What is wrong with a file, also by the accounts and groups that are there: nobody corrects it twice."""
    try:
        make_plan(refused.read)
    except FileRefused as further:
        return sorted([*refused.faults, *further.faults], key=lambda fault: fault.line)
    return refused.faults


def _accounts(wanted: Sequence[Wanted], *, lock: bool) -> dict[str, UserAccount]:
    """The accounts that are there, by folded user name: names that differ by letter case are one account's."""
    names = {fold(one.username) for one in wanted}
    ids = [pk for pk, name in UserAccount.objects.order_by().values_list("pk", "username") if fold(name) in names]
    found = UserAccount.objects.filter(pk__in=ids).order_by("pk")
    if lock:
        found = found.select_for_update(no_key=True)
    return {fold(account.username): account for account in found}


def _step(
    one: Wanted,
    accounts: dict[str, UserAccount],
    groups: dict[str, UserGroup],
    members: set[Membership],
    faults: list[Fault],
) -> Step:
    account = accounts.get(fold(one.username))
    new = account is None
    account = account or UserAccount(username=UserAccount.normalize_username(one.username))
    step = Step(one.line, account, new)
    for name, value in one.values.items():
        if getattr(account, name) != value:
            step.changes[name] = (getattr(account, name), value)
            setattr(account, name, value)
    faults += _field_faults(step)
    step.joins = _groups(one.line, "add_groups", one.add_groups, groups, faults)
    step.leaves = _groups(one.line, "remove_groups", one.remove_groups, groups, faults)
    faults += [
        Fault(one.line, _("“%s” stands in add_groups and in remove_groups.") % group.name)
        for group in step.joins
        if group in step.leaves
    ]
    step.joins = [group for group in step.joins if (account.pk, group.pk) not in members]
    step.leaves = [group for group in step.leaves if (account.pk, group.pk) in members]
    return step


def _field_faults(step: Step) -> Iterator[Fault]:
    """What the account's own rules say of the cells of this line."""
    checked = {"username"} | {column.name for column in FIELDS} if step.new else set(step.changes)
    others = {item.name for item in UserAccount._meta.get_fields()} - checked
    try:
        step.account.clean_fields(exclude=others)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            yield Fault(step.line, f"{name}: {' '.join(messages)}")


def _groups(
    line: int, column: str, names: Sequence[str], groups: dict[str, UserGroup], faults: list[Fault]
) -> list[UserGroup]:
    found: dict[int, UserGroup] = {}
    for name in names:
        group = groups.get(fold(name))
        if group is None:
            text = _("%(column)s: There is no user group “%(name)s”.")
            faults.append(Fault(line, text % {"column": column, "name": name}))
        elif group.name in ROLES:
            text = _("%(column)s: “%(name)s” is a product security role: give and take it on the account’s own page.")
            faults.append(Fault(line, text % {"column": column, "name": group.name}))
        else:
            found[group.pk] = group
    return list(found.values())
