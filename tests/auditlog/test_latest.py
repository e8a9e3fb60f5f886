from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from auditlog.areas import subject_key
from auditlog.context import acting_as
from auditlog.latest import UNKNOWN, latest
from auditlog.models import AuditLogEntry
from district.models import UserAccount, UserGroup, UserGroupMember, UserSchoolYearRights
from district.preferences import set_value

START = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(account, group):
    with acting_as("first", at=START):
        return UserGroupMember.objects.create(user=account, group=group)


def of(member):
    return subject_key("UserGroupMember", member.user_id, member.group_id)


def again(member, who, minutes=1):
    with acting_as(who, at=START + timedelta(minutes=minutes)):
        return UserGroupMember.objects.create(user_id=member.user_id, group_id=member.group_id)


def taken(member):
    with acting_as("taker", at=START + timedelta(seconds=30)):
        member.delete()


def known(subject):
    """Who gave it and who changed it since."""
    found = latest([subject])[subject]
    return found.added and found.added.changed_by, found.changed and found.changed.changed_by


def test_the_entry_that_gave_it_is_named_with_its_time_and_person(member):
    told = latest([of(member)])[of(member)].added
    entry = AuditLogEntry.objects.get(table="UserGroupMember")
    assert told is not None
    assert (told.id, told.timestamp, told.changed_by) == (entry.pk, START, "first")


def test_of_what_was_given_again_the_last_giving_counts(member):
    taken(member)
    again(member, "second")
    assert known(of(member)) == ("second", None)


def test_given_and_taken_in_the_same_moment_the_order_of_the_entries_decides(member):
    with acting_as("in one go", at=START):
        member.delete()
        UserGroupMember.objects.create(user_id=member.user_id, group_id=member.group_id)
    assert known(of(member)) == ("in one go", None)


def test_what_was_given_again_unrecorded_is_not_blamed_on_an_older_giving(member):
    taken(member)
    set_value("AuditUsers", "false")
    again(member, "unseen")
    assert known(of(member)) == (None, None)


def test_what_was_never_recorded_is_unknown(db):
    assert latest(["UserGroupMember:1:2"]) == {"UserGroupMember:1:2": UNKNOWN}
    assert latest([]) == {}


def test_a_change_since_is_told_beside_the_giving(account):
    with acting_as("giver"):
        row = UserSchoolYearRights.objects.create(user=account)
    for who, value in (("changer", True), ("last changer", False)):
        with acting_as(who):
            row.modify_rights = value
            row.save()
    assert known(subject_key("UserSchoolYearRights", row.pk)) == ("giver", "last changer")


def test_a_change_of_what_was_given_unrecorded_is_told_too(account):
    set_value("AuditUsers", "false")
    row = UserSchoolYearRights.objects.create(user=account)
    set_value("AuditUsers", "true")
    with acting_as("changer"):
        row.modify_rights = True
        row.save()
    assert known(subject_key("UserSchoolYearRights", row.pk)) == (None, "changer")


def test_many_are_looked_up_in_as_many_statements_as_one(django_assert_num_queries, group):
    people = [UserAccount.objects.create_user(f"member-{n}") for n in range(600)]
    UserGroupMember.objects.bulk_create(UserGroupMember(user=user, group=group) for user in people)
    subjects = [subject_key("UserGroupMember", user.pk, group.pk) for user in people]
    with django_assert_num_queries(2):
        latest(subjects[:1])
    with django_assert_num_queries(2):
        assert all(found.added for found in latest(subjects).values())


def test_a_renamed_record_is_the_same_record(member, account, group):
    account.username, group.name = "somebody.else", "Another name"
    account.save()
    group.save()
    UserAccount.objects.create_user("lbush")
    assert known(of(member)) == ("first", None)


def test_names_that_only_begin_alike_are_others(account):
    groups = UserGroup.objects.bulk_create(UserGroup(name=f"group {n}") for n in range(12))
    with acting_as("giver"):
        UserGroupMember.objects.create(user=account, group=groups[-1])
    short = str(groups[-1].pk)[:1]
    assert known(f"UserGroupMember:{account.pk}:{short}") == (None, None)
