"""The preference Audit Users, and how preferences themselves are recorded."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat

from district.models import (
    Preference,
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserGroupSchoolYearRights,
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)

pytestmark = pytest.mark.django_db

PREFERENCE = "SearchFieldOrder"


def everything(tool, name):
    """A write of every kind in each of the seven areas."""
    user = UserAccount.objects.create_user(name)
    group = UserGroup.objects.create(name=name)
    rows = [
        UserGroupMember(user=user, group=group),
        UserToolRights(user=user, tool=tool, right="Read"),
        UserGroupToolRights(group=group, tool=tool, right="Read"),
        UserSchoolYearRights(user=user, end_year=2010),
        UserGroupSchoolYearRights(group=group, end_year=2010),
    ]
    for row in rows:
        row.save()
        row.save()
        type(row).objects.filter(pk=row.pk).delete()
        row.pk = None
        type(row).objects.bulk_create([row])
    UserToolRights.objects.filter(user=user).update(right="Write")
    UserGroupToolRights.objects.bulk_create(
        [UserGroupToolRights(group=group, tool=tool, right="Read")], ignore_conflicts=True
    )
    UserGroup.objects.bulk_create(
        [UserGroup(name=name, description="x"), UserGroup(name=f"{name} new")],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["description"],
    )
    user.email = "x@example.org"
    user.save()
    UserAccount.objects.bulk_update([user], ["email"])
    user.groups.clear()
    user.groups.add(group)
    user.delete()
    UserGroup.objects.filter(name__startswith=name).delete()


def test_while_it_is_off_the_seven_areas_are_silent_on_every_path_and_preferences_are_not(log, tool):
    Preference.objects.create(name="AuditUsers", value="false")
    everything(tool, "silent")
    Preference.objects.create(name=PREFERENCE, value="before")
    assert log.lines() == [("Preference", "change", "AuditUsers"), ("Preference", "change", PREFERENCE)]


def test_while_it_is_on_each_of_the_seven_areas_is_recorded(log, tool):
    everything(tool, "loud")
    assert len({table for table, _action, _object in log.lines()}) == 7


def test_switching_it_is_itself_recorded_and_counts_at_once(log, group):
    UserGroup.objects.filter(pk=group.pk).update(description="1")
    switch = Preference.objects.create(name="AuditUsers", value="false")
    UserGroup.objects.filter(pk=group.pk).update(description="2")
    switch.delete()
    UserGroup.objects.filter(pk=group.pk).update(description="3")
    assert log.changes() == [
        {"description": ("Reading", "1")},
        {"value": ("true", "false")},
        {"value": ("false", "true")},
        {"description": ("2", "3")},
    ]


def test_a_switch_that_is_rolled_back_never_was(log, group):
    with pytest.raises(KeyError):
        _switch_and_fail()
    UserGroup.objects.filter(pk=group.pk).update(description="1")
    assert log.lines() == [("UserGroup", "change", "Title One")]


def _switch_and_fail():
    with transaction.atomic():
        Preference.objects.create(name="AuditUsers", value="false")
        raise KeyError


def test_a_preferences_first_value_is_a_change_from_its_default_and_a_reset_a_change_back(log):
    row = Preference.objects.create(name=PREFERENCE, value="before")
    row.delete()
    Preference.objects.bulk_create([Preference(name=PREFERENCE, value="before")])
    Preference.objects.all().delete()
    assert set(log.lines()) == {("Preference", "change", PREFERENCE)}
    assert log.changes() == [{"value": ("after", "before")}, {"value": ("before", "after")}] * 2


def test_a_preference_set_to_its_default_and_reset_from_it_leaves_nothing(log):
    Preference.objects.create(name=PREFERENCE, value="after").delete()
    assert log.lines() == []


def test_a_preference_row_that_becomes_another_preference_is_a_change_of_both(log):
    row = Preference.objects.create(name=PREFERENCE, value="before")
    row.name = "AuditUsers"
    row.save()
    assert log.lines()[1:] == [("Preference", "change", PREFERENCE), ("Preference", "change", "AuditUsers")]
    assert log.changes()[1:] == [{"value": ("before", "after")}, {"value": ("true", "before")}]


@pytest.mark.parametrize(
    "write",
    [
        lambda row: Preference.objects.create(name="NoSuchThing", value="1"),
        lambda row: Preference.objects.bulk_create([Preference(name="NoSuchThing", value="1")]),
        lambda row: Preference.objects.bulk_create([Preference(name="NoSuchThing", value="1")], ignore_conflicts=True),
        lambda row: Preference.objects.get_or_create(name="NoSuchThing"),
        lambda row: Preference.objects.update_or_create(name="NoSuchThing", defaults={"value": "1"}),
        lambda row: Preference.objects.filter(pk=row.pk).update(name="NoSuchThing"),
        lambda row: Preference.objects.filter(pk=row.pk).update(name=Concat("name", Value("x"))),
        lambda row: Preference.objects.bulk_update([Preference(pk=row.pk, name="NoSuchThing")], ["name"]),
        lambda row: Preference.objects.create(name=Concat(Value("NoSuch"), Value("Thing")), value="1"),
    ],
    ids=["create", "bulk", "ignore", "get_or_create", "update_or_create", "update", "expression", "bulk_update", "sql"],
)
def test_a_name_outside_the_catalogue_is_refused_on_every_path(log, write):
    row = Preference.objects.create(name=PREFERENCE, value="before")
    with pytest.raises(ValidationError), transaction.atomic():
        write(row)
    assert list(Preference.objects.values_list("name", flat=True)) == [PREFERENCE]
    assert len(log.lines()) == 1
