from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.db.models import Value
from django.db.models.functions import Concat

from auditlog import triggers
from auditlog.models import AuditLogEntryDetail
from district.models import Tool, UserGroup

pytestmark = pytest.mark.django_db(transaction=True)


def rows() -> list[tuple]:
    return [*Tool.objects.order_by("pk").values_list(), *AuditLogEntryDetail.objects.order_by("pk").values_list()]


def waits() -> str:
    """How long the connection waits for a lock: what a session may have set."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout" if connection.vendor == "postgresql" else "SELECT 'as it is set up'")
        return cursor.fetchone()[0]


def test_rows_schema_and_triggers_are_put_back(django_db_setup):
    before, tables = rows(), set(connection.introspection.table_names())
    assert before
    triggers.drop_triggers(connection)
    AuditLogEntryDetail.objects.all()._raw_delete(using="default")
    UserGroup.objects.create(name="left behind")
    Tool.objects.update(path=Concat("path", Value(" changed")))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE left_behind (id integer)")
    django_db_setup.put_back()
    assert rows() == before
    assert not UserGroup.objects.filter(name="left behind").exists()
    assert set(connection.introspection.table_names()) == tables
    assert triggers.missing_triggers(connection) == set()


def test_rows_alone_are_put_back_with_the_numbers_that_come_next_and_nothing_of_a_session_stays(django_db_setup):
    before = rows()
    patience = waits()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'" if connection.vendor == "postgresql" else "SELECT 1")
    Tool.objects.update(path=Concat("path", Value(" changed")))
    first = UserGroup.objects.create(name="left behind").pk
    django_db_setup.put_back()
    assert rows() == before
    assert triggers.missing_triggers(connection) == set()
    assert UserGroup.objects.create(name="made anew").pk == first
    with pytest.raises(DatabaseError, match="append-only"):
        AuditLogEntryDetail.objects.all()._raw_delete(using="default")
    assert waits() == patience


@pytest.mark.parametrize("_turn", [1, 2])
def test_what_a_test_commits_is_gone_in_the_next(_turn):
    assert not UserGroup.objects.filter(name="committed").exists()
    UserGroup.objects.create(name="committed")
