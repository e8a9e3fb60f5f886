"""loaddata, admin actions, and what goes beside the ORM."""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.actions import delete_selected
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.state import ModelState, ProjectState

from auditlog.recorder import AuditNotAtomic
from district.models import Preference, UserGroup

ACCOUNT = {"username": "lbush", "password": "md5$a$canary", "modified": "2026-08-01T08:00:00Z"}
ROWS = [
    {"model": "district.usergroupmember", "pk": 4713, "fields": {"user": 4711, "group": 4712}},
    {"model": "district.useraccount", "pk": 4711, "fields": ACCOUNT},
    {"model": "district.usergroup", "pk": 4712, "fields": {"name": "Health Staff"}},
]


def load(tmp_path, rows):
    fixture = tmp_path / "rows.json"
    fixture.write_text(json.dumps(rows))
    call_command("loaddata", str(fixture), verbosity=0)


@pytest.mark.django_db
def test_loaddata_is_recorded_also_where_a_row_comes_before_what_it_refers_to(log, tmp_path):
    load(tmp_path, ROWS)
    assert log.lines() == [
        ("UserGroupMember", "add", "4711, 4712"),
        ("UserAccount", "add", "lbush"),
        ("UserGroup", "add", "Health Staff"),
    ]
    load(tmp_path, ROWS)
    assert len(log.lines()) == 3


@pytest.mark.django_db
def test_loaddata_over_a_record_is_a_change(log, group, tmp_path):
    load(tmp_path, [{"model": "district.usergroup", "pk": group.pk, "fields": {"name": "Title Two"}}])
    assert log.changes() == [{"name": ("Title One", "Title Two"), "description": ("Reading", "")}]


@pytest.mark.django_db
def test_loaddata_of_a_preference_outside_the_catalogue_is_refused_whole(log, tmp_path):
    rows = [*ROWS, {"model": "district.preference", "pk": 1, "fields": {"name": "NoSuchThing", "value": "1"}}]
    with pytest.raises(ValidationError, match="NoSuchThing"), transaction.atomic():
        load(tmp_path, rows)
    assert log.lines() == []
    assert not UserGroup.objects.filter(pk=4712).exists()


@pytest.mark.django_db(transaction=True)
def test_a_deserialized_record_saved_outside_of_a_transaction_is_refused_before_it_is_written():
    (found,) = serializers.deserialize("python", ROWS[2:])
    with pytest.raises(AuditNotAtomic):
        found.save()
    assert not UserGroup.objects.filter(pk=4712).exists()


@pytest.mark.django_db
def test_the_admin_action_that_deletes_what_is_selected_is_recorded(log, group, administrator, rf):
    log.__init__()
    request = rf.post("/", {"post": "yes"})
    request.user = administrator
    request._messages = type("Messages", (), {"add": lambda *args: None})()
    model_admin = admin.site._registry[UserGroup]
    delete_selected(model_admin, request, UserGroup.objects.filter(pk=group.pk))
    assert log.lines() == [("UserGroup", "delete", "Title One")]


@pytest.mark.django_db
def test_raw_sql_is_not_recorded_as_the_table_of_paths_says(log, group):
    with connection.cursor() as cursor:
        cursor.execute('UPDATE "UserGroup" SET name = %s WHERE id = %s', ["Title Two", group.pk])
    assert UserGroup.objects.get(pk=group.pk).name == "Title Two"
    assert log.lines() == []


@pytest.mark.django_db
def test_the_models_of_a_migrations_state_are_not_recorded_as_the_table_of_paths_says(log):
    state = ProjectState()
    for model in (*apps.get_app_config("auditlog").get_models(), *apps.get_app_config("district").get_models()):
        state.add_model(ModelState.from_model(model))
    historical = state.apps.get_model("district", "UserGroup")
    historical.objects.create(name="Health Staff")
    assert log.lines() == []


@pytest.mark.django_db
def test_the_real_models_in_a_migration_are_recorded(log):
    UserGroup.objects.using(connection.alias).create(name="Health Staff")
    Preference.objects.using(connection.alias).create(name="AuditUsers", value="false")
    assert log.lines() == [("UserGroup", "add", "Health Staff"), ("Preference", "change", "AuditUsers")]
