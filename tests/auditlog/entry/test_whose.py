"""From an entry to all entries of those it is about and of who made it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from auditlog.context import acting_as
from district.models import Right, Tool, UserAccount, UserGroup, UserGroupMember, UserGroupToolRights
from district.preferences import set_value

from .shown import newest

pytestmark = pytest.mark.django_db


@pytest.fixture
def ways(auditor):
    """The links of an entry's page, the newest's if not said otherwise, as (text, address); each leads to a page."""
    client = Client()
    client.force_login(auditor)

    def read(entry=None):
        page = client.get(f"/audit-log/{entry or newest().pk}/").content.decode()
        found = re.search(r'<ul class="entry-whose".*?</ul>', page, re.DOTALL)
        links = re.findall(r'<a href="([^"]*)">([^<]*)</a>', found[0]) if found else []
        for address, _text in links:
            assert client.get(address).status_code == 200
        return [(text, address) for address, text in links]

    return read


def test_a_membership_leads_to_the_person_the_group_and_who_made_it(ways):
    boss = UserAccount.objects.create_user("boss")
    user, group = UserAccount.objects.create_user("jdoe"), UserGroup.objects.create(name="Teacher")
    with acting_as("boss", user_id=boss.pk):
        UserGroupMember.objects.create(user=user, group=group)
    assert ways() == [
        ("This user account", f"/audit-log/of/UserAccount/{user.pk}/"),
        ("This user group", f"/audit-log/of/UserGroup/{group.pk}/"),
        ("Who made this change", f"/audit-log/of/UserAccount/{boss.pk}/"),
    ]


def test_who_changes_her_own_account_is_named_once(ways):
    user = UserAccount.objects.create_user("jdoe")
    with acting_as("jdoe", user_id=user.pk):
        user.first_name = "Jane"
        user.save()
    assert ways() == [("This user account", f"/audit-log/of/UserAccount/{user.pk}/")]


def test_a_preference_leads_to_the_log_of_its_own_entries_and_to_who_made_it(ways, client, administrator):
    with acting_as("admin", user_id=administrator.pk):
        set_value("AuditUsers", "false")
        set_value("SearchFieldOrder", "before")
    set_value("AuditUsers", "true")
    [way] = ways()
    assert way == ("This system preference", "/audit-log/?subject=Preference%3AAuditUsers")
    client.force_login(administrator)
    entries = client.get(way[1]).context["object_list"]
    assert [(entry.table, entry.affected_object) for entry in entries] == [("Preference", "AuditUsers")] * 2
    assert ways(entries[1].pk) == [
        way,
        ("Who made this change", f"/audit-log/of/UserAccount/{administrator.pk}/"),
    ]


def test_a_group_that_came_and_went_unrecorded_has_a_page_where_an_entry_concerns_it(ways):
    set_value("AuditUsers", "false")
    group = UserGroup.objects.create(name="Teacher")
    set_value("AuditUsers", "true")
    right = UserGroupToolRights.objects.create(group=group, tool=Tool.objects.first(), right=Right.READ)
    recorded = newest().pk
    set_value("AuditUsers", "false")
    right.delete()
    group.delete()
    assert ways(recorded) == [("This user group", f"/audit-log/of/UserGroup/{group.pk or right.group_id}/")]
