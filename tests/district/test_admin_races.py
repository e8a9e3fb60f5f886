"""Two people at the same moment, on real connections."""

from __future__ import annotations

import contextlib
import threading

import pytest
from django.db import connection
from django.test import Client

from auditlog.models import AuditLogEntry
from district.memberships import user_groups_change
from district.models import UserAccount, UserGroup, UserGroupMember
from district.roles import GROUP_ASSIGNMENT, administrators

from .pages import account_url, group_url, shown

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts, meeting=None):
    """The status of each act, all started at the same moment in threads and connections of their own."""
    found, ready = [None] * len(acts), threading.Barrier(len(acts))

    def run(number, act):
        try:
            ready.wait()
            with connection.execute_wrapper(meeting) if meeting else contextlib.nullcontext():
                found[number] = act().status_code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


class Meeting:
    """Lets each thread go on only when all have run their first statement that begins so; or after a moment,
    where the database lets only one of them get there."""

    def __init__(self, count, *beginnings):
        self.barrier, self.beginnings, self.met = threading.Barrier(count), beginnings, threading.local()

    def __call__(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith(self.beginnings) and not hasattr(self.met, "once"):
            self.met.once = True
            with contextlib.suppress(threading.BrokenBarrierError):
                self.barrier.wait(timeout=5 if connection.features.has_select_for_update else 0.1)
        return result


def signed_in(account):
    client = Client()
    client.force_login(account)
    return client


@pytest.mark.parametrize("way", ["strip", "disable", "delete", "group page"])
def test_two_administrators_cannot_remove_each_other_at_once(way):
    ann = UserAccount.objects.create_superuser("ann", "x")
    bob = UserAccount.objects.create_superuser("bob", "x")

    def removing(client, other):
        if way == "delete":
            return lambda: client.post(account_url(other, "delete"), {"post": "yes"})
        if way == "group page":
            page = group_url(UserGroup.objects.get(memberships__user=other))
            data = shown(client, page, "usergroup_form") | {"members_remove": [other.pk]}
            return lambda: client.post(page, data)
        change = {"role": [GROUP_ASSIGNMENT]} if way == "strip" else {"disable": ["on"]}
        data = shown(client, account_url(other), "useraccount_form") | change
        return lambda: client.post(account_url(other), data)

    meeting = Meeting(2, 'DELETE FROM "UserGroupMember"', 'UPDATE "UserAccount"', 'DELETE FROM "UserAccount"')
    answers = at_once(removing(signed_in(ann), bob), removing(signed_in(bob), ann), meeting=meeting)
    assert administrators().count() == 1
    assert set(answers) <= {200, 302, 403}


def test_one_account_put_into_one_group_from_two_pages_at_once_is_one_membership():
    ann = UserAccount.objects.create_superuser("ann", "x")
    jdoe = UserAccount.objects.create_user("jdoe", "x")
    group = UserGroup.objects.create(name="Health Staff")
    client, other = signed_in(ann), signed_in(ann)
    on_account = shown(client, account_url(jdoe), "useraccount_form") | {"groups_add": [group.pk]}
    on_group = shown(client, group_url(group), "usergroup_form") | {"members_add": [jdoe.pk]}
    answers = at_once(
        lambda: client.post(account_url(jdoe), on_account), lambda: other.post(group_url(group), on_group)
    )
    assert answers == [302, 302]
    assert UserGroupMember.objects.count() == 2
    assert AuditLogEntry.objects.filter(affected_object="jdoe, Health Staff").count() == 1


def test_two_new_accounts_of_one_name_at_once_are_one_account_and_one_message():
    ann = UserAccount.objects.create_superuser("ann", "x")
    url = "/admin/district/useraccount/add/"
    client, other = signed_in(ann), signed_in(ann)
    password = "grass-and-4-clouds"
    data = shown(client, url, "useraccount_form") | {
        "username": ["jdoe"],
        "password1": [password],
        "password2": [password],
    }
    answers = at_once(lambda: client.post(url, data), lambda: other.post(url, data))
    assert sorted(answers) == [200, 302]
    assert UserAccount.objects.filter(username="jdoe").count() == 1


def test_an_account_deleted_while_it_is_saved_is_never_an_error_page():
    ann = UserAccount.objects.create_superuser("ann", "x")
    group = UserGroup.objects.create(name="Health Staff")
    for number in range(5):
        jdoe = UserAccount.objects.create_user(f"jdoe{number}", "x")
        client, other = signed_in(ann), signed_in(ann)
        page = group_url(group)
        add = shown(client, page, "usergroup_form") | {"members_add": [jdoe.pk]}
        change = shown(client, account_url(jdoe), "useraccount_form") | {"first_name": ["J"]}
        third = signed_in(ann)
        answers = at_once(
            lambda client=client, page=page, add=add: client.post(page, add),
            lambda other=other, jdoe=jdoe: other.post(account_url(jdoe, "delete"), {"post": "yes"}),
            lambda third=third, jdoe=jdoe, change=change: third.post(account_url(jdoe), change),
        )
        assert set(answers) <= {200, 302, 503}
        UserAccount.objects.filter(pk=jdoe.pk).delete()
    user_groups_change(user=ann, add=[group])
    assert group.memberships.count() == 1
