from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat

from auditlog import triggers
from auditlog.models import AuditLogEntryDetail
from district.models import Tool, UserGroup

pytestmark = pytest.mark.django_db(transaction=True)


def rows() -> list[tuple]:
    return [*Tool.objects.order_by("pk").values_list(), *AuditLogEntryDetail.objects.order_by("pk").values_list()]


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


@pytest.mark.parametrize("_turn", [1, 2])
def test_what_a_test_commits_is_gone_in_the_next(_turn):
    assert not UserGroup.objects.filter(name="committed").exists()
    UserGroup.objects.create(name="committed")
