from __future__ import annotations

import pytest

from auditlog.context import acting_as
from auditlog.models import AuditLogAffected, AuditLogEntry
from district.models import UserAccount, UserGroup, UserGroupMember

from .shown import newest

pytestmark = pytest.mark.django_db


def described_to(*people: UserAccount) -> AuditLogEntry:
    """A change to a group that had these members."""
    group = UserGroup.objects.create(name="Teacher")
    UserGroupMember.objects.bulk_create(UserGroupMember(user=person, group=group) for person in people)
    with acting_as("admin"):
        group.description = "changed"
        group.save()
    return newest()


def test_a_change_to_a_group_names_its_members_at_that_time(alone):
    jdoe = UserAccount.objects.create_user("jdoe", first_name="John", last_name="Doe")
    entry = described_to(jdoe, UserAccount.objects.create_user("lbush\u202e"))
    shown = alone(entry.pk)
    assert "Who was in the group at that time 2 people jdoe (John Doe) lbush⟨U+202E⟩" in shown.text
    UserGroup.objects.all().delete()
    jdoe.delete()
    assert "2 people jdoe (John Doe)" in alone(entry.pk).text


def test_many_members_are_counted_and_folded_away(alone):
    people = UserAccount.objects.bulk_create(UserAccount(username=f"user{number}") for number in range(300))
    shown = alone(described_to(*people).pk)
    assert '<details class="entry-people">' in shown.html
    assert "300 people" in shown.text
    assert "user299" in shown.text


def test_a_group_without_members_says_so(alone):
    assert "Who was in the group at that time Nobody." in alone(described_to().pk).text


def test_what_was_made_together_says_that_its_beginning_is_shown(alone):
    said = "As the group was when the first of the changes that were made together reached it."
    ann, bob = (UserAccount.objects.create_user(name) for name in ("ann", "bob"))
    assert said not in alone(described_to(ann).pk).text
    group = UserGroup.objects.get(name="Teacher")
    with acting_as("admin"):
        group.users.add(bob)
        group.users.remove(ann)
    assert f"{said} 2 people ann bob" in alone(newest().pk).text
    with acting_as("admin"):
        group.delete()
    assert f"{said} 1 person bob" in alone(newest().pk).text


def test_what_reached_nobody_else_says_nothing(alone):
    UserGroup.objects.create(name="Teacher")
    assert "Who was in the group" not in alone(newest().pk).text


def test_another_group_of_the_same_click_is_not_this_one(alone):
    with acting_as("admin"):
        one = UserGroup.objects.create(name="One")
        one.users.add(UserAccount.objects.create_user("ann"))
        UserGroup.objects.create(name="Two")
    assert "Who was in the group" not in alone(newest().pk).text
    assert "Who was in the group" in alone(newest().pk - 1).text


def test_who_may_not_read_the_log_does_not_learn_who_was_in_a_group(client, nobody_special):
    entry = described_to(UserAccount.objects.create_user("jdoe"))
    client.force_login(nobody_special)
    for address in (f"/audit-log/{entry.pk}/", f"/audit-log/?entry={entry.pk}"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert b"jdoe" not in answer.content
    assert AuditLogAffected.objects.filter(change_set=entry.change_set).exists()
