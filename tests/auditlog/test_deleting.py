"""Deleting records: one, many, and what hangs on them."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.db.models.deletion import Collector
from django.db.models.signals import pre_delete

from auditlog.models import AuditLogEntry
from district.models import (
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserGroupSchoolYearRights,
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def settled(account, group, tool, school):
    """An account and a group with everything that can hang on them."""
    UserGroupMember.objects.create(user=account, group=group)
    UserToolRights.objects.create(user=account, tool=tool, right="Read")
    UserGroupToolRights.objects.create(group=group, tool=tool, right="Add")
    UserSchoolYearRights.objects.create(user=account, end_year=2010, school=school)
    UserGroupSchoolYearRights.objects.create(group=group)


def test_delete_of_an_instance_keeps_its_last_values(log, group):
    group.delete()
    assert log.lines() == [("UserGroup", "delete", "Title One")]
    assert log.changes()[0]["description"] == ("Reading", None)


def test_delete_of_a_stale_instance_keeps_what_the_database_held(log, group):
    UserGroup.objects.filter(pk=group.pk).update(name="Title Two")
    group.delete()
    assert log.lines()[-1] == ("UserGroup", "delete", "Title Two")


def test_delete_of_what_is_gone_already_leaves_nothing_more(log, group):
    twin = UserGroup.objects.get(pk=group.pk)
    group.delete()
    twin.delete()
    assert log.lines() == [("UserGroup", "delete", "Title One")]
    with pytest.raises(ValueError, match="no id"):
        group.delete()


def test_delete_under_an_id_given_as_text_is_recorded_once(log, group):
    UserGroup(pk=str(group.pk)).delete()
    assert log.lines() == [("UserGroup", "delete", "Title One")]


def test_delete_of_an_account_takes_and_tells_all_that_hangs_on_it(settled, log, account):
    log.__init__()
    account.delete()
    assert sorted(log.lines()) == [
        ("UserAccount", "delete", "lbush"),
        ("UserGroupMember", "delete", "lbush, Title One"),
        ("UserSchoolYearRights", "delete", "lbush, 2010, Steep Falls Elementary School"),
        ("UserToolRights", "delete", f"lbush, {UserGroupToolRights.objects.get().tool.name}"),
    ]
    assert log.lines()[-1][0] == "UserAccount"


def test_delete_of_a_group_takes_and_tells_all_that_hangs_on_it(settled, log, group):
    log.__init__()
    group.delete()
    assert [table for table, _action, _object in sorted(log.lines())] == [
        "UserGroup",
        "UserGroupMember",
        "UserGroupSchoolYearRights",
        "UserGroupToolRights",
    ]
    assert log.lines()[-1] == ("UserGroup", "delete", "Title One")


def test_queryset_delete_tells_every_record_and_all_that_hangs_on_them(settled, log):
    log.__init__()
    UserAccount.objects.filter(username="lbush").delete()
    assert len(log.lines()) == 4
    UserGroup.objects.filter(name="Title One").delete()
    assert len(log.lines()) == 7


def test_delete_under_a_proxy_is_recorded(log, group, proxy):
    proxy.objects.get(pk=group.pk).delete()
    proxy.objects.create(name="Health Staff")
    proxy.objects.filter(name="Health Staff").delete()
    assert [line for line in log.lines() if line[1] == "delete"] == [
        ("UserGroup", "delete", "Title One"),
        ("UserGroup", "delete", "Health Staff"),
    ]


def test_delete_by_another_collector_is_recorded_by_its_signals(settled, log, account):
    log.__init__()
    collector = Collector(using="default")
    collector.collect([account])
    collector.delete()
    assert len(log.lines()) == 4
    assert {action for _table, action, _object in log.lines()} == {"delete"}


def test_a_tool_or_a_school_that_somebody_has_rights_on_cannot_go(settled, log, tool, school):
    log.__init__()
    for record in (tool, school):
        with pytest.raises(ProtectedError), transaction.atomic():
            record.delete()
    assert log.lines() == []


def test_a_receiver_that_deletes_what_is_just_going_does_not_make_it_go_twice(settled, log, account):
    def take_memberships(instance, **kwargs):
        instance.memberships.all().delete()

    log.__init__()
    pre_delete.connect(take_memberships, sender=UserAccount)
    try:
        account.delete()
    finally:
        pre_delete.disconnect(take_memberships, sender=UserAccount)
    assert len(log.lines()) == len(set(log.lines())) == 4


def test_raw_delete_is_refused(log, group):
    with pytest.raises(TypeError, match="no trace"):
        UserGroup.objects.filter(pk=group.pk)._raw_delete("default")
    assert UserGroup.objects.filter(pk=group.pk).exists()


def test_the_entries_read_the_same_when_everything_they_tell_of_is_gone(settled, account, group, tool, school):
    def text():
        return [
            (entry.affected_object, list(entry.descriptions.values_list()), list(entry.details.values_list()))
            for entry in AuditLogEntry.objects.order_by("id")[:count]
        ]

    count = AuditLogEntry.objects.count()
    before = text()
    account.delete()
    group.delete()
    tool.delete()
    school.delete()
    assert text() == before


def test_no_foreign_key_of_the_log_leads_to_a_record():
    with connection.cursor() as cursor:
        for table in ("AuditLogEntry", "AuditLogEntryDescription", "AuditLogEntryDetail", "AuditLogEntryName"):
            relations = connection.introspection.get_relations(cursor, table)
            assert {target for _column, target, *_rest in relations.values()} <= {"AuditLogEntry"}
