"""A short history for the tests that find entries in it: by two people, in three months."""

from __future__ import annotations

from datetime import datetime

import pytest

from auditlog.context import acting_as
from district.models import UserAccount, UserGroup, UserGroupMember

#: What each entry of it shows in the list, newest first, by a short name.
TOLD = {
    "left": ("05/05/2025 23:59:59 -0500", "UserGroupMember", "Delete", "jdoe, Health Staff", "jclerk"),
    "joined": ("04/02/2025 00:00:00 -0500", "UserGroupMember", "Add", "jdoe, Health Staff", "jclerk"),
    "account": ("04/01/2025 09:00:00 -0500", "UserAccount", "Add", "jdoe", "boss"),
    "described": ("03/10/2025 14:00:00 -0500", "UserGroup", "Change", "Health Staff", "jclerk"),
    "group": ("03/02/2025 09:00:00 -0600", "UserGroup", "Add", "Health Staff", "boss"),
}


def as_told(name: str):
    """Acting as the person and at the moment of an entry."""
    when, *_rest, who = TOLD[name]
    moment = datetime.strptime(when, "%m/%d/%Y %H:%M:%S %z")
    return acting_as(who, at=moment, person={"jclerk": "Jo Clerk"}.get(who, ""))


@pytest.fixture
def told_history(transactional_db, auditor):
    with as_told("group"):
        group = UserGroup.objects.create(name="Health Staff", description="Nurses")
    with as_told("described"):
        group.description = "Nurses and aides"
        group.save()
    with as_told("account"):
        jdoe = UserAccount.objects.create_user("jdoe", email="jdoe@example.org")
    with as_told("joined"):
        member = UserGroupMember.objects.create(user=jdoe, group=group)
    with as_told("left"):
        member.delete()
