"""Signal handlers are the way in for single objects; audited QuerySets cover the calls that send none."""

from __future__ import annotations

import pytest
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

from auditlog import receivers
from district.models import UserGroup

pytestmark = pytest.mark.django_db


@pytest.fixture
def without_receivers():
    assert pre_save.disconnect(dispatch_uid="auditlog.before_save")
    assert post_save.disconnect(dispatch_uid="auditlog.after_save")
    yield
    pre_save.connect(receivers.before_save, dispatch_uid="auditlog.before_save")
    post_save.connect(receivers.after_save, dispatch_uid="auditlog.after_save")


def test_with_the_receivers_disconnected_a_save_leaves_no_entry(log, group, without_receivers):
    group.name = "Title Two"
    group.save()
    UserGroup.objects.create(name="Health Staff")
    UserGroup.objects.get_or_create(name="Health Team")
    assert log.lines() == []


def test_with_the_receivers_disconnected_queryset_calls_still_record(log, group, without_receivers):
    UserGroup.objects.filter(pk=group.pk).update(name="Title Two")
    UserGroup.objects.bulk_create([UserGroup(name="A")])
    UserGroup.objects.bulk_update([UserGroup(pk=group.pk, name="Title Three")], ["name"])
    UserGroup.objects.filter(name="A").delete()
    assert [entry.action for entry in log.entries()] == ["change", "add", "change", "delete"]


def test_with_the_receivers_connected_again_a_save_is_recorded(log, group):
    group.name = "Title Two"
    group.save()
    assert len(log.lines()) == 1


def test_connecting_twice_records_once(log):
    pre_save.connect(receivers.before_save, dispatch_uid="auditlog.before_save")
    post_save.connect(receivers.after_save, dispatch_uid="auditlog.after_save")
    UserGroup.objects.create(name="A")
    assert len(log.lines()) == 1


def test_models_that_are_not_audited_have_no_listener_to_their_deletes():
    from django.contrib.sessions.models import Session

    assert not pre_delete.has_listeners(Session)
    assert not post_delete.has_listeners(Session)
    assert pre_delete.has_listeners(UserGroup)
