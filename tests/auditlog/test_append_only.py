"""Invariant 6: the database itself refuses to change or remove what is logged."""

from __future__ import annotations

import datetime
import sqlite3

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, models, transaction

from auditlog import checks, triggers
from auditlog.models import (
    AccessLogEntry,
    AuditLogAcknowledgement,
    AuditLogAffected,
    AuditLogEntry,
    AuditLogEntryMark,
)
from auditlog.triggers import append_only_tables, missing_triggers
from district.models import UserGroup

TABLES = [
    "AuditLogEntry",
    "AuditLogEntryDescription",
    "AuditLogEntryDetail",
    "AuditLogEntryName",
    "AuditLogEntrySubject",
    "AuditLogEntryProperty",
    "AuditLogEntryMark",
    "AuditLogAcknowledgement",
    "AuditLogAffected",
    "AccessLogEntry",
]
ON_SQLITE = connection.vendor == "sqlite"


def execute(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def filled(group):
    entry, now = AuditLogEntry.objects.first(), datetime.datetime.now(datetime.UTC)
    AuditLogEntryMark.objects.create(entry=entry, mark="many", timestamp=now)
    AuditLogAcknowledgement.objects.create(entry=entry, timestamp=now, acknowledged_by="x")
    AuditLogAffected.objects.create(change_set=entry.change_set, subject="UserGroup:1", timestamp=now, people="[]")
    AccessLogEntry.objects.create(
        timestamp=now,
        event="refused",
        subject="x",
        reference="00000000-0000-0000-0000-000000000001",
        changed_by="x",
        channel="web",
    )
    # PostgreSQL truncates nothing that a deferred check waits for.
    connection.check_constraints()


def test_the_tables_under_guard_are_those_of_the_log():
    assert set(TABLES) <= set(append_only_tables())


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE "{0}" SET id = id',
        'DELETE FROM "{0}"',
        'DELETE FROM "{0}" WHERE id = (SELECT max(id) FROM "{0}")',
        'REPLACE INTO "{0}" SELECT * FROM "{0}"' if ON_SQLITE else 'TRUNCATE "{0}" CASCADE',
        'INSERT INTO "{0}" SELECT * FROM "{0}" WHERE true ON CONFLICT (id) DO UPDATE SET id = excluded.id',
    ],
)
def test_the_database_refuses(filled, table, statement):
    with pytest.raises(DatabaseError, match="append-only"):
        execute(statement.format(table))


@pytest.mark.django_db
def test_a_replace_by_another_unique_key_is_refused_by_a_client_of_its_own_too(filled):
    """A client that knows nothing of our settings: recursive_triggers is off there."""
    if not ON_SQLITE:
        with pytest.raises(DatabaseError, match="duplicate key"):
            execute(
                'INSERT INTO "AuditLogEntryDescription" (entry_id, position, name, value) '
                'SELECT entry_id, position, name, value FROM "AuditLogEntryDescription"'
            )
        return
    copy = sqlite3.connect(":memory:")
    schema = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name = 'AuditLogEntryDescription'"
    with connection.cursor() as cursor:
        for (statement,) in cursor.execute(schema).fetchall():
            copy.execute(statement)
    insert = "INSERT {} INTO \"AuditLogEntryDescription\" (entry_id, position, name, value) VALUES (1, 0, 'a', ?)"
    copy.execute(insert.format(""), ["true"])
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        copy.execute(insert.format("OR REPLACE"), ["forged"])
    assert copy.execute('SELECT value FROM "AuditLogEntryDescription"').fetchall() == [("true",)]
    copy.close()


@pytest.mark.django_db
def test_the_models_refuse_earlier_and_say_why(group):
    entry = AuditLogEntry.objects.first()
    for refused in (
        entry.save,
        entry.delete,
        AuditLogEntry.objects.all().delete,
        lambda: AuditLogEntry.objects.update(table="x"),
        lambda: AuditLogEntry.objects.bulk_update([entry], ["table"]),
        lambda: entry.details.all().delete(),
    ):
        with pytest.raises(TypeError, match="is append-only: its rows are neither changed nor removed"):
            refused()


@pytest.mark.django_db(transaction=True)
def test_the_triggers_are_there_after_a_migration_and_after_a_flush():
    assert missing_triggers(connection) == set()
    triggers.drop_triggers(connection)
    assert missing_triggers(connection)
    call_command("flush", interactive=False, verbosity=0)
    assert missing_triggers(connection) == set()


@pytest.mark.django_db(transaction=True)
def test_migrate_as_it_is_called_from_the_command_line_makes_missing_triggers_and_is_not_kept_from_it_by_a_check():
    triggers.drop_triggers(connection)
    call_command("migrate", verbosity=0, skip_checks=False)
    assert missing_triggers(connection) == set()


