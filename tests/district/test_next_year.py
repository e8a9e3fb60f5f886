"""Copying calendar rights to the next school year, from the lists of accounts and groups."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from auditlog.models import AccessLogEntry, AuditLogEntry
from district.models import (
    Calendar,
    Right,
    School,
    UserAccount,
    UserGroup,
    UserGroupSchoolYearRights,
    UserSchoolYearRights,
)
from district.rights import GROUP_CALENDAR_RIGHTS, USER_ACCOUNT, USER_GROUP
from district.years import school_year
from tests.people import person

from .pages import last_id, since

pytestmark = pytest.mark.django_db

ACCOUNTS = reverse("admin:district_useraccount_changelist")
GROUPS = reverse("admin:district_usergroup_changelist")
THIS = school_year()


@pytest.fixture
def schools():
    return [School.objects.create(name=name) for name in ("Adams High School", "Bell Middle School")]


@pytest.fixture
def jdoe(schools):
    account = UserAccount.objects.create_user("jdoe")
    UserSchoolYearRights.objects.create(user=account, end_year=THIS, school=schools[0], modify_rights=True)
    UserSchoolYearRights.objects.create(user=account, end_year=THIS, school=schools[1])
    UserSchoolYearRights.objects.create(user=account, end_year=None, school=schools[1])
    return account


def post(client, address, owners, **more):
    data = {"action": "copy_calendar_rights", "_selected_action": [owner.pk for owner in owners], **more}
    return client.post(address, data)


def copy(client, address, owners, year=THIS):
    return post(client, address, owners, copy="Add them", from_year=year, shown_year=year)


def rows(of, year):
    return sorted(of.filter(end_year=year).values_list("school__name", "modify_rights", "close_months"))


def test_a_page_shows_first_what_will_be_added_and_changes_nothing(client, administrator, jdoe):
    client.force_login(administrator)
    mark = last_id()
    page = post(client, ACCOUNTS, [jdoe]).content.decode()
    assert f"2 calendar rights will be added for {THIS}-{(THIS + 1) % 100:02d}" in page
    assert f"{THIS + 1}, Adams High School, modify rights" in page
    assert UserSchoolYearRights.objects.filter(user=jdoe).count() == 3
    assert since(mark) == []


def test_confirmed_the_rights_go_on_with_their_marks_in_one_change_set(client, administrator, jdoe):
    client.force_login(administrator)
    mark = AuditLogEntry.objects.order_by("id").last().pk
    assert copy(client, ACCOUNTS, [jdoe]).status_code == 302
    assert rows(jdoe.calendar_rights, THIS + 1) == rows(jdoe.calendar_rights, THIS)
    assert rows(jdoe.calendar_rights, THIS + 1) == [
        ("Adams High School", True, False),
        ("Bell Middle School", False, False),
    ]
    made = AuditLogEntry.objects.filter(pk__gt=mark)
    assert [entry.affected_object for entry in made.order_by("id")] == [
        f"jdoe, {THIS + 1}, Adams High School",
        f"jdoe, {THIS + 1}, Bell Middle School",
    ]
    assert len({entry.change_set for entry in made}) == 1


def test_the_second_time_nothing_is_added(client, administrator, jdoe):
    client.force_login(administrator)
    copy(client, ACCOUNTS, [jdoe])
    before = UserSchoolYearRights.objects.count()
    page = post(client, ACCOUNTS, [jdoe], from_year=THIS).content.decode()
    assert "There is nothing to add" in page
    assert "is there already" in page
    copy(client, ACCOUNTS, [jdoe])
    assert UserSchoolYearRights.objects.count() == before


def test_a_year_that_was_not_shown_is_shown_before_it_is_copied(client, administrator, jdoe, schools):
    UserSchoolYearRights.objects.create(user=jdoe, end_year=THIS - 1, school=schools[0], close_months=True)
    client.force_login(administrator)
    page = post(client, ACCOUNTS, [jdoe], copy="Add them", from_year=THIS - 1, shown_year=THIS)
    assert page.status_code == 200
    assert "There is nothing to add" in page.content.decode()
    assert rows(jdoe.calendar_rights, THIS + 1) == []


def test_a_right_on_a_calendar_goes_on_with_its_namesake_or_is_passed_over(client, administrator, schools):
    account = UserAccount.objects.create_user("kate")
    for name in ("Main", "Night school"):
        calendar = Calendar.objects.create(school=schools[0], name=name, end_year=THIS)
        UserSchoolYearRights.objects.create(user=account, end_year=THIS, school=schools[0], calendar=calendar)
    next_main = Calendar.objects.create(school=schools[0], name="Main", end_year=THIS + 1)
    client.force_login(administrator)
    page = post(client, ACCOUNTS, [account]).content.decode()
    assert "there is no calendar of this name in the next school year" in page
    copy(client, ACCOUNTS, [account])
    assert list(account.calendar_rights.filter(end_year=THIS + 1).values_list("calendar", flat=True)) == [next_main.pk]


def test_groups_are_carried_over_too(client, administrator, schools):
    group = UserGroup.objects.create(name="Teacher")
    UserGroupSchoolYearRights.objects.create(group=group, end_year=THIS, school=schools[0], close_months=True)
    client.force_login(administrator)
    copy(client, GROUPS, [group])
    assert rows(group.calendar_rights, THIS + 1) == [("Adams High School", False, True)]


def test_nobody_copies_a_right_that_he_does_not_hold_for_that_year(client, administrator, jdoe, schools):
    clerk = person("clerk", (USER_ACCOUNT, Right.READ), (USER_ACCOUNT, Right.WRITE))
    UserSchoolYearRights.objects.create(user=clerk, end_year=THIS + 1, school=schools[1])
    client.force_login(clerk)
    assert "you can give only calendar rights that you hold yourself" in post(client, ACCOUNTS, [jdoe]).content.decode()
    copy(client, ACCOUNTS, [jdoe])
    assert rows(jdoe.calendar_rights, THIS + 1) == [("Bell Middle School", False, False)]


def test_an_administrators_rights_are_copied_by_administrators_only(client, administrator):
    UserSchoolYearRights.objects.create(user=administrator, end_year=THIS)
    clerk = person("clerk", (USER_ACCOUNT, Right.READ), (USER_ACCOUNT, Right.WRITE))
    UserSchoolYearRights.objects.create(user=clerk, end_year=None)
    client.force_login(clerk)
    assert copy(client, ACCOUNTS, [administrator]).status_code == 403
    assert rows(administrator.calendar_rights, THIS + 1) == []
    assert AccessLogEntry.objects.filter(event="refused", changed_by="clerk").exists()


def test_who_may_only_read_is_not_offered_it(client, administrator, jdoe, schools):
    reader = person("reader", (USER_ACCOUNT, Right.READ), (USER_GROUP, Right.READ), (GROUP_CALENDAR_RIGHTS, Right.READ))
    client.force_login(reader)
    for address in (ACCOUNTS, GROUPS):
        assert "Copy calendar rights" not in client.get(address).content.decode()
    copy(client, ACCOUNTS, [jdoe])
    assert rows(jdoe.calendar_rights, THIS + 1) == []


def test_many_accounts_cost_as_many_statements_as_few(client, administrator, schools):
    accounts = [UserAccount(username=f"u{number}") for number in range(120)]
    UserAccount.objects.bulk_create(accounts)
    UserSchoolYearRights.objects.bulk_create(
        UserSchoolYearRights(user=account, end_year=THIS, school=schools[0]) for account in accounts
    )
    client.force_login(administrator)
    counts = []
    # From 25 on a change set is marked as many changes, which costs one more.
    for some in (accounts[:30], accounts[30:]):
        with CaptureQueriesContext(connection) as asked:
            copy(client, ACCOUNTS, some)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert UserSchoolYearRights.objects.filter(end_year=THIS + 1).count() == 120


def test_the_template_for_importing_is_offered_to_who_may_add_accounts(client, administrator):
    client.force_login(administrator)
    address = reverse("admin:district_useraccount_template")
    assert address in client.get(ACCOUNTS).content.decode()
    answer = client.get(address)
    assert answer["Content-Disposition"] == 'attachment; filename="accounts.csv"'
    assert answer.content.decode("utf-8-sig").startswith("username,first_name")
    client.force_login(person("reader", (USER_ACCOUNT, Right.READ)))
    assert client.get(address).status_code == 403
    assert address not in client.get(ACCOUNTS).content.decode()
