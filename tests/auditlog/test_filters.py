from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.http import QueryDict

from auditlog.areas import all_areas
from auditlog.context import acting_as
from auditlog.filters import AuditLogFilterSet
from district.models import Preference, UserAccount, UserGroup, UserGroupMember

pytestmark = pytest.mark.django_db

LONG = "a" * 256


@pytest.fixture
def log():
    """A small history: an account, a group, a membership and a renamed group, by two people."""
    with acting_as("Boss", at=datetime(2025, 3, 28, 12, tzinfo=UTC)):
        user = UserAccount.objects.create_user("smithmark")
        group = UserGroup.objects.create(name="Title One")
        UserGroupMember.objects.create(user=user, group=group)
    with acting_as("clerk", at=datetime(2025, 4, 2, 12, tzinfo=UTC)):
        group.name = "Title One/LEP"
        group.save()
        Preference.objects.create(name="SearchFieldOrder", value="before")


def found(query: str) -> list[str]:
    """What a query finds, newest first: the list on the page and all that matches are the same."""
    filterset = AuditLogFilterSet(QueryDict(query))
    assert filterset.is_valid(), filterset.form.errors
    newest = filterset.newest(501)
    assert [entry.pk for entry in newest] == [entry.pk for entry in filterset.qs]
    return [entry.affected_object for entry in newest if entry.channel != "install"]


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["SearchFieldOrder", "Title One/LEP", "smithmark, Title One", "Title One", "smithmark"]),
        ("table=UserGroup", ["Title One/LEP", "Title One"]),
        ("table=UserGroup&table=Preference", ["SearchFieldOrder", "Title One/LEP", "Title One"]),
        ("action=change", ["SearchFieldOrder", "Title One/LEP"]),
        ("action=delete", []),
        ("table=UserGroup&action=add", ["Title One"]),
        ("changed_by=BOSS", ["smithmark, Title One", "Title One", "smithmark"]),
        ("changed_by=l", ["SearchFieldOrder", "Title One/LEP"]),
        ("changed_by=boss&table=UserGroup", ["Title One"]),
        ("changed_by=boss&table=Preference", []),
        ("changed_by=nobody", []),
        ("affected_object=MARK", ["smithmark, Title One", "smithmark"]),
        ("affected_object=smithmark, title", ["smithmark, Title One"]),
        ("affected_object=title one&action=change&changed_by=clerk", ["Title One/LEP"]),
        ("affected_object=nothing", []),
        ("affected_object=smith&end_date=2025-03-27", []),
        ("start_date=2025-04-02", ["SearchFieldOrder", "Title One/LEP"]),
        ("end_date=2025-03-28", ["smithmark, Title One", "Title One", "smithmark"]),
        ("start_date=0001-01-01&end_date=9999-12-31&table=Preference", ["SearchFieldOrder"]),
        ("table=UserSchoolYearRights", []),
    ],
)
def test_each_criterion_and_their_combinations_find_what_they_say(query, expected):
    assert found(query) == expected


@pytest.mark.usefixtures("log")
def test_a_renamed_group_is_found_under_its_old_and_its_new_name():
    assert "Title One/LEP" in found("affected_object=one/lep")
    assert "Title One/LEP" in found("affected_object=title one&action=change")


@pytest.mark.parametrize("area", [area.name for area in all_areas()])
def test_any_area_is_valid_even_without_entries(area):
    assert AuditLogFilterSet(QueryDict(f"table={area}")).is_valid()


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("unknown=1", "__all__"),
        ("timestamp__gte=2020-01-01", "__all__"),
        ("%00=1", "__all__"),
        ("table=Tool", "table"),
        ("table=UserGroup&table=usergroup", "table"),
        ("table=%00", "table"),
        ("action=Add", "action"),
        ("start_date=abc", "start_date"),
        ("start_date=03/28/2025", "start_date"),
        ("start_date=2025-02-30", "start_date"),
        ("start_date=%00", "start_date"),
        ("start_date=2025-04-02&end_date=2025-04-01", "end_date"),
        ("affected_object=%00", "affected_object"),
        ("affected_object=" + LONG, "affected_object"),
        ("changed_by=a%00b", "changed_by"),
        ("changed_by=" + LONG, "changed_by"),
        ("entry=abc", "entry"),
        ("entry=-1", "entry"),
        ("entry=100000000000000000000", "entry"),
        ("entry=%00", "entry"),
    ],
)
def test_what_is_not_understood_is_an_error_and_gives_no_rows(query, field):
    filterset = AuditLogFilterSet(QueryDict(query))
    assert list(filterset.form.errors) == [field]
    assert filterset.newest(501) == []
    assert list(filterset.qs) == []


def at(moment: str) -> None:
    with acting_as("clerk", at=datetime.fromisoformat(moment)):
        UserGroup.objects.create(name=moment)


@pytest.mark.parametrize(
    ("day", "inside", "outside"),
    [
        # Chicago: clocks go forward on 2025-03-09, a day of 23 hours, and back on 2025-11-02, one of 25.
        (
            "2025-03-09",
            ("2025-03-09T06:00:00+00:00", "2025-03-10T04:59:59+00:00"),
            ("2025-03-09T05:59:59+00:00", "2025-03-10T05:00:00+00:00"),
        ),
        (
            "2025-11-02",
            ("2025-11-02T05:00:00+00:00", "2025-11-03T05:59:59+00:00"),
            ("2025-11-02T04:59:59+00:00", "2025-11-03T06:00:00+00:00"),
        ),
    ],
)
def test_a_day_is_the_districts_day_also_when_the_clocks_change(day, inside, outside):
    for moment in (*inside, *outside):
        at(moment)
    assert set(found(f"start_date={day}&end_date={day}&table=UserGroup")) == set(inside)
