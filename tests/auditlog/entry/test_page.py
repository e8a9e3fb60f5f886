"""A whole entry on its page and beside the list."""

from __future__ import annotations

import pytest

from auditlog.context import acting_as
from district.models import School, UserAccount, UserGroup, UserSchoolYearRights

from .shown import newest

pytestmark = pytest.mark.django_db


def test_a_change_shows_each_property_with_what_it_was_and_what_it_became(show):
    school = School.objects.create(name="Steep Falls Elementary School")
    user = UserAccount.objects.create_user("jdoe")
    with acting_as("admin", person="Ann Admin", channel="web", address="10.1.2.3"):
        row = UserSchoolYearRights.objects.create(user=user, end_year=2011, school=school)
        row.end_year, row.school, row.modify_rights = 2010, None, True
        row.save()
    shown = show(newest().pk)
    assert "Type Change" in shown.text
    assert "Changed By admin (Ann Admin)" in shown.text
    assert "User name jdoe End year 2010 School All Schools Calendar All Calendars" in shown.text
    assert f"Channel web, change set {newest().change_set}, from 10.1.2.3" in shown.text
    assert shown.stored == [
        ["Property Name", "Existing Value", "New Value"],
        ["endYear", "2011", "2010"],
        ["schoolID", f"{school.pk} (Steep Falls Elementary School)", "no value"],
        ["modifyRights", "false", "true"],
    ]


def test_an_add_and_a_delete_show_initial_and_final_values_under_their_own_heading(show):
    group = UserGroup.objects.create(name="Title One")
    added = newest().pk
    group.delete()
    for pk, heading in ((added, "Initial values"), (newest().pk, "Final values")):
        shown = show(pk)
        assert heading in shown.text
        assert shown.stored[:3] == [
            ["Property Name", "Value"],
            ["name", "Title One"],
            ["description", "empty text"],
        ]


def test_a_secret_reads_not_shown(show):
    user = UserAccount.objects.create_user("jdoe", "secret-one")
    user.set_password("secret-two")
    user.save()
    assert show(newest().pk).stored[1] == ["password", "not shown", "not shown"]


def test_no_value_and_an_empty_text_are_told_apart_in_words(show):
    group = UserGroup.objects.create(name="Title One", description="x")
    group.description = ""
    group.save()
    assert show(newest().pk).stored[1] == ["description", "x", "empty text"]
