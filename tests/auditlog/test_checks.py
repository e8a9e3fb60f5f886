"""A mistake in the audit table stops the start, not the audit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.apps import apps
from django.apps.registry import Apps
from django.core import checks as django_checks
from django.db import connection, models

from auditlog import checks
from auditlog.areas import all_areas, area_of
from auditlog.engines import engine_of
from auditlog.models import AuditedModel
from auditlog.protection import protection_of
from district.models import UserAccount, UserGroup


@pytest.fixture
def ids(monkeypatch):
    """The ids of what the check finds with this area in the place of all others."""

    def found(area, model=None):
        known = {model or area.model_class: area}
        monkeypatch.setattr(apps.get_app_config("auditlog"), "areas", known)
        if model is not None:
            monkeypatch.setattr(type(area), "model_class", property(lambda self: model))
        return [error.id for error in checks.audit_table(None)]

    return found


@pytest.fixture
def groups():
    return area_of(UserGroup)


def test_the_audit_table_that_is_shipped_has_no_mistake():
    assert checks.audit_table(None) == []
    assert [error.id for error in django_checks.run_checks() if error.id.startswith("auditlog")] == []
    assert [area.name for area in all_areas()] == [
        "Preference",
        "UserAccount",
        "UserGroup",
        "UserGroupMember",
        "UserToolRights",
        "UserGroupToolRights",
        "UserSchoolYearRights",
        "UserGroupSchoolYearRights",
    ]


def test_a_column_that_nobody_classified_is_found(ids, groups):
    assert ids(replace(groups, recorded=groups.recorded[1:])) == ["auditlog.E001"]


def test_a_name_that_is_no_column_is_found(ids, groups):
    assert ids(replace(groups, ignored=("nickname",))) == ["auditlog.E002"]


def test_a_column_that_is_classified_twice_is_found(ids, groups):
    assert ids(replace(groups, masked=("name",))) == ["auditlog.E003"]


def area_for(groups, **fields):
    return replace(groups, model="district.Trial", recorded=tuple(fields), masked=(), ignored=())


def trial(base=AuditedModel, meta=(), **members):
    """A model that is on trial; it never gets a table."""
    attributes = dict(meta)
    bases = (base.Meta,) if hasattr(base, "Meta") else ()
    meta_class = type("Meta", bases, {"app_label": "trials", "abstract": False, "apps": Apps(), **attributes})
    return type("Trial", (base,), {"__module__": __name__, "Meta": meta_class, **members})


def test_a_model_that_is_not_built_for_it_is_found(ids, groups):
    model = trial(models.Model, name=models.TextField())
    assert ids(area_for(groups, name=1), model) == ["auditlog.E004", "auditlog.E005", "auditlog.E005"]


def test_a_manager_that_writes_without_recording_is_found(ids, groups):
    model = trial(name=models.TextField(), objects=models.Manager())
    assert ids(area_for(groups, name=1), model) == ["auditlog.E005", "auditlog.E005"]
    model = trial(name=models.TextField(), meta={"base_manager_name": "plain"}, plain=models.Manager())
    assert "auditlog.E005" in ids(area_for(groups, name=1), model)


def test_an_id_that_is_no_whole_number_is_found(ids, groups):
    model = trial(key=models.UUIDField(primary_key=True), name=models.TextField())
    assert ids(area_for(groups, name=1), model) == ["auditlog.E006"]


def test_a_record_that_is_spread_over_two_tables_is_found(ids, groups):
    meta = type("Meta", (), {"app_label": "trials", "apps": Apps()})
    child = type("Child", (UserGroup,), {"__module__": __name__, "Meta": meta})
    columns = dict.fromkeys(groups.recorded)
    assert "auditlog.E007" in ids(replace(area_for(groups, **columns), ignored=("id",)), child)


@pytest.mark.parametrize("on_delete", [models.CASCADE, models.SET_NULL, models.DO_NOTHING])
def test_a_record_that_would_go_or_change_with_another_one_is_found(ids, groups, on_delete):
    model = trial(user=models.ForeignKey("district.School", on_delete, null=True, related_name="+"))
    assert ids(area_for(groups, user=1), model) == ["auditlog.E008"]


def test_a_record_that_keeps_another_one_is_fine(ids, groups):
    model = trial(user=models.ForeignKey(UserAccount, models.PROTECT, related_name="+"))
    assert ids(area_for(groups, user=1), model) == []


def database_messages(*ids, deploy=False):
    messages = django_checks.run_checks(databases=["default"], include_deployment_checks=deploy)
    return [message for message in messages if message.id in ids]


@pytest.mark.django_db
def test_a_table_beside_the_log_whose_triggers_are_missing_is_found_in_every_app():
    assert database_messages("auditlog.E009", deploy=True) == []
    beside = {"AuditLogEntryMark", "AuditLogAffected", "AccessLogEntry", "SyncLogEntry", "SyncLogText", "SyncReview"}
    for table in beside:
        engine_of(connection).drop_triggers(connection, table)
    (message,) = database_messages("auditlog.E009", deploy=True)
    assert {name.split("_")[0] for name in message.msg.split(": ")[1].split(", ")} == beside
    assert "manage.py migrate" in message.hint


@pytest.mark.django_db
def test_what_a_connection_lacks_is_told_with_what_to_do(monkeypatch):
    assert database_messages("auditlog.E010") == []
    module = protection_of(connection)
    monkeypatch.setattr(module, "connection_faults", lambda connection: ["journal_mode is delete, not wal"])
    (message,) = database_messages("auditlog.E010")
    assert "journal_mode is delete, not wal" in message.msg
    assert "no network drive" in message.hint


@pytest.mark.django_db
def test_what_the_role_could_do_is_told_by_check_deploy_alone_with_what_to_do(monkeypatch):
    monkeypatch.setattr(protection_of(connection), "powers", lambda connection, tables: ["owns table SyncReview"])
    (message,) = database_messages("auditlog.W011", deploy=True)
    assert "owns table SyncReview" in message.msg
    assert "docs/install.md" in message.hint
    assert "OWNER_DATABASE_URL" in message.hint
    assert database_messages("auditlog.W011") == []
    monkeypatch.setattr(protection_of(connection), "powers", lambda connection, tables: [])
    assert database_messages("auditlog.W011", deploy=True) == []
