from __future__ import annotations

import json

import pytest

from auditlog.context import acting_as
from auditlog.models import AuditLogAffected, AuditLogEntry
from district.models import UserGroup

from .shown import newest

pytestmark = pytest.mark.django_db


def described_to(*people: tuple[int, str, str]) -> AuditLogEntry:
    """A change to a group that had these members."""
    group = UserGroup.objects.create(name="Teacher")
    with acting_as("admin"):
        group.description = "changed"
        group.save()
    entry = newest()
    AuditLogAffected(
        change_set=entry.change_set,
        subject=f"UserGroup:{group.pk}",
        timestamp=entry.timestamp,
        people=json.dumps(people),
    ).save()
    return entry


def test_a_change_to_a_group_names_its_members_at_that_time(alone):
    entry = described_to((17, "jdoe", "John Doe"), (18, "lbush\u202e", ""))
    shown = alone(entry.pk)
    assert "Who was in the group at that time 2 people jdoe (John Doe) lbush⟨U+202E⟩" in shown.text
    UserGroup.objects.all().delete()
    assert "2 people jdoe (John Doe)" in alone(entry.pk).text


def test_many_members_are_counted_and_folded_away(alone):
    entry = described_to(*[(number, f"user{number}", "") for number in range(300)])
    shown = alone(entry.pk)
    assert '<details class="entry-people">' in shown.html
    assert "300 people" in shown.text
    assert "user299" in shown.text


def test_a_group_without_members_says_so(alone):
    assert "Who was in the group at that time Nobody." in alone(described_to().pk).text


def test_what_reached_nobody_else_says_nothing(alone):
    UserGroup.objects.create(name="Teacher")
    assert "Who was in the group" not in alone(newest().pk).text


def test_another_group_of_the_same_click_is_not_this_one(alone):
    with acting_as("admin"):
        one = UserGroup.objects.create(name="One")
        UserGroup.objects.create(name="Two")
    AuditLogAffected(
        change_set=newest().change_set, subject=f"UserGroup:{one.pk}", timestamp=newest().timestamp, people="[]"
    ).save()
    assert "Who was in the group" not in alone(newest().pk).text
    assert "Who was in the group" in alone(newest().pk - 1).text
