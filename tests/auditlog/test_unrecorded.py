"""The periods without recording, as the log's own entries tell them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auditlog.context import acting_as
from auditlog.unrecorded import unrecorded_periods
from district.models import Preference, UserGroup

pytestmark = pytest.mark.django_db


def day(number: int) -> datetime:
    return datetime(2026, 3, number, 18, tzinfo=UTC)


def switched(number: int, value: str) -> None:
    with acting_as("admin", at=day(number)):
        Preference.objects.update_or_create(name="AuditUsers", defaults={"value": value})


def periods(start=None, end=None, tables=None):
    return [(period.start, period.end) for period in unrecorded_periods(start, end, tables=tables)]


def test_other_records_of_that_name_switch_nothing():
    switched(1, "false")
    switched(2, "true")
    with acting_as("admin", at=day(3)):
        group = UserGroup.objects.create(name="AuditUsers", description="true")
        group.description = "false"
        group.save()
    assert periods() == [(day(1), day(2))]


def test_only_what_touches_the_range_and_the_tables_is_told():
    for number, value in ((1, "false"), (2, "true"), (5, "false")):
        switched(number, value)
    assert periods(start=day(3)) == [(day(5), None)]
    assert periods(end=day(4)) == [(day(1), day(2))]
    assert periods(tables=["Preference"]) == []
    assert len(periods(tables=["Preference", "UserGroup"])) == 2


def test_it_is_one_statement_that_begins_with_the_name():
    """Along the entries' tables it would pass over every change of a preference that ever was."""
    switched(1, "false")
    with CaptureQueriesContext(connection) as asked:
        assert len(periods()) == 1
    (statement,) = asked.captured_queries
    where = statement["sql"].partition(" WHERE ")[2]
    assert '"AuditLogEntryName"."folded"' in where
    assert '"table"' not in where
    assert '"affected_object"' not in where
