"""Related managers, from both sides."""

from __future__ import annotations

import pytest

from district.models import UserAccount, UserGroup, UserGroupMember, UserGroupToolRights, UserSchoolYearRights

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return UserGroup.objects.create(name="Health Staff")


@pytest.fixture
def fresh(log, account, group, staff):
    log.__init__()
    return log


ADDED = ("UserGroupMember", "add", "lbush, Health Staff")
REMOVED = ("UserGroupMember", "delete", "lbush, Health Staff")


def test_add_from_the_account_and_again_is_one_add(fresh, account, staff):
    account.groups.add(staff)
    account.groups.add(staff)
    assert fresh.lines() == [ADDED]


def test_add_from_the_group_by_id_and_with_through_defaults_is_one_add(fresh, account, staff):
    staff.users.add(account.pk, through_defaults={"pk": 4711})
    assert fresh.lines() == [ADDED]
    assert fresh.entries()[0].object_id == 4711


def test_remove_from_both_sides_is_a_delete(fresh, account, staff):
    account.groups.add(staff)
    account.groups.remove(staff)
    staff.users.add(account)
    staff.users.remove(account)
    staff.users.remove(account)
    assert fresh.lines() == [ADDED, REMOVED, ADDED, REMOVED]


def test_set_records_only_the_difference(fresh, account, group, staff):
    account.groups.add(group)
    account.groups.set([group, staff])
    account.groups.set([staff])
    assert fresh.lines() == [
        ("UserGroupMember", "add", "lbush, Title One"),
        ADDED,
        ("UserGroupMember", "delete", "lbush, Title One"),
    ]


def test_set_with_clear_is_a_delete_and_an_add_of_each(fresh, account, staff):
    staff.users.set([account])
    staff.users.set([account], clear=True)
    assert fresh.lines() == [ADDED, REMOVED, ADDED]


def test_clear_from_both_sides_is_a_delete_of_each(fresh, account, group, staff):
    account.groups.add(group, staff)
    account.groups.clear()
    staff.users.add(account)
    staff.users.clear()
    assert [action for _table, action, _object in fresh.lines()] == ["add", "add", "delete", "delete", "add", "delete"]


def test_create_and_get_or_create_through_the_relation_are_two_adds(fresh, account):
    account.groups.create(name="New")
    account.groups.get_or_create(name="New")
    account.groups.update_or_create(name="New", defaults={"description": "x"})
    assert fresh.lines() == [
        ("UserGroup", "add", "New"),
        ("UserGroupMember", "add", "lbush, New"),
        ("UserGroup", "change", "New"),
    ]


def test_reverse_create_and_bulk_create_are_adds(fresh, account, group, staff, tool):
    account.memberships.create(group=staff)
    group.tool_rights.create(tool=tool, right="Read")
    group.tool_rights.bulk_create([UserGroupToolRights(group=group, tool=tool, right="Add")])
    account.calendar_rights.get_or_create(end_year=2010)
    assert [entry.action for entry in fresh.entries()] == ["add"] * 4


def test_reverse_add_moves_a_row_and_is_recorded(fresh, account, group, staff):
    member = UserGroupMember.objects.create(user=account, group=group)
    staff.memberships.add(member)
    other = UserAccount.objects.create_user("jdoe")
    other.memberships.add(UserGroupMember.objects.get(pk=member.pk), bulk=False)
    assert [line for line in fresh.lines() if line[0] == "UserGroupMember"] == [
        ("UserGroupMember", "add", "lbush, Title One"),
        ("UserGroupMember", "delete", "lbush, Title One"),
        ADDED,
        REMOVED,
        ("UserGroupMember", "add", "jdoe, Health Staff"),
    ]


def test_reverse_set_and_update_and_delete_are_recorded(fresh, account):
    first = UserSchoolYearRights.objects.create(user=account, end_year=2010)
    account.calendar_rights.set([first])
    account.calendar_rights.update(end_year=2011)
    account.calendar_rights.all().delete()
    assert [entry.action for entry in fresh.entries()] == ["add", "change", "delete"]
