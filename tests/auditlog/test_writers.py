"""Invariant 2: two writers of one row at once, over real connections: their entries chain."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from auditlog.models import AuditLogEntry
from district.models import Preference, Tool, UserAccount, UserGroup, UserToolRights

from .logbook import Logbook, database_state, replayed_state

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Run each call in a thread with a connection of its own; what they raise is raised."""
    failures = []

    def run(call):
        try:
            call()
        except BaseException as failure:
            failures.append(failure)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures


class Meeting:
    """The first one writes, lets the second one start, and commits only when the second one waits."""

    def __init__(self):
        self.written, self.asked = threading.Event(), threading.Event()

    def first(self, write):
        def call():
            with transaction.atomic():
                write()
                self.written.set()
                assert self.asked.wait(30)
                # Time enough for the second one's statement to reach the lock.
                threading.Event().wait(0.3)

        return call

    def second(self, write):
        def call():
            assert self.written.wait(30)
            self.asked.set()
            write()

        return call


def rename(pk, name):
    def write():
        group = UserGroup(pk=pk, name=name, description="")
        group.save()

    return write


def update(pk, name):
    return lambda: UserGroup.objects.filter(pk=pk).update(name=name)


def bulk_update(pk, name):
    return lambda: UserGroup.objects.bulk_update([UserGroup(pk=pk, name=name)], ["name"])


@pytest.mark.parametrize("first", [rename, update, bulk_update])
@pytest.mark.parametrize("second", [rename, update, bulk_update])
def test_two_writers_of_one_row_chain(first, second):
    group = UserGroup.objects.create(name="a")
    log = Logbook()
    meeting = Meeting()
    at_once(meeting.first(first(group.pk, "b")), meeting.second(second(group.pk, "c")))
    assert log.changes() == [{"name": ("a", "b")}, {"name": ("b", "c")}]


def test_an_update_that_no_longer_matches_changes_nothing_and_says_so():
    group = UserGroup.objects.create(name="a")
    log = Logbook()
    meeting = Meeting()
    matched = []
    at_once(
        meeting.first(update(group.pk, "b")),
        meeting.second(lambda: matched.append(UserGroup.objects.filter(name="a").update(name="c"))),
    )
    assert matched == [0]
    assert log.changes() == [{"name": ("a", "b")}]


@pytest.mark.parametrize("write", [rename, update])
def test_a_delete_keeps_what_the_writer_before_it_left(write):
    group = UserGroup.objects.create(name="a")
    log = Logbook()
    meeting = Meeting()
    stale = UserGroup.objects.get(pk=group.pk)
    at_once(meeting.first(write(group.pk, "b")), meeting.second(stale.delete))
    assert log.lines() == [("UserGroup", "change", "b"), ("UserGroup", "delete", "b")]


def test_an_update_of_what_another_one_deletes_leaves_only_the_delete():
    group = UserGroup.objects.create(name="a")
    log = Logbook()
    meeting = Meeting()
    at_once(meeting.first(group.delete), meeting.second(update(group.pk, "b")))
    assert log.lines() == [("UserGroup", "delete", "a")]


def test_two_deletes_of_one_row_are_one_entry():
    group = UserGroup.objects.create(name="a")
    log = Logbook()
    meeting = Meeting()
    twin = UserGroup.objects.get(pk=group.pk)
    at_once(meeting.first(group.delete), meeting.second(twin.delete))
    assert log.lines() == [("UserGroup", "delete", "a")]


def test_two_upserts_of_one_name_are_an_add_and_a_change():
    log = Logbook()
    meeting = Meeting()

    def upsert(description):
        return lambda: UserGroup.objects.bulk_create(
            [UserGroup(name="a", description=description)],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["description"],
        )

    at_once(meeting.first(upsert("1")), meeting.second(upsert("2")))
    assert [entry.action for entry in log.entries()] == ["add", "change"]
    assert log.changes()[1] == {"description": ("1", "2")}


def test_many_writers_of_the_same_rows_in_different_order_never_wait_for_ever():
    UserGroup.objects.bulk_create([UserGroup(name=f"group {number}") for number in range(6)])
    groups = list(UserGroup.objects.filter(name__startswith="group").order_by("pk"))

    def write(ordered):
        def call():
            for _time in range(5):
                UserGroup.objects.filter(pk__in=[g.pk for g in ordered]).order_by("?").update(
                    description=Concat(F("description"), Value("x"))
                )
                UserGroup.objects.bulk_update(ordered, ["account_automation"])

        return call

    at_once(write(groups), write(groups[::-1]), write(groups[3:] + groups[:3]))
    assert set(UserGroup.objects.filter(name__startswith="group").values_list("description", flat=True)) == {"x" * 15}
    assert AuditLogEntry.objects.filter(action="change").count() == 6 * 15


def test_a_switch_made_by_one_connection_counts_for_the_next_write_of_another():
    log = Logbook()
    UserGroup.objects.create(name="a")
    at_once(lambda: Preference.objects.create(name="AuditUsers", value="false"))
    UserGroup.objects.create(name="b")
    at_once(lambda: Preference.objects.filter(name="AuditUsers").update(value="true"))
    UserGroup.objects.create(name="c")
    assert log.lines() == [
        ("UserGroup", "add", "a"),
        ("Preference", "change", "AuditUsers"),
        ("Preference", "change", "AuditUsers"),
        ("UserGroup", "add", "c"),
    ]


def test_threads_that_write_at_random_leave_a_log_that_tells_the_database():
    def write(name):
        def call():
            for number in range(10):
                group, _new = UserGroup.objects.get_or_create(name=f"{name} {number % 3}")
                group.description = f"{name}{number}"
                group.save()
                UserGroup.objects.filter(name="shared").update(description=f"{name}{number}")
                if number % 4 == 3:
                    group.delete()

        return call

    UserGroup.objects.create(name="shared")
    at_once(*(write(name) for name in "abcd"))
    assert replayed_state() == database_state()


def test_who_refers_to_a_record_does_not_wait_for_who_changes_it():
    """Otherwise the one here waits for the group, the other at its commit for the account: for ever."""
    if connection.vendor == "sqlite":
        return  # one writer at a time: nobody waits inside a transaction
    user, group = UserAccount.objects.create_user("jdoe"), UserGroup.objects.create(name="Staff")
    both = threading.Barrier(2, timeout=30)

    def change_both():
        with transaction.atomic():
            UserAccount.objects.filter(pk=user.pk).update(first_name="Jane")
            both.wait()
            UserGroup.objects.filter(pk=group.pk).update(description="changed")

    def refer_and_change():
        with transaction.atomic():
            UserGroup.objects.filter(pk=group.pk).update(description="first")
            UserToolRights.objects.create(user=user, tool=Tool.objects.first(), right="Read")
            both.wait()

    at_once(change_both, refer_and_change)
    assert UserGroup.objects.get(pk=group.pk).description == "changed"
    assert AuditLogEntry.objects.filter(table="UserGroup", action="change").count() == 2
