from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from auditlog.models import AuditLogEntry
from district.catalogue import CATALOGUE
from district.models import Preference
from district.preferences import check_value, number_of, set_value, value_of

pytestmark = pytest.mark.django_db


def property_lines():
    return [
        (entry.action, entry.affected_object, *entry.details.values_list("existing_value", "new_value").get())
        for entry in AuditLogEntry.objects.filter(table="Preference").order_by("id")
    ]


def test_the_catalogue_has_what_the_source_document_names_and_every_default_is_a_value_it_takes():
    named = {
        "AuditUsers",
        "SearchFieldOrder",
        "SearchLimit",
        "StudentAssignment",
        "EnrollmentOverlap",
        "BoundaryWarn",
        "GPADigits",
        "RaceEthnicityRequirement",
        "DefaultHealthConditions",
        "FlagableHealthConditions",
        "elasticsearch.syncing.syncActive",
    }
    assert named <= set(CATALOGUE)
    assert len(CATALOGUE) >= 20
    for definition in CATALOGUE.values():
        check_value(definition, definition.default)


def test_without_a_row_a_preference_has_its_default():
    assert value_of("SearchFieldOrder") == "after"
    assert number_of("SyncHoldPercent") == 20
    assert number_of("SyncHoldMinimum") == 10
    assert value_of("AuditUsers") == "true"


def test_setting_and_resetting_are_changes_from_and_to_the_default_and_leave_no_row_behind():
    set_value("SearchFieldOrder", "before")
    assert value_of("SearchFieldOrder") == "before"
    set_value("SearchFieldOrder", "before")
    set_value("SearchFieldOrder", None)
    assert not Preference.objects.exists()
    assert property_lines() == [
        ("change", "SearchFieldOrder", "after", "before"),
        ("change", "SearchFieldOrder", "before", "after"),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AuditUsers", "maybe"),
        ("SearchFieldOrder", "beside"),
        ("SyncHoldPercent", "101"),
        ("SyncHoldPercent", "-1"),
        ("SyncHoldPercent", "twenty"),
        ("SyncHoldPercent", "9" * 400),
        ("DefaultHealthConditions", "a\0b"),
        ("DefaultHealthConditions", "x" * 40_000),
    ],
)
def test_a_wrong_value_is_refused_and_nothing_is_written(name, value):
    with pytest.raises(ValidationError):
        set_value(name, value)
    assert not Preference.objects.exists()


def test_a_name_outside_the_catalogue_is_refused():
    with pytest.raises(KeyError):
        set_value("NoSuchThing", "1")
    with pytest.raises(KeyError):
        value_of("NoSuchThing")


def test_the_minimum_password_length_counts_for_the_next_password():
    password = "grass-and-4"
    validate_password(password)
    set_value("PasswordMinimumLength", "12")
    with pytest.raises(ValidationError, match="at least 12 characters"):
        validate_password(password)
