"""Saving one record, in every way that Django knows."""

from __future__ import annotations

import pickle

import pytest
from django.db import DatabaseError, DataError, IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.db.models.signals import post_save, pre_save

from auditlog.models import AuditLogEntry
from district.models import UserGroup, UserGroupMember, UserSchoolYearRights, UserToolRights

pytestmark = pytest.mark.django_db


def test_save_of_a_new_record_is_an_add(log):
    UserGroup(name="Health Staff").save()
    assert log.lines() == [("UserGroup", "add", "Health Staff")]
    assert log.changes() == [
        {
            "name": (None, "Health Staff"),
            "description": (None, ""),
            "associatedProduct": (None, ""),
            "accountAutomation": (None, "false"),
        }
    ]


def test_save_of_a_changed_record_is_a_change_of_the_changed_columns(log, group):
    group.description = "Reading and mathematics"
    group.save()
    assert log.lines() == [("UserGroup", "change", "Title One")]
    assert log.changes() == [{"description": ("Reading", "Reading and mathematics")}]


def test_save_of_an_unchanged_record_leaves_nothing(log, group):
    group.save()
    UserGroup.objects.get(pk=group.pk).save()
    assert log.lines() == []


def test_save_with_update_fields_records_only_what_was_written(log, group):
    group.name, group.description = "Title Two", "never written"
    group.save(update_fields=["name"])
    assert log.changes() == [{"name": ("Title One", "Title Two")}]


def test_save_with_update_fields_by_attribute_name_is_recorded(log, account, group):
    member = UserGroupMember.objects.create(user=account, group=group)
    member.group_id = UserGroup.objects.create(name="Health Staff").pk
    member.save(update_fields=["group_id"])
    assert log.lines()[-2:] == [
        ("UserGroupMember", "delete", "lbush, Title One"),
        ("UserGroupMember", "add", "lbush, Health Staff"),
    ]


def test_save_of_an_f_expression_records_what_the_database_made_of_it(log, account):
    rights = UserSchoolYearRights.objects.create(user=account, end_year=2010)
    rights.end_year = F("end_year") + 1
    rights.save()
    assert log.changes()[-1] == {"endYear": ("2010", "2011")}


def test_save_of_a_concat_records_what_the_database_made_of_it(log, group):
    group.name = Concat(F("name"), Value("/LEP"))
    group.save()
    assert log.changes() == [{"name": ("Title One", "Title One/LEP")}]


def test_save_of_a_record_with_deferred_fields_is_recorded(log, group):
    found = UserGroup.objects.defer("description").get(pk=group.pk)
    found.name = "Title Two"
    found.save()
    only = UserGroup.objects.only("description").get(pk=group.pk)
    only.description = "Mathematics"
    only.save()
    assert log.changes() == [{"name": ("Title One", "Title Two")}, {"description": ("Reading", "Mathematics")}]


def test_save_under_a_chosen_id_is_an_add_and_then_a_change(log):
    UserGroup(pk=4711, name="Health Staff").save()
    UserGroup(pk=4711, name="Health Team").save()
    assert [entry.action for entry in log.entries()] == ["add", "change"]
    assert log.changes()[1] == {"name": ("Health Staff", "Health Team")}


def test_save_under_an_id_given_as_text_is_the_change_it_is(log, group):
    UserGroup(pk=str(group.pk), name="Title Two", description="Reading").save()
    assert log.lines() == [("UserGroup", "change", "Title Two")]
    assert log.changes() == [{"name": ("Title One", "Title Two")}]


def test_save_with_force_insert_of_an_id_that_is_taken_leaves_nothing(log, group):
    with pytest.raises(IntegrityError), transaction.atomic():
        UserGroup(pk=group.pk, name="Title Two").save(force_insert=True)
    UserGroup(pk=4711, name="Health Staff").save(force_insert=True)
    assert log.lines() == [("UserGroup", "add", "Health Staff")]


def test_save_with_force_update_of_a_record_that_is_gone_leaves_nothing(log):
    with pytest.raises(DatabaseError), transaction.atomic():
        UserGroup(pk=4711, name="Nobody").save(force_update=True)
    assert log.lines() == []


def test_save_of_a_stale_instance_tells_what_the_database_held(log, group):
    stale = UserGroup.objects.get(pk=group.pk)
    group.name = "Title Two"
    group.save()
    stale.description = "Mathematics"
    stale.save()
    assert log.changes()[1] == {"name": ("Title Two", "Title One"), "description": ("Reading", "Mathematics")}


def test_save_of_a_moved_right_is_a_delete_and_an_add(log, account, tool):
    right = UserToolRights.objects.create(user=account, tool=tool, right="Read")
    right.right = "Write"
    right.save()
    assert [(entry.action, entry.descriptions.get(name="Right").value) for entry in log.entries()] == [
        ("add", "Read"),
        ("delete", "Read"),
        ("add", "Write"),
    ]


