"""Whether a right of a user counts today for another reason than the right itself: read on the page of its entry."""

from __future__ import annotations

import re
from html import unescape

import pytest

from auditlog.models import AuditLogEntry
from district.models import Right, Tool, UserAccount, UserGroup, UserGroupMember, UserGroupToolRights, UserToolRights
from district.roles import STUDENT_INFORMATION_SYSTEM, give_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def jdoe() -> UserAccount:
    return UserAccount.objects.create_user("jdoe")


@pytest.fixture
def tool() -> Tool:
    return Tool.objects.all()[0]


@pytest.fixture
def taken(jdoe, tool) -> int:
    """The entry with which jdoe's own right went."""
    UserToolRights.objects.create(user=jdoe, tool=tool, right=Right.WRITE).delete()
    return AuditLogEntry.objects.latest("id").pk


def group(jdoe, tool, name="Help Desk", right=Right.WRITE) -> UserGroup:
    made = UserGroup.objects.create(name=name)
    UserGroupToolRights.objects.create(group=made, tool=tool, right=right)
    UserGroupMember.objects.create(group=made, user=jdoe)
    return made


def today(client, reader, pk: int) -> str:
    client.force_login(reader)
    page = client.get(f"/audit-log/{pk}/").content.decode()
    found = re.search(r'<p class="entry-now">(.*?)</p>', page, re.DOTALL)
    assert found is not None
    return " ".join(unescape(re.sub(r"<[^>]*>", "", found[1])).split())


GONE = "Still so today: this tool right of a user does not exist."


def test_a_right_that_went_and_is_held_through_a_group_says_so(client, administrator, jdoe, tool, taken):
    assert today(client, administrator, taken) == GONE
    group(jdoe, tool)
    assert today(client, administrator, taken) == f"{GONE} As a member of Help Desk, jdoe has this right today."


def test_another_right_another_tool_and_another_member_make_no_difference(client, administrator, jdoe, tool, taken):
    group(jdoe, tool, "Readers", Right.READ)
    group(jdoe, Tool.objects.all()[1], "Elsewhere")
    group(UserAccount.objects.create_user("other"), tool, "Others")
    assert today(client, administrator, taken) == GONE


def test_the_role_that_holds_every_right_is_named_like_a_group(client, administrator, jdoe, taken):
    give_role(jdoe, STUDENT_INFORMATION_SYSTEM)
    assert today(client, administrator, taken).endswith(
        "As a member of STUDENT INFORMATION SYSTEM, jdoe has this right today."
    )


def test_of_many_groups_some_are_named(client, administrator, jdoe, tool, taken):
    for name in "ABCD":
        group(jdoe, tool, name)
    assert today(client, administrator, taken).endswith("As a member of A, B, C and others, jdoe has this right today.")


def test_a_right_of_an_account_that_cannot_be_used_does_not_count(client, administrator, jdoe, tool):
    UserToolRights.objects.create(user=jdoe, tool=tool, right=Right.WRITE)
    pk = AuditLogEntry.objects.latest("id").pk
    UserAccount.objects.filter(pk=jdoe.pk).update(disable=True)
    assert today(client, administrator, pk) == (
        "Still so today: this tool right of a user exists as it was added. "
        "The account jdoe cannot be used today, so its rights do not count."
    )


def test_nothing_is_said_of_an_account_that_is_gone_and_of_a_right_of_a_group(client, administrator, jdoe, tool, taken):
    helpers = group(jdoe, tool)
    of_group = AuditLogEntry.objects.filter(table="UserGroupToolRights").latest("id").pk
    jdoe.delete()
    assert today(client, administrator, taken) == GONE
    helpers.tool_rights.all().delete()
    assert today(client, administrator, of_group).endswith("does not exist any more.")
