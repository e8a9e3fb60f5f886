"""The two lists of members and groups, however many there are."""

from __future__ import annotations

import pytest
from django import forms
from django.db import connection
from django.test.utils import CaptureQueriesContext

from district.admin.two_lists import LongSelect
from district.models import UserAccount, UserGroup, UserGroupMember

from .pages import group_url, save_group

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(\"x\")</script> & 'co'"


def markup(widget, value):
    return "".join(widget.render("people", value, {"id": "id_people", "disabled": False}).split())


@pytest.mark.parametrize("value", [None, [], ["2"], [1, 2]])
def test_the_list_is_what_django_would_write(value):
    choices, attrs = [(1, "Ann"), (2, HOSTILE)], {"size": 10, "class": "two-lists", "data-x": HOSTILE}
    ours, django = LongSelect(attrs, choices), forms.SelectMultiple(attrs, choices)
    assert sorted(markup(ours, value)) == sorted(markup(django, value))
    assert "<script" not in markup(ours, value)
    assert markup(ours, value).count("selected") == len(value or ())


def test_thousands_of_members_cost_no_more_statements_and_are_all_there(client, administrator):
    client.force_login(administrator)
    group = UserGroup.objects.create(name="Everybody")
    client.get(group_url(group))  # the first request writes down when the session was last seen
    with CaptureQueriesContext(connection) as few:
        client.get(group_url(group))
    people = UserAccount.objects.bulk_create(UserAccount(username=f"user{n:04}") for n in range(2000))
    UserGroupMember.objects.bulk_create(UserGroupMember(user=user, group=group) for user in people[:1000])
    with CaptureQueriesContext(connection) as many:
        page = client.get(group_url(group)).content.decode()
    assert len(many) == len(few)
    assert page.count("<option") >= 2000
    save_group(client, group, members_add=[str(people[-1].pk)], members_remove=[str(people[0].pk)])
    assert group.memberships.count() == 1000
    assert not group.memberships.filter(user=people[0]).exists()
