"""Product security roles: what giving, exchanging and taking one leaves in the log."""

from __future__ import annotations

import pytest

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from district.models import UserAccount
from district.roles import GROUP_ASSIGNMENT, STUDENT_INFORMATION_SYSTEM, give_role

pytestmark = pytest.mark.django_db


def given(account, role):
    """The entries of giving a role: (table, action, affected object, changed values)."""
    last = AuditLogEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    with acting_as("admin"):
        give_role(account, role)
    entries = AuditLogEntry.objects.filter(id__gt=last).order_by("id")
    assert len({entry.change_set for entry in entries}) <= 1
    return {
        (entry.table, entry.action, entry.affected_object): {
            detail.property_name: (detail.existing_value, detail.new_value) for detail in entry.details.all()
        }
        for entry in entries
    }


@pytest.fixture
def account(db):
    return UserAccount.objects.create_user("lbush")


def test_giving_student_information_system_leaves_three_entries_in_one_change_set(account):
    entries = given(account, STUDENT_INFORMATION_SYSTEM)
    assert list(entries) == [
        ("UserAccount", "change", "lbush"),
        ("UserGroupMember", "add", "lbush, STUDENT INFORMATION SYSTEM"),
        ("UserSchoolYearRights", "add", "lbush, All Years, All Schools"),
    ]
    assert entries["UserAccount", "change", "lbush"] == {"securityRole": (None, STUDENT_INFORMATION_SYSTEM)}
    assert entries["UserSchoolYearRights", "add", "lbush, All Years, All Schools"]["modifyRights"] == (None, "true")


def test_exchanging_it_for_group_assignment_keeps_the_calendar_row(account):
    give_role(account, STUDENT_INFORMATION_SYSTEM)
    entries = given(account, GROUP_ASSIGNMENT)
    assert list(entries) == [
        ("UserAccount", "change", "lbush"),
        ("UserGroupMember", "delete", "lbush, STUDENT INFORMATION SYSTEM"),
        ("UserGroupMember", "add", "lbush, STUDENT INFORMATION SYSTEM - GROUP ASSIGNMENT"),
    ]
    assert entries["UserAccount", "change", "lbush"] == {"securityRole": (STUDENT_INFORMATION_SYSTEM, GROUP_ASSIGNMENT)}
    assert account.calendar_rights.count() == 1


def test_giving_it_back_leaves_no_second_calendar_row_and_giving_it_twice_leaves_nothing(account):
    give_role(account, STUDENT_INFORMATION_SYSTEM)
    assert given(account, STUDENT_INFORMATION_SYSTEM) == {}
    give_role(account, GROUP_ASSIGNMENT)
    assert [table for table, _action, _object in given(account, STUDENT_INFORMATION_SYSTEM)] == [
        "UserAccount",
        "UserGroupMember",
        "UserGroupMember",
    ]


def test_taking_a_role_is_a_change_and_a_delete(account):
    give_role(account, STUDENT_INFORMATION_SYSTEM)
    entries = given(account, None)
    assert list(entries) == [
        ("UserAccount", "change", "lbush"),
        ("UserGroupMember", "delete", "lbush, STUDENT INFORMATION SYSTEM"),
    ]
    assert entries["UserAccount", "change", "lbush"] == {"securityRole": (STUDENT_INFORMATION_SYSTEM, None)}
