"""Invariant 5: a fixed number of statements for each call, however many rows it touches."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auditlog.models import AuditLogEntry
from district.models import Tool, UserGroup, UserGroupMember, UserGroupToolRights, UserSchoolYearRights

pytestmark = pytest.mark.django_db


def statements(call):
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


def upsert(rows):
    UserGroup.objects.bulk_create(
        [UserGroup(name=row.name, description="upserted") for row in rows],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["description"],
    )


def change(rows):
    UserGroup.objects.filter(pk__gte=min(row.pk for row in rows)).update(description="updated")


#: What Django itself needs grows with the rows on SQLite (999 parameters a statement); the recording does not.
def recording(call):
    """Statements that are the recording's own: those on the log, and its reading before and after."""
    with CaptureQueriesContext(connection) as queries:
        call()
    own = ("AuditLogEntry", "AuditLogAffected", "json_each", "unnest", "LOCK TABLE")
    return sum(any(word in query["sql"] for word in own) for query in queries)


def count_for(rows, account):
    counts = {}
    groups = [UserGroup(name=f"{rows} {number}") for number in range(rows)]
    counts["bulk_create"] = recording(lambda: UserGroup.objects.bulk_create(groups))
    counts["ignore_conflicts"] = recording(
        lambda: UserGroup.objects.bulk_create(
            [UserGroup(name=f"{rows} ignored {number}") for number in range(rows)], ignore_conflicts=True
        )
    )
    counts["update"] = statements(lambda: change(groups))
    counts["upsert"] = recording(lambda: upsert(groups))
    for group in groups:
        group.description = "bulk updated"
    counts["bulk_update"] = recording(lambda: UserGroup.objects.bulk_update(groups, ["description"]))
    counts["members"] = recording(
        lambda: UserGroupMember.objects.bulk_create([UserGroupMember(user=account, group=group) for group in groups])
    )
    counts["calendar"] = recording(
        lambda: UserSchoolYearRights.objects.bulk_create([UserSchoolYearRights(user=account) for _group in groups])
    )
    counts["clear"] = recording(lambda: account.groups.clear())
    tool = Tool.objects.first()
    rights = [UserGroupToolRights(group=group, tool=tool, right="Read") for group in groups]
    counts["rights"] = recording(lambda: UserGroupToolRights.objects.bulk_create(rights))
    counts["rights gone"] = recording(lambda: UserGroupToolRights.objects.filter(tool=tool).delete())
    counts["delete"] = recording(lambda: UserGroup.objects.filter(pk__in=[g.pk for g in groups]).delete())
    return counts


def test_bulk_calls_cost_the_recording_the_same_for_one_row_and_for_many(account):
    few, many = count_for(2, account), count_for(1_500, account)
    if connection.vendor == "sqlite":
        # The WHERE id IN (1500 numbers) that deletes many is Django's own.
        few.pop("delete"), many.pop("delete")
    assert few == many


@pytest.mark.slow
def test_ten_thousand_rows_cost_as_many_statements_as_one_and_are_all_told(log):
    # “Many changes in one go” is marked once in a change set, by a statement of its own.
    UserGroup.objects.bulk_create(UserGroup(name=f"before {number}") for number in range(30))
    counts = []
    for rows in (1, 10_000):
        groups = [UserGroup(name=f"{rows} {number}") for number in range(rows)]
        create = recording(lambda groups=groups: UserGroup.objects.bulk_create(groups))
        counts.append((create, statements(lambda groups=groups: change(groups))))
    assert counts[0] == counts[1]
    assert AuditLogEntry.objects.filter(id__gt=log.start).count() == 30 + 2 * 10_001


def test_a_single_save_costs_a_fixed_handful(group):
    # With who is in the group: on PostgreSQL that is part of the one statement.
    ours = {"postgresql": 1, "sqlite": 8}[connection.vendor]
    group.name = "Title Two"
    # Savepoint, read and lock, write, read again, entry, release.
    assert statements(group.save) == 5 + ours
    assert statements(group.save) == 5
    assert statements(group.delete) <= 18 + ours