def test_get_or_create_is_an_add_the_first_time_only(log):
    UserGroup.objects.get_or_create(name="Health Staff")
    UserGroup.objects.get_or_create(name="Health Staff")
    assert log.lines() == [("UserGroup", "add", "Health Staff")]


def test_update_or_create_is_an_add_then_a_change_then_nothing(log):
    for description in ("one", "two", "two"):
        UserGroup.objects.update_or_create(name="Health Staff", defaults={"description": description})
    assert [entry.action for entry in log.entries()] == ["add", "change"]
    assert log.changes()[1] == {"description": ("one", "two")}


def test_create_under_a_proxy_is_recorded_as_the_record_it_stands_for(log, proxy):
    found = proxy.objects.create(name="Health Staff")
    found.name = "Health Team"
    found.save()
    assert log.lines() == [("UserGroup", "add", "Health Staff"), ("UserGroup", "change", "Health Team")]


def test_a_save_that_failed_leaves_nothing_on_the_instance_and_the_next_one_tells_the_truth(log, group):
    other = UserGroup.objects.create(name="Health Staff")
    other.name = "Title One"
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()
    assert "_audit_before" not in other.__dict__
    UserGroup.objects.filter(pk=other.pk).update(description="changed meanwhile")
    other.name = "Health Team"
    other.save()
    assert log.changes()[-1] == {"name": ("Health Staff", "Health Team"), "description": ("changed meanwhile", "")}


def test_a_pickled_instance_saves_as_any_other(log, group):
    copy = pickle.loads(pickle.dumps(group))
    copy.name = "Title Two"
    copy.save()
    assert log.changes() == [{"name": ("Title One", "Title Two")}]


@pytest.mark.parametrize("moment", [pre_save, post_save])
def test_a_receiver_that_saves_what_is_being_saved_keeps_the_chain(log, group, moment):
    def save_again(instance, **kwargs):
        if instance.pk and instance.description != "again":
            instance.description = "again"
            UserGroup.save(instance)

    # Connected to the front: before the recording's own receiver.
    receivers = moment.receivers
    moment.connect(save_again, sender=UserGroup)
    moment.receivers = [*moment.receivers[-1:], *moment.receivers[:-1]]
    moment.sender_receivers_cache.clear()
    try:
        group.name = "Title Two"
        group.save()
        UserGroup.objects.create(name="Health Staff")
    finally:
        moment.receivers = receivers
        moment.disconnect(save_again, sender=UserGroup)
        moment.sender_receivers_cache.clear()
    told = {}
    for entry, change in zip(log.entries(), log.changes(), strict=True):
        for column, (old, new) in change.items():
            assert told.get((entry.object_id, column), old) == old
            told[entry.object_id, column] = new
    assert [action for _table, action, _object in log.lines()].count("add") == 1
    assert told[group.pk, "name"] == "Title Two"
    assert told[group.pk, "description"] == "again"


def test_a_nul_character_is_refused_on_every_engine_and_nothing_is_written(log, group):
    with pytest.raises(ValueError, match="NUL"), transaction.atomic():
        UserGroup.objects.create(name="Health\0Staff")
    with pytest.raises(ValueError, match="NUL"), transaction.atomic():
        UserGroup.objects.filter(pk=group.pk).update(description="\0")
    assert log.lines() == []
    assert UserGroup.objects.get(pk=group.pk).description == "Reading"


def test_half_a_character_is_refused_on_every_engine_and_nothing_is_written(log):
    with pytest.raises(UnicodeEncodeError), transaction.atomic():
        UserGroup.objects.create(name="\ud800")
    assert log.lines() == []


def test_a_text_too_long_for_its_column_is_refused_on_every_engine_and_nothing_is_written(log):
    with pytest.raises(DataError), transaction.atomic():
        UserGroup.objects.create(name="x" * 256)
    with pytest.raises(DataError), transaction.atomic():
        UserGroup.objects.bulk_create([UserGroup(name="y" * 256)])
    assert log.lines() == []
    assert not UserGroup.objects.filter(name__startswith="xx").exists()


def test_hostile_and_long_texts_are_stored_and_told_as_they_are(log):
    long = "ß" * 255
    hostile = "<script>alert(1)</script>\u202e\U0001f600\x1f=HYPERLINK(1)"
    UserGroup.objects.create(name=long)
    UserGroup.objects.create(name=hostile, description="x" * 40_000)
    assert [entry.affected_object for entry in log.entries()] == [long, hostile]
    assert log.changes()[1]["description"][1] == "x" * 40_000
    assert AuditLogEntry.objects.filter(names__folded=("ss" * 255)[:255]).exists()


def test_an_account_with_the_longest_name_can_be_the_one_who_acts(log, group):
    from auditlog.context import acting_as

    with acting_as("a" * 300, person="p" * 400):
        group.name = "Title Two"
        group.save()
    entry = log.entries()[0]
    assert (len(entry.changed_by), len(entry.changed_by_name)) == (255, 320)
