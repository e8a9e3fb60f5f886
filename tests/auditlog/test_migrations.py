"""What migrations do to what is there already."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

from auditlog.models import AuditLogEntry, AuditLogEntrySubject
from district.models import UserGroup, UserGroupMember

pytestmark = pytest.mark.django_db

own_key = import_module("auditlog.migrations.0006_own_key")


def test_entries_of_accounts_and_groups_from_before_get_the_key_that_they_alone_have_and_only_once(account, group):
    UserGroupMember.objects.create(user=account, group=group)
    group.name = "Title Two"
    group.save()
    older = [
        AuditLogEntry(
            timestamp=entry.timestamp,
            table=entry.table,
            action=entry.action,
            affected_object="old",
            changed_by="a",
            object_id=entry.object_id,
            change_set=entry.change_set,
            channel="web",
        )
        for entry in AuditLogEntry.objects.filter(table__in=("UserAccount", "UserGroup", "UserGroupMember"))
    ]
    for entry in older:
        entry.save()
        about = f"{entry.table}:{entry.object_id}"
        AuditLogEntrySubject(entry=entry, subject=about, timestamp=entry.timestamp).save()
    before = AuditLogEntrySubject.objects.count()
    for _time in range(2):
        with connection.cursor() as cursor:
            cursor.execute(own_key.ADD)
    found = AuditLogEntrySubject.objects.filter(entry__in=older, subject__endswith=":itself").order_by("entry_id")
    assert [(key.subject, key.timestamp) for key in found] == [
        (f"{entry.table}:{entry.object_id}:itself", entry.timestamp)
        for entry in older
        if entry.table != "UserGroupMember"
    ]
    assert AuditLogEntrySubject.objects.count() == before + len(found)
    assert UserGroup.objects.get(pk=group.pk).name == "Title Two"
