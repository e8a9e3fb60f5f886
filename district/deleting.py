"""What goes with an account or a group that is deleted, and what stands against deleting it, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Model
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .giving import is_role, named, untouchable
from .models import (
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserGroupSchoolYearRights,
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)
from .rights import Rights
from .roles import LastAdministratorError, administrators

#: How many records one confirmation deletes: it posts a field for each, and nobody reads a longer one.
MOST_AT_ONCE = 500

#: A heading followed by its lines, as Django's ``unordered_list`` wants it.
Outline = list[Any]


def counts(model: Any, field: str, owners: Sequence[Model]) -> Counter[int]:
    """How many rows of a model each owner has, in one statement."""
    found = model.objects.filter(**{f"{field}__in": [owner.pk for owner in owners]})
    return Counter(dict(found.order_by().values_list(field).annotate(Count("pk"))))


def what_goes(*lines: tuple[int, str]) -> list[str]:
    """The lines of what there is any of."""
    return [line for number, line in lines if number]


def account_consequences(accounts: Sequence[UserAccount], *, own: object) -> Outline:
    """What goes with these accounts; ``own`` is the account of the person who asks.

    Shaped as a list of headings, each followed by its lines.
    """
    groups = counts(UserGroupMember, "user", accounts)
    tools = counts(UserToolRights, "user", accounts)
    calendars = counts(UserSchoolYearRights, "user", accounts)
    outline: Outline = []
    for account in accounts:
        member, tool, calendar = groups[account.pk], tools[account.pk], calendars[account.pk]
        lines = [
            _("Nobody can sign in with it any more; what it did stays in the Audit Log."),
            *what_goes(
                (account == own, _("It is your own account: you will be signed out.")),
                (member, ngettext("It leaves %d user group.", "It leaves %d user groups.", member) % member),
                (tool, ngettext("%d tool right of its own goes.", "%d tool rights of its own go.", tool) % tool),
                (
                    calendar,
                    ngettext("%d calendar right of its own goes.", "%d calendar rights of its own go.", calendar)
                    % calendar,
                ),
            ),
        ]
        outline += [_("User account %s") % account, lines]
    return outline


def group_consequences(groups: Sequence[UserGroup]) -> Outline:
    members = counts(UserGroupMember, "group", groups)
    tools = counts(UserGroupToolRights, "group", groups)
    calendars = counts(UserGroupSchoolYearRights, "group", groups)
    outline: Outline = []
    for group in groups:
        member, tool, calendar = members[group.pk], tools[group.pk], calendars[group.pk]
        lines = what_goes(
            (
                member,
                ngettext("%d member loses what the group gives.", "%d members lose what the group gives.", member)
                % member,
            ),
            (not member, _("Nobody is in it.")),
            (tool, ngettext("%d tool right of the group goes.", "%d tool rights of the group go.", tool) % tool),
            (
                calendar,
                ngettext("%d calendar right of the group goes.", "%d calendar rights of the group go.", calendar)
                % calendar,
            ),
        )
        if group.account_automation:
            lines.append(_("It is tied to account automation: deleting it may disrupt how new accounts are made."))
        outline += [_("User group %s") % group, lines]
    return outline


def account_obstacles(rights: Rights, accounts: Sequence[UserAccount]) -> list[str]:
    """Why these accounts cannot be deleted by the holder of ``rights``; nothing where they can."""
    obstacles = too_many(accounts)
    if others := untouchable(rights, accounts):
        obstacles.append(_("Only a holder of STUDENT INFORMATION SYSTEM can delete another one: %s.") % named(others))
    lasting = set(administrators().filter(expires_date=None).values_list("pk", flat=True))
    if lasting and lasting <= {account.pk for account in accounts}:
        obstacles += LastAdministratorError().messages
    return obstacles


def group_obstacles(groups: Sequence[UserGroup]) -> list[str]:
    """Why these groups cannot be deleted by anybody."""
    obstacles = too_many(groups)
    if roles := [group for group in groups if is_role(group)]:
        obstacles.append(_("Product security roles cannot be deleted: %s.") % named(roles))
    return obstacles


def too_many(records: Sequence[Model]) -> list[str]:
    return [_("Delete at most %d at a time.") % MOST_AT_ONCE] if len(records) > MOST_AT_ONCE else []
