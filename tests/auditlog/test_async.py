"""The asynchronous variants of every call."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync

from auditlog.context import acting_as
from district.models import UserGroup

pytestmark = pytest.mark.django_db


async def _single(account):
    group = await UserGroup.objects.acreate(name="A")
    group.name = "B"
    await group.asave()
    await UserGroup.objects.aget_or_create(name="C")
    await UserGroup.objects.aupdate_or_create(name="C", defaults={"description": "x"})
    await group.adelete()


async def _bulk(account):
    a, b = await UserGroup.objects.abulk_create([UserGroup(name="A"), UserGroup(name="B")])
    a.name = "C"
    await UserGroup.objects.abulk_update([a, b], ["name"])
    await UserGroup.objects.filter(name="B").aupdate(name="D")
    await UserGroup.objects.filter(name="D").adelete()


async def _related(account):
    group = await account.groups.acreate(name="A")
    await account.groups.aremove(group)
    await account.groups.aadd(group)
    await account.groups.aset([])
    await group.users.aadd(account)
    await group.users.aclear()
    await account.memberships.acreate(group=group)


@pytest.mark.parametrize(
    ("calls", "actions"),
    [
        (_single, ["add", "change", "add", "change", "delete"]),
        (_bulk, ["add", "add", "change", "change", "delete"]),
        (_related, ["add", "add", "delete", "add", "delete", "add", "delete", "add"]),
    ],
)
def test_async_variants_are_recorded_in_the_name_of_who_awaits_them(log, account, calls, actions):
    with acting_as("admin"):
        async_to_sync(calls)(account)
    assert [entry.action for entry in log.entries()] == actions
    assert {entry.changed_by for entry in log.entries()} == {"admin"}
    assert len({entry.change_set for entry in log.entries()}) == 1
