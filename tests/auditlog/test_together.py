"""Invariant 1: the change and its entry commit together or not at all."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.signals import post_save, pre_delete

from auditlog import recorder
from auditlog.engines import engine_of
from auditlog.models import (
    AuditLogEntry,
    AuditLogEntryMark,
    AuditLogEntryName,
    AuditLogEntryProperty,
    AuditLogEntrySubject,
)
from auditlog.recorder import AuditNotAtomic
from district.models import UserGroup

from .logbook import Logbook

pytestmark = pytest.mark.django_db(transaction=True)


class BrokenError(Exception):
    pass


def test_a_save_that_fails_in_autocommit_leaves_no_entry():
    UserGroup.objects.create(name="Title One")
    log = Logbook()
    with pytest.raises(IntegrityError):
        UserGroup.objects.create(name="Title One")
    assert log.lines() == []


@pytest.mark.parametrize(
    "write",
    [
        lambda group: UserGroup.objects.create(name="New"),
        lambda group: group.save(),
        lambda group: group.delete(),
        lambda group: UserGroup.objects.filter(pk=group.pk).update(name="New"),
        lambda group: UserGroup.objects.bulk_create([UserGroup(name="New")]),
        lambda group: UserGroup.objects.bulk_create([UserGroup(name="New")], ignore_conflicts=True),
        lambda group: UserGroup.objects.bulk_create(
            [UserGroup(name="New")], update_conflicts=True, unique_fields=["name"], update_fields=["description"]
        ),
        lambda group: UserGroup.objects.bulk_update([group], ["name"]),
        lambda group: UserGroup.objects.filter(pk=group.pk).delete(),
    ],
    ids=["create", "save", "delete", "update", "bulk_create", "ignore", "upsert", "bulk_update", "queryset_delete"],
)
def test_what_cannot_be_recorded_is_not_written_in_autocommit(monkeypatch, write):
    group = UserGroup.objects.create(name="Title One")
    log = Logbook()
    group.name = "Title Two"
    monkeypatch.setattr(engine_of(connection), "write", _refuse)
    with pytest.raises(BrokenError):
        write(group)
    monkeypatch.undo()
    assert set(UserGroup.objects.exclude(name__startswith="STUDENT").values_list("name", flat=True)) == {"Title One"}
    assert log.lines() == []


def _refuse(*args, **kwargs):
    raise BrokenError


def _create_and_fail(name):
    with transaction.atomic():
        UserGroup.objects.create(name=name)
        raise BrokenError


def test_a_receiver_that_raises_takes_the_change_and_the_entry_with_it():
    group = UserGroup.objects.create(name="Title One")
    log = Logbook()
    post_save.connect(_refuse, sender=UserGroup)
    pre_delete.connect(_refuse, sender=UserGroup)
    try:
        with pytest.raises(BrokenError):
            UserGroup.objects.create(name="New")
        with pytest.raises(BrokenError):
            group.delete()
    finally:
        post_save.disconnect(_refuse, sender=UserGroup)
        pre_delete.disconnect(_refuse, sender=UserGroup)
    assert log.lines() == []
    assert UserGroup.objects.filter(name="Title One").exists()
    assert not UserGroup.objects.filter(name="New").exists()


def test_a_savepoint_that_is_rolled_back_takes_its_entries_with_it():
    log = Logbook()
    with transaction.atomic():
        UserGroup.objects.create(name="A")
        with pytest.raises(BrokenError):
            _create_and_fail("B")
        UserGroup.objects.create(name="C")
    assert log.lines() == [("UserGroup", "add", "A"), ("UserGroup", "add", "C")]
    assert beside() == {entry.id for entry in AuditLogEntry.objects.all()}


def beside():
    """The entries of which something stands beside the log."""
    models = (AuditLogEntryName, AuditLogEntrySubject, AuditLogEntryProperty, AuditLogEntryMark)
    return {entry for model in models for entry in model.objects.values_list("entry_id", flat=True)}


def test_a_transaction_that_is_rolled_back_leaves_nothing_and_no_change_set():
    log = Logbook()
    with pytest.raises(BrokenError):
        _create_and_fail("A")
    UserGroup.objects.create(name="B")
    UserGroup.objects.create(name="C")
    assert log.lines() == [("UserGroup", "add", "B"), ("UserGroup", "add", "C")]
    assert len({entry.change_set for entry in log.entries()}) == 2


def test_recording_outside_of_a_transaction_is_refused():
    with pytest.raises(AuditNotAtomic):
        recorder.require_transaction("default")
    assert not AuditLogEntry.objects.filter(affected_object="nothing").exists()
