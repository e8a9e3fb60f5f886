"""What stands beside an entry: by what identity it is found, and its properties for searching by them."""

from __future__ import annotations

import pytest

from auditlog.models import AuditLogEntry, AuditLogEntrySubject
from district.models import (
    Preference,
    UserGroup,
    UserGroupMember,
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)

pytestmark = pytest.mark.django_db


def subjects(entry):
    return list(entry.subjects.order_by("id").values_list("subject", flat=True))


def properties(entry):
    return list(entry.properties.order_by("id").values_list("property_name", "existing", "new"))


def newest():
    return AuditLogEntry.objects.order_by("-id")[0]


def test_an_entry_is_found_by_the_record_itself_and_by_the_people_and_groups_it_concerns(account, group, tool):
    right = UserToolRights.objects.create(user=account, tool=tool, right="Write")
    identity = f"UserToolRights:{account.pk}:{tool.pk}:Write"
    assert subjects(newest()) == [identity, f"UserAccount:{account.pk}"]
    assert newest().object_id == right.pk
    UserGroupMember.objects.create(user=account, group=group)
    assert subjects(newest()) == [
        f"UserGroupMember:{account.pk}:{group.pk}",
        f"UserAccount:{account.pk}",
        f"UserGroup:{group.pk}",
    ]
    UserGroupToolRights.objects.create(group=group, tool=tool, right="Read")
    assert subjects(newest()) == [f"UserGroupToolRights:{group.pk}:{tool.pk}:Read", f"UserGroup:{group.pk}"]
    Preference.objects.create(name="SearchLimit", value="100")
    assert subjects(newest()) == ["Preference:SearchLimit"]
    account.save()
    account.email = "a@example.org"
    account.save()
    assert subjects(newest()) == [f"UserAccount:{account.pk}", f"UserAccount:{account.pk}:itself"]


def test_a_right_that_is_given_again_is_the_same_right(account, tool):
    for _time in range(2):
        UserToolRights.objects.create(user=account, tool=tool, right="Write")
        UserToolRights.objects.all().delete()
    own = AuditLogEntrySubject.objects.filter(subject=f"UserToolRights:{account.pk}:{tool.pk}:Write")
    assert list(own.order_by("entry_id").values_list("entry__action", flat=True)) == ["add", "delete", "add", "delete"]


def test_a_renamed_account_stays_the_same_and_a_reused_name_is_another(account):
    first = account.pk
    account.username = "lbush2"
    account.save()
    again = type(account).objects.create_user("lbush")
    assert subjects(newest())[0] == f"UserAccount:{again.pk}" != f"UserAccount:{first}"
    assert AuditLogEntrySubject.objects.filter(subject=f"UserAccount:{first}").count() == 2


def test_a_row_that_comes_to_belong_to_another_is_found_by_both(account):
    other = type(account).objects.create_user("other")
    row = UserSchoolYearRights.objects.create(user=account)
    row.user = other
    row.save()
    assert subjects(newest()) == [
        f"UserSchoolYearRights:{row.pk}",
        f"UserAccount:{other.pk}",
        f"UserAccount:{account.pk}",
    ]


def test_properties_are_folded_and_cut_and_no_value_is_the_empty_text(group):
    group.name, group.description = "ΤΊΤΛΟΣ O’NEILL", "Ä" * 150
    group.save()
    assert properties(newest()) == [("name", "title one", "τίτλοσ o'neill"), ("description", "reading", "ä" * 100)]
    row = UserSchoolYearRights.objects.create(user=type(group).objects.first().users.create(username="x"))
    row.end_year = 2011
    row.save()
    assert properties(newest()) == [("endYear", "", "2011")]


def test_a_secret_has_neither_value(account):
    account.set_password("another-chalk-1")
    account.save()
    assert ("password", "", "") in properties(newest())


def test_bulk_calls_fill_them_for_each_row(account):
    groups = UserGroup.objects.bulk_create([UserGroup(name=f"Group {number}") for number in range(3)])
    account.groups.set(groups)
    newest_three = AuditLogEntry.objects.order_by("-id")[:3]
    assert {subjects(entry)[0] for entry in newest_three} == {
        f"UserGroupMember:{account.pk}:{group.pk}" for group in groups
    }
    for entry in newest_three:
        group = subjects(entry)[0].rpartition(":")[2]
        assert properties(entry)[1] == ("groupID", "", group)


def test_they_carry_the_time_of_their_entry(group):
    entry = newest()
    assert set(entry.subjects.values_list("timestamp", flat=True)) == {entry.timestamp}
    assert set(entry.properties.values_list("timestamp", flat=True)) == {entry.timestamp}
