"""What the address of a record list may ask: what its own filters ask, and nothing else."""

from __future__ import annotations

import pytest

from district.models import Calendar, Right, School, UserAccount
from district.rights import SCHOOL_INFORMATION, USER_ACCOUNT
from tests.people import person

pytestmark = pytest.mark.django_db

ACCOUNTS, CALENDARS = "/admin/district/useraccount/", "/admin/district/calendar/"


@pytest.fixture
def reader(client):
    client.force_login(person("reader", (USER_ACCOUNT, Right.READ), (SCHOOL_INFORMATION, Right.READ)))
    return client


@pytest.mark.parametrize(
    "query",
    [
        "password__startswith=pbkdf2",
        "password=x",
        "username__regex=(",
        "pk__in=99999999999999999999999",
        "security_role__startswith=S",
        "memberships__group__name=x",
        "nonsense=1",
    ],
)
def test_a_list_tells_nothing_about_columns_by_way_of_its_address(reader, query):
    assert reader.get(f"{ACCOUNTS}?{query}").status_code == 400


def test_what_the_filters_beside_a_list_ask_is_answered(reader):
    UserAccount.objects.create_user("gone", "x", disable=True)
    school = School.objects.create(name="Harrison High School")
    Calendar.objects.create(school=school, name="26-27", end_year=2027)
    for address, query, found in [
        (ACCOUNTS, "disable__exact=1", 1),
        (ACCOUNTS, "security_role__isnull=True&q=gone", 1),
        (ACCOUNTS, "authentication_type__exact=local&force_password_change__exact=0", 2),
        (CALENDARS, f"end_year=2027&school__id__exact={school.pk}", 1),
        (CALENDARS, "end_year=2026", 0),
    ]:
        answer = reader.get(f"{address}?{query}")
        assert (answer.status_code, answer.context["cl"].result_count) == (200, found), query
