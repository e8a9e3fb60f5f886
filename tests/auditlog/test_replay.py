"""Any sequence of writes, by any path: replayed from the log alone it gives what the database holds."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from district.catalogue import CATALOGUE
from district.models import (
    Preference,
    School,
    Tool,
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserGroupSchoolYearRights,
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)
from tests.examples import own_examples

from .logbook import database_state, replayed_state

NAMES = ("ann", "bob", "cyd", "dan")
RIGHTS = ("Read", "Write", "Add")
PREFERENCES = tuple(name for name in CATALOGUE if name != "AuditUsers")[:3]


def user(n):
    return UserAccount.objects.get_or_create(username=NAMES[n % 4])[0]


def group(n):
    return UserGroup.objects.get_or_create(name=f"group {NAMES[n % 4]}")[0]


def tool(n):
    return Tool.objects.all()[n % 3]


def school(n):
    return School.objects.get_or_create(name=f"school {n % 2}")[0]


def rename_a_user(n, m):
    account = user(n)
    account.username, account.email = NAMES[m % 4], f"{m}@example.org"
    account.save()


def save_some_fields(n, m):
    account = UserAccount.objects.only("first_name").get(pk=user(n).pk)
    account.first_name, account.last_name = f"first {m}", "never saved"
    account.save(update_fields=["first_name"])


def save_a_stale_group(n, m):
    stale = group(n)
    UserGroup.objects.filter(pk=stale.pk).update(description=f"meanwhile {m}")
    stale.account_automation = bool(m % 2)
    stale.save()


def upsert_groups(n, m):
    rows = [UserGroup(name=f"group {name}", description=f"upsert {m}") for name in NAMES[n % 4 :]]
    UserGroup.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=["description"])


def ignore_conflicting_members(n, m):
    rows = [UserGroupMember(user=user(n), group=group(x)) for x in (m, n, m, m + 1)]
    UserGroupMember.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1 + m % 3)


def change_groups_in_bulk(n, m):
    rows = list(UserGroup.objects.order_by("pk"))
    for row in rows[n % 3 :]:
        row.associated_product = f"product {m % 3}"
    UserGroup.objects.bulk_update(rows, ["associated_product"], batch_size=2)


def give_tool_rights_in_bulk(n, m):
    UserToolRights.objects.bulk_create(UserToolRights(user=user(n), tool=tool(m), right=right) for right in RIGHTS)


def add_a_calendar_right(n, m):
    place = {"school": school(m)} if m % 2 else {}
    UserSchoolYearRights.objects.create(user=user(n), end_year=2010 + m if m % 3 else None, **place)


def change_calendar_rights(n, m):
    UserSchoolYearRights.objects.filter(user__username=NAMES[n % 4]).update(
        school=None if m % 2 else school(m), modify_rights=bool(m % 3), end_year=F("end_year") + 1
    )


def give_a_group_calendar_right(n, m):
    UserGroupSchoolYearRights.objects.update_or_create(
        group=group(n), school=school(m), defaults={"close_months": bool(m % 2)}
    )


def set_a_preference(n, m):
    Preference.objects.update_or_create(name=PREFERENCES[n % 3], defaults={"value": f"value {m % 3}"})


def fail_after_writing(n, m):
    try:
        with transaction.atomic():
            rename_a_user(n, m)
            UserGroup.objects.all().delete()
            raise IntegrityError
    except IntegrityError:
        pass


OPERATIONS = (
    rename_a_user,
    save_some_fields,
    save_a_stale_group,
    upsert_groups,
    ignore_conflicting_members,
    change_groups_in_bulk,
    give_tool_rights_in_bulk,
    add_a_calendar_right,
    change_calendar_rights,
    give_a_group_calendar_right,
    set_a_preference,
    fail_after_writing,
    lambda n, m: user(n).set_password(f"{m}") or user(n).save(),
    lambda n, m: UserAccount.objects.filter(pk=user(n).pk).update(last_name=Concat("username", Value(f"{m}"))),
    lambda n, m: user(n).groups.add(group(m)),
    lambda n, m: group(n).users.add(user(m), user(m + 1)),
    lambda n, m: user(n).groups.set([group(m), group(m + 1)], clear=bool(n % 2)),
    lambda n, m: user(n).groups.remove(group(m)),
    lambda n, m: group(n).users.clear(),
    lambda n, m: UserGroupMember.objects.filter(user=user(n)).update(group=group(m)),
    lambda n, m: group(n).memberships.add(*UserGroupMember.objects.filter(user=user(m))[:1]),
    lambda n, m: group(n).tool_rights.create(tool=tool(m), right=RIGHTS[m % 3]),
    lambda n, m: UserToolRights.objects.filter(user=user(n)).order_by("pk")[:1].get().delete(),
    lambda n, m: UserToolRights.objects.filter(user=user(n), right=RIGHTS[m % 3]).update(tool=tool(m + 1)),
    lambda n, m: UserGroupToolRights.objects.filter(right=RIGHTS[m % 3]).delete(),
    lambda n, m: UserSchoolYearRights.objects.filter(user=user(n)).delete(),
    lambda n, m: Preference.objects.filter(name=PREFERENCES[n % 3]).delete(),
    lambda n, m: Preference.objects.filter(name=PREFERENCES[n % 3]).update(name=PREFERENCES[m % 3]),
    lambda n, m: Preference.objects.bulk_create(
        [Preference(name=PREFERENCES[n % 3], value=CATALOGUE[PREFERENCES[n % 3]].default)], ignore_conflicts=True
    ),
    lambda n, m: user(n).delete(),
    lambda n, m: group(n).delete(),
    lambda n, m: UserAccount.objects.filter(username__in=NAMES[n % 4 :]).delete(),
)

STEPS = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 7), st.integers(0, 7)), min_size=5, max_size=30)


class RolledBackError(Exception):
    """Ends an example: the next one finds the database as this one did."""


def perform(operation, n, m):
    """One write; what the database refuses (a name that is taken) changes nothing."""
    try:
        with transaction.atomic():
            operation(n, m)
    except (IntegrityError, UserToolRights.DoesNotExist):
        pass


def replay(steps):
    with transaction.atomic():
        for operation, n, m in steps:
            perform(operation, n, m)
        assert replayed_state() == database_state()
        raise RolledBackError


@pytest.mark.slow
@pytest.mark.django_db
@own_examples
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_what_the_log_tells_is_what_the_database_holds(steps):
    with pytest.raises(RolledBackError):
        replay(steps)


@pytest.mark.django_db
def test_every_operation_of_the_replay_writes_and_is_told(log):
    for number in range(3):
        for operation in OPERATIONS:
            perform(operation, number, number + 2)
        assert replayed_state() == database_state()
    assert len({entry.table for entry in log.entries()}) == 8
