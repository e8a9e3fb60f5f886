"""A disk without room: what cannot be recorded is not done, what is there can be read, and then work goes on."""

from __future__ import annotations

import pytest
from django.db import connection

from auditlog.models import AuditLogEntry
from district.models import UserGroup
from tests.district.pages import save_group

pytestmark = pytest.mark.django_db(transaction=True)


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None


class Disk:
    """SQLite's own limit for a file; PostgreSQL has none, so there the log's table says what a full disk would."""

    def fill(self):
        if connection.vendor == "sqlite":
            execute(f"PRAGMA max_page_count = {execute('PRAGMA page_count')[0]}")
            return
        execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
        )
        execute('CREATE TRIGGER full_disk BEFORE INSERT ON "AuditLogEntry" EXECUTE FUNCTION full_disk()')

    def make_room(self):
        on_sqlite = connection.vendor == "sqlite"
        execute("PRAGMA max_page_count = 1000000" if on_sqlite else "DROP FUNCTION full_disk() CASCADE")


@pytest.fixture
def disk():
    disk = Disk()
    yield disk
    connection.close()


def make_group(client, number):
    """Its name, and the answer to saving it."""
    name = f"Coaches {number}"
    return name, save_group(client, name=name, description="of a team " * 20)


def test_a_change_for_which_there_is_no_room_is_refused_with_its_entry_and_made_when_there_is(
    client, administrator, disk
):
    client.force_login(administrator)
    client.raise_request_exception = False
    disk.fill()
    # What is left of SQLite's last pages takes some more.
    number, (name, answer) = 0, make_group(client, 0)
    while answer.status_code == 302 and number < 200:
        number += 1
        name, answer = make_group(client, number)
    assert answer.status_code == 503
    assert "Busy, try again" in answer.content.decode()
    assert UserGroup.objects.filter(name__startswith="Coaches").count() == number
    assert AuditLogEntry.objects.filter(affected_object__startswith="Coaches").count() == number
    assert client.get("/audit-log/").status_code == 200
    disk.make_room()
    name, answer = make_group(client, number)
    assert answer.status_code == 302
    assert AuditLogEntry.objects.filter(affected_object=name, action="add").count() == 1
