"""Whom changes reach besides: the people of a group as they were, once for a change set and a group."""

from __future__ import annotations

import json

import pytest
from django.contrib import admin
from django.contrib.admin.actions import delete_selected
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models.deletion import Collector
from django.db.models.signals import pre_delete
from django.test.utils import CaptureQueriesContext

from auditlog.context import acting_as
from auditlog.models import AuditLogAffected, AuditLogEntry
from district.models import (
    School,
    Tool,
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserGroupSchoolYearRights,
    UserGroupToolRights,
    UserToolRights,
)
from district.preferences import set_value
from tests.district.pages import save_group

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    return [
        UserAccount.objects.create_user(name, first_name=first, last_name=last)
        for name, first, last in (("zoe", "Zoë", "O’Neill"), ("ann", "", ""), ("bob", "", "Bobson"))
    ]


@pytest.fixture
def group(people):
    """A group of all but the last, with everything that can hang on it."""
    group = UserGroup.objects.create(name="Teacher")
    group.users.add(*people[:2])
    tool, right = Tool.objects.all()[:2], "Read"
    UserGroupToolRights.objects.bulk_create(UserGroupToolRights(group=group, tool=one, right=right) for one in tool)
    UserGroupSchoolYearRights.objects.create(group=group, school=School.objects.create(name="Steep Falls"))
    return group


@pytest.fixture
def key(group):
    return f"UserGroup:{group.pk}"


def kept():
    """Whom the newest change set reached, by group: (user name, person's name) of each."""
    return {
        row.subject: [(username, name) for _id, username, name in json.loads(row.people)]
        for row in AuditLogAffected.objects.filter(change_set=AuditLogEntry.objects.order_by("-id")[0].change_set)
    }


ANN, BOB, ZOE = ("ann", ""), ("bob", "Bobson"), ("zoe", "Zoë O’Neill")


def described(group):
    group.description = "changed"
    group.save()


def with_a_tool_right(group):
    return UserGroupToolRights(group=group, tool=Tool.objects.all()[3], right="Add")


