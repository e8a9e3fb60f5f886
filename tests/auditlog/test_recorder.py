from __future__ import annotations

import pytest

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from district.models import UserAccount, UserGroup, UserGroupMember

pytestmark = pytest.mark.django_db


def entries(**criteria):
    return list(AuditLogEntry.objects.filter(**criteria).order_by("id"))


def test_a_new_group_leaves_one_add_with_its_initial_values():
    with acting_as("admin", person="Ann Admin", user_id=7):
        group = UserGroup.objects.create(name="Title One")
    (entry,) = entries(object_id=group.pk, table="UserGroup")
    assert (entry.action, entry.affected_object, entry.changed_by) == ("add", "Title One", "admin")
    assert (entry.changed_by_name, entry.changed_by_id) == ("Ann Admin", 7)
    assert list(entry.descriptions.values_list("name", "value")) == [("Group name", "Title One")]
    assert ("name", None, "Title One") in entry.details.values_list("property_name", "existing_value", "new_value")


def test_a_renamed_group_is_shown_with_its_new_name_and_found_by_both():
    group = UserGroup.objects.create(name="Title One")
    group.name = "Title One/LEP"
    group.save()
    entry = entries(object_id=group.pk, table="UserGroup", action="change")[0]
    assert entry.affected_object == "Title One/LEP"
    assert set(entry.names.values_list("folded", flat=True)) == {"title one", "title one/lep"}
    assert list(entry.details.values_list("property_name", "existing_value", "new_value")) == [
        ("name", "Title One", "Title One/LEP")
    ]


def test_deleting_an_account_also_records_its_memberships_with_the_names_they_had():
    user = UserAccount.objects.create_user("ttestperson")
    group = UserGroup.objects.create(name="Health Staff")
    UserGroupMember.objects.create(user=user, group=group)
    with acting_as("admin"):
        user.delete()
    gone = entries(action="delete")
    assert [entry.affected_object for entry in gone] == ["ttestperson, Health Staff", "ttestperson"]
    assert len({entry.change_set for entry in gone}) == 1
