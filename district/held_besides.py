"""What makes a difference to whether somebody has a right of a user today: her groups, and whether she can sign in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from auditlog.entry.sentence import Part, Sentence, compose

from .models import UserAccount, UserGroup
from .roles import STUDENT_INFORMATION_SYSTEM

#: How many groups are named.
MOST_NAMED = 3


def besides(identity: Mapping[str, Any], using: str) -> Sentence:
    """Of a right known by ``user``, ``tool`` and ``right``; nothing of an account that is gone. Two statements."""
    account = UserAccount.objects.using(using).filter(pk=identity["user"]).first()
    if account is None:
        return []
    groups = _groups_that_give(identity, using)
    if not account.is_active:
        return compose(
            _("The account %(user)s cannot be used today, so its rights do not count."), user=account.username
        )
    if not groups:
        return []
    words = _("As a member of %(groups)s, %(user)s has this right today.")
    return compose(words, groups=_listed(groups), user=account.username)


def _groups_that_give(identity: Mapping[str, Any], using: str) -> list[str]:
    gives = Q(tool_rights__tool=identity["tool"], tool_rights__right=identity["right"])
    found = UserGroup.objects.using(using).filter(
        gives | Q(name=STUDENT_INFORMATION_SYSTEM), memberships__user=identity["user"]
    )
    return list(found.order_by("name").values_list("name", flat=True).distinct()[: MOST_NAMED + 1])


def _listed(names: Sequence[str]) -> Sentence:
    """The names, set apart from the words around them; that there are more where there are."""
    sentence: Sentence = []
    for number, name in enumerate(names[:MOST_NAMED]):
        sentence += [Part(", ")] * bool(number) + compose("%(name)s", name=name)
    return sentence + [Part(_(" and others"))] * (len(names) > MOST_NAMED)
