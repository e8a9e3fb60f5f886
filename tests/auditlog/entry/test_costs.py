"""What an entry costs to show: a fixed number of statements, each along an index, whatever the log holds."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management.color import no_style
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry, AuditLogEntryDescription, AuditLogEntrySubject
from district.models import UserAccount, UserGroup

from .shown import newest

pytestmark = pytest.mark.django_db

START = datetime(2020, 1, 1, tzinfo=UTC)
ONE_CLICK = uuid.UUID(int=7)


def entries_of(account: UserAccount, number: int, *, table: str = "UserAccount") -> None:
    """So many entries of one record, in one change set, many of them of the same moment.

    Those of another ``table`` are only about the account, as its rights are.
    """
    keys = ("", ":itself") if table == "UserAccount" else ("",)
    first = newest().pk + 1
    entries = [
        AuditLogEntry(
            pk=first + n,
            timestamp=START + timedelta(seconds=n // 100),
            table=table,
            action="change",
            affected_object=account.username,
            changed_by="admin",
            object_id=account.pk,
            change_set=ONE_CLICK,
            channel="web",
        )
        for n in range(number)
    ]
    AuditLogEntry.objects.bulk_create(entries)
    AuditLogEntrySubject.objects.bulk_create(
        AuditLogEntrySubject(entry_id=entry.pk, subject=f"UserAccount:{account.pk}{key}", timestamp=entry.timestamp)
        for entry in entries
        for key in keys
    )
    AuditLogEntryDescription.objects.bulk_create(
        AuditLogEntryDescription(entry_id=entry.pk, position=0, name="User name", value=account.username)
        for entry in entries
    )
    with connection.cursor() as cursor:
        # The ids were given here: what is recorded next comes after them.
        for statement in connection.ops.sequence_reset_sql(no_style(), [AuditLogEntry]):
            cursor.execute(statement)
        cursor.execute("ANALYZE")


def asked(client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, headers=PART if "entry=" in address else {}).status_code == 200
    return [query["sql"] for query in captured]


PART = {"HX-Request": "true", "HX-Target": "entry"}
ADDRESSES = ["/audit-log/{}/", "/audit-log/?entry={}"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_entry_of_ten_thousand_costs_what_one_of_ten_does(reader, address):
    few, many = UserAccount.objects.create_user("few"), UserAccount.objects.create_user("many")
    entries_of(few, 10)
    of_few = asked(reader, address.format(newest().pk - 5))
    entries_of(many, 10_000)
    middle = newest().pk - 5_000
    assert len(asked(reader, address.format(middle))) == len(of_few)
    assert len(of_few) <= 20
    for statement in asked(reader, address.format(middle)):
        if "AuditLog" in statement:
            assert reads_few_rows(statement), statement


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_account_is_followed_past_ten_thousand_entries_that_are_only_about_it(reader, address):
    with acting_as("setup", at=START - timedelta(days=1)):
        account = UserAccount.objects.create_user("much_given")
    made = newest().pk
    entries_of(account, 10_000, table="UserToolRights")
    account.first_name = "Ann"
    account.save()
    page = reader.get(address.format(newest().pk), headers=PART if "entry=" in address else {}).content.decode()
    assert re.search(rf'<dt>Entry before</dt><dd><a href="[^"]*[/=]{made}/?"', page)
    for pk in (made, newest().pk):
        for statement in asked(reader, address.format(pk)):
            if "AuditLog" in statement:
                assert reads_few_rows(statement), statement


def test_an_entry_costs_the_same_number_of_statements_however_many_properties_it_has(reader):
    UserGroup.objects.create(name="Title One")
    of_group = asked(reader, f"/audit-log/{newest().pk}/")
    UserAccount.objects.create_user("jdoe", first_name="J", last_name="Doe", email="j@example.org")
    assert len(asked(reader, f"/audit-log/{newest().pk}/")) == len(of_group)


def reads_few_rows(statement: str) -> bool:
    """Whether the database reads no more than some hundred rows of the log for it, and says so before it begins."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            steps = [detail for _id, _parent, _unused, detail in cursor.fetchall()]
            return not any(re.match(r"SCAN (?!CONSTANT|json_each)|USE TEMP B-TREE", step) for step in steps)
        # Of so small a table the whole is read sooner than an index; of a large one it is not.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        found = cursor.fetchone()[0]
        plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
        return all(rows <= 200 for rows in rows_read(plan))


def rows_read(plan: dict) -> list[float]:
    """The rows that each step of a plan reads, those that it drops included."""
    here = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return [here, *(rows for step in plan.get("Plans", []) for rows in rows_read(step))]