WRITES = {
    "save": described,
    "update": lambda group: UserGroup.objects.filter(pk=group.pk).update(description="x"),
    "bulk_update": lambda group: UserGroup.objects.bulk_update(
        [UserGroup(pk=group.pk, description="x")], ["description"]
    ),
    "upsert": lambda group: UserGroup.objects.bulk_create(
        [UserGroup(name="Teacher", description="x")],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["description"],
    ),
    "right": lambda group: with_a_tool_right(group).save(),
    "bulk_create": lambda group: UserGroupToolRights.objects.bulk_create([with_a_tool_right(group)]),
    "ignoring": lambda group: UserGroupToolRights.objects.bulk_create(
        [with_a_tool_right(group)], ignore_conflicts=True
    ),
    "right gone": lambda group: group.tool_rights.first().delete(),
    "rights gone": lambda group: UserGroupToolRights.objects.all().delete(),
    "right moved": lambda group: group.tool_rights.update(right="Write"),
    "calendar": lambda group: group.calendar_rights.create(end_year=2027),
    "calendar changed": lambda group: group.calendar_rights.update(modify_rights=True),
    "calendar gone": lambda group: group.calendar_rights.all().delete(),
    "group gone": lambda group: group.delete(),
    "groups gone": lambda group: UserGroup.objects.filter(pk=group.pk).delete(),
    "remove": lambda group: group.users.remove(UserAccount.objects.get(username="ann")),
    "clear": lambda group: group.users.clear(),
    "account gone": lambda group: UserAccount.objects.get(username="zoe").delete(),
    "accounts gone": lambda group: UserAccount.objects.filter(username__in=["ann", "zoe", "bob"]).delete(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=list(WRITES))
def test_a_change_to_a_group_keeps_who_is_in_it_and_what_takes_somebody_out_who_was(group, key, write):
    with acting_as("admin"):
        write(group)
    assert kept() == {key: [ANN, ZOE]}


def test_who_comes_in_is_in_the_group_from_both_sides(group, people):
    with acting_as("admin"):
        group.users.add(people[2])
    assert kept() == {f"UserGroup:{group.pk}": [ANN, BOB, ZOE]}
    other = UserGroup.objects.create(name="Other")
    with acting_as("admin"):
        people[2].groups.set([other])
    assert kept() == {f"UserGroup:{group.pk}": [ANN, BOB, ZOE], f"UserGroup:{other.pk}": [BOB]}


def test_a_membership_that_moves_touches_both_groups(group, people):
    other = UserGroup.objects.create(name="Other")
    with acting_as("admin"):
        UserGroupMember.objects.filter(user=people[0]).update(group=other)
    assert kept() == {f"UserGroup:{group.pk}": [ANN], f"UserGroup:{other.pk}": [ZOE]}


def test_a_group_is_kept_once_for_a_change_set_and_anew_for_the_next(group, key, people):
    with acting_as("admin"):
        described(group)
        group.users.add(people[2])
        with_a_tool_right(group).save()
        group.users.clear()
        group.delete()
    assert kept() == {key: [ANN, ZOE]}
    with acting_as("admin"):
        UserGroup.objects.create(name="Teacher").users.add(people[2])
    assert list(kept().values()) == [[BOB]]


def test_what_is_no_change_to_a_group_keeps_nobody(group, people):
    before = AuditLogAffected.objects.count()
    UserGroup.objects.create(name="new")
    UserGroup.objects.bulk_create([UserGroup(name="newer")])
    group.save()
    UserToolRights.objects.create(user=people[0], tool=Tool.objects.first(), right="Read")
    people[0].calendar_rights.create()
    people[2].delete()
    set_value("SearchLimit", "100")
    assert AuditLogAffected.objects.count() == before


def test_a_group_of_nobody_is_kept_as_that(people):
    group = UserGroup.objects.create(name="Nobody's")
    with acting_as("admin"):
        described(group)
    assert kept() == {f"UserGroup:{group.pk}": []}


def test_while_the_recording_is_off_nobody_is_kept(group):
    set_value("AuditUsers", "false")
    before = AuditLogAffected.objects.count()
    for name in ("save", "update", "right", "remove", "group gone"):
        WRITES[name](group)
    assert AuditLogAffected.objects.count() == before


def test_a_savepoint_that_is_rolled_back_takes_them_with_it(group, people):
    with acting_as("admin"):
        for fail in (True, False):
            try:
                with transaction.atomic():
                    UserGroupMember.objects.filter(user=people[1]).delete()
                    if fail:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                assert not AuditLogAffected.objects.filter(timestamp__gt=newest_time()).exists()
                UserGroupMember.objects.bulk_create([UserGroupMember(user=people[2], group=group)])
    assert kept() == {f"UserGroup:{group.pk}": [ANN, BOB, ZOE]}


def newest_time():
    return AuditLogEntry.objects.order_by("-id")[0].timestamp


def test_another_collector_keeps_who_was_there_before_it(group, key):
    with acting_as("admin"), transaction.atomic():
        collector = Collector(using="default")
        collector.collect([group])
        collector.delete()
    assert kept() == {key: [ANN, ZOE]}


def test_a_receiver_that_empties_a_group_that_is_going_does_not_hide_who_was_in_it(group, key):
    def empty(instance, **kwargs):
        instance.users.clear()

    pre_delete.connect(empty, sender=UserGroup)
    try:
        with acting_as("admin"):
            group.delete()
    finally:
        pre_delete.disconnect(empty, sender=UserGroup)
    assert kept() == {key: [ANN, ZOE]}


def test_the_pages_of_groups_keep_them_with_those_who_come_in_by_the_same_click(client, administrator, people):
    client.force_login(administrator)
    answer = save_group(
        client, None, name="New", members_add=[people[0].pk, people[2].pk], **{"calendar_rights-0-end_year": "2027"}
    )
    assert answer.status_code == 302
    assert list(kept().values()) == [[BOB, ZOE]]
    assert AuditLogEntry.objects.order_by("-id")[0].table == "UserGroupSchoolYearRights"


def test_the_admin_action_that_deletes_what_is_selected_keeps_them(group, administrator, rf):
    request = rf.post("/", {"post": "yes"})
    request.user = administrator
    request._messages = type("Messages", (), {"add": lambda *args: None})()
    with acting_as("admin"):
        delete_selected(admin.site._registry[UserGroup], request, UserGroup.objects.filter(pk=group.pk))
    assert kept() == {f"UserGroup:{group.pk}": [ANN, ZOE]}


def test_an_import_of_accounts_keeps_each_group_once(group, tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text("username,add_groups\njdoe,Teacher\nlbush,Teacher\n")
    call_command("import_accounts", str(path), verbosity=0)
    assert kept() == {f"UserGroup:{group.pk}": [ANN, ("jdoe", ""), ("lbush", ""), ZOE]}


def test_they_carry_the_time_that_the_work_gives(group):
    with acting_as("admin"):
        described(group)
        group.delete()
    entry = AuditLogEntry.objects.filter(action="change").order_by("-id")[0]
    assert AuditLogAffected.objects.get(change_set=entry.change_set).timestamp == entry.timestamp


def test_names_are_kept_to_the_letter(people):
    hostile = '"},]\\ \u202e\x01 😀 %s'
    UserAccount.objects.filter(pk=people[0].pk).update(username=hostile, first_name=" Q ", last_name="")
    group = UserGroup.objects.create(name="Teacher")
    with acting_as("admin"):
        group.users.add(people[0])
    assert kept() == {f"UserGroup:{group.pk}": [(hostile, "Q")]}


@pytest.mark.parametrize("write", ["update", "delete"])
def test_many_groups_cost_as_many_statements_as_one(people, write):
    def statements(number):
        groups = UserGroup.objects.bulk_create([UserGroup(name=f"{number} {n}") for n in range(number)])
        for person in people:
            person.groups.add(*groups)
        found = UserGroupMember.objects if write == "delete" else UserGroup.objects
        chosen = found.filter(**{"group__name__startswith" if write == "delete" else "name__startswith": f"{number} "})
        with acting_as("admin"), CaptureQueriesContext(connection) as queries:
            chosen.delete() if write == "delete" else chosen.update(description="x")
        assert len(kept()) == number
        return sum("AuditLogAffected" in query["sql"] for query in queries)

    assert statements(1) == statements(300) == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL knows how many members a group has, and chooses")
def test_a_group_is_read_along_its_own_members_and_not_through_all_accounts(group):
    with CaptureQueriesContext(connection) as queries:
        described(group)
    (keeping,) = (query["sql"] for query in queries if "AuditLogAffected" in query["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {keeping}")
        steps = [detail for *_numbers, detail in cursor.fetchall()]
    assert {step for step in steps if step.startswith("SCAN")} == {
        "SCAN json_each VIRTUAL TABLE INDEX 1:",
        "SCAN (subquery-2)",
    }
    assert any(step.startswith("SEARCH member USING INTEGER PRIMARY KEY") for step in steps)