@pytest.mark.django_db(transaction=True)
def test_the_triggers_are_made_anew_after_a_migration_that_remakes_a_log_table():
    field = models.CharField(max_length=5, default="x")
    field.set_attributes_from_name("extra")
    with connection.schema_editor() as editor:
        editor.add_field(AuditLogEntry, field)
    try:
        # Here is what this guards against: Django's remake of an SQLite table loses them without a word.
        assert bool(missing_triggers(connection)) is ON_SQLITE
        call_command("migrate", verbosity=0)
        assert missing_triggers(connection) == set()
    finally:
        triggers.drop_triggers(connection)
        with connection.schema_editor() as editor:
            editor.remove_field(AuditLogEntry, field)
        call_command("migrate", verbosity=0)
    assert missing_triggers(connection) == set()


@pytest.mark.django_db(transaction=True)
def test_migrate_refuses_to_finish_without_the_triggers(monkeypatch):
    triggers.drop_triggers(connection)
    with monkeypatch.context() as broken:
        broken.setattr(triggers, "make_triggers", lambda connection: None)
        with pytest.raises(CommandError, match="AuditLogEntry"):
            call_command("migrate", verbosity=0)
        assert [error.id for error in checks.append_only(None, databases=["default"])] == ["auditlog.E009"]
    call_command("migrate", verbosity=0)
    assert checks.append_only(None, databases=["default"]) == []
    assert checks.append_only(None, databases=None) == []


HARMLESS = (
    {
        "another body": (
            'DROP TRIGGER "AuditLogEntry_no_delete"',
            'CREATE TRIGGER "AuditLogEntry_no_delete" BEFORE DELETE ON "AuditLogEntry" BEGIN SELECT 1; END',
        ),
        "a condition": (
            'DROP TRIGGER "AuditLogEntry_no_delete"',
            (
                'CREATE TRIGGER "AuditLogEntry_no_delete" BEFORE DELETE ON "AuditLogEntry" WHEN OLD.id < 0 '
                "BEGIN SELECT RAISE(ABORT, 'AuditLogEntry is append-only: DELETE refused'); END"
            ),
        ),
        "another table": (
            'DROP TRIGGER "AuditLogEntry_no_delete"',
            (
                'CREATE TRIGGER "AuditLogEntry_no_delete" BEFORE DELETE ON "UserGroup" '
                "BEGIN SELECT RAISE(ABORT, 'AuditLogEntry is append-only: DELETE refused'); END"
            ),
        ),
    }
    if ON_SQLITE
    else {
        "switched off": ('ALTER TABLE "AuditLogEntry" DISABLE TRIGGER "AuditLogEntry_append_only"',),
        "for replicas alone": ('ALTER TABLE "AuditLogEntry" ENABLE REPLICA TRIGGER "AuditLogEntry_append_only"',),
        "another function": (
            'CREATE FUNCTION "harmless"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$',
            (
                'CREATE OR REPLACE TRIGGER "AuditLogEntry_append_only" BEFORE UPDATE OR DELETE ON "AuditLogEntry" '
                'FOR EACH ROW EXECUTE FUNCTION "harmless"()'
            ),
        ),
        "a condition": (
            (
                'CREATE OR REPLACE TRIGGER "AuditLogEntry_append_only" BEFORE UPDATE OR DELETE ON "AuditLogEntry" '
                'FOR EACH ROW WHEN (OLD.id < 0) EXECUTE FUNCTION "auditlog_refuse"()'
            ),
        ),
        "another occasion": (
            (
                'CREATE OR REPLACE TRIGGER "AuditLogEntry_append_only" BEFORE INSERT ON "AuditLogEntry" '
                'FOR EACH ROW EXECUTE FUNCTION "auditlog_refuse"()'
            ),
        ),
        "one column": (
            (
                'CREATE OR REPLACE TRIGGER "AuditLogEntry_append_only" BEFORE DELETE OR UPDATE OF channel '
                'ON "AuditLogEntry" FOR EACH ROW EXECUTE FUNCTION "auditlog_refuse"()'
            ),
        ),
    }
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", HARMLESS)
def test_a_trigger_that_was_made_harmless_is_found_and_made_anew(how):
    UserGroup.objects.create(name="A")
    for statement in HARMLESS[how]:
        execute(statement)
    harmless = {"AuditLogEntry_no_delete" if ON_SQLITE else "AuditLogEntry_append_only"}
    assert missing_triggers(connection) == harmless
    [error] = checks.append_only(None, databases=["default"])
    assert f"are missing or do not refuse: {harmless.pop()}." in error.msg
    call_command("migrate", verbosity=0)
    assert missing_triggers(connection) == set()
    with pytest.raises(DatabaseError, match="append-only: DELETE refused"):
        execute('DELETE FROM "AuditLogEntry"')


@pytest.mark.django_db(transaction=True)
def test_a_function_that_refuses_nothing_any_more_is_found_and_made_anew():
    if ON_SQLITE:
        return  # triggers run no functions there
    execute(
        'CREATE OR REPLACE FUNCTION "auditlog_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$'
    )
    assert len(missing_triggers(connection)) == 2 * len(append_only_tables())
    call_command("migrate", verbosity=0)
    assert missing_triggers(connection) == set()
