from __future__ import annotations

import re
from html import unescape

import pytest

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from district import roles
from district.models import UserAccount, UserGroup

from .shown import Shown, newest, words

pytestmark = pytest.mark.django_db


def together(shown: Shown) -> list[str]:
    block = shown.html.partition('<ol class="entry-together"')[2].partition("</ol>")[0]
    return [words(line) for line in re.findall(r"<li[^>]*>(.*?)</li>", block, re.DOTALL)]


def test_the_entries_of_one_click_are_shown_in_their_order_and_this_one_is_marked(alone):
    account = UserAccount.objects.create_user("jdoe")
    roles.role_group(roles.STUDENT_INFORMATION_SYSTEM)
    with acting_as("admin"):
        roles.give_role(account, roles.STUDENT_INFORMATION_SYSTEM)
    shown = alone(newest().pk - 1)
    assert together(shown) == [
        "UserAccount Change jdoe",
        "UserGroupMember Add jdoe, STUDENT INFORMATION SYSTEM (this entry)",
        "UserSchoolYearRights Add jdoe, All Years, All Schools",
    ]
    marked = re.findall(r'href="/audit-log/(\d+)/" aria-current="page"', unescape(shown.html))
    assert marked == [str(newest().pk - 1)]


def test_an_entry_that_was_made_alone_says_nothing_of_others(alone):
    with acting_as("admin"):
        UserGroup.objects.create(name="Teacher")
    assert "Made together" not in alone(newest().pk).text


def test_of_a_large_change_set_those_around_the_entry_are_shown(alone):
    with acting_as("admin"):
        UserGroup.objects.bulk_create([UserGroup(name=f"Group {number:03}") for number in range(200)])
    first = AuditLogEntry.objects.get(affected_object="Group 000").pk
    shown = together(alone(first))
    assert shown[0] == "UserGroup Add Group 000 (this entry)"
    assert len(shown) == 51
    assert shown[-1] == "… and later ones"
    shown = together(alone(first + 100))
    assert shown[0] == "… and earlier ones"
    assert shown[1] == "UserGroup Add Group 075"
    assert shown[26] == "UserGroup Add Group 100 (this entry)"
    assert len(shown) == 52
    shown = together(alone(first + 199))
    assert shown[-1] == "UserGroup Add Group 199 (this entry)"
    assert len(shown) == 27


def test_beside_the_list_the_others_are_left_out(reader):
    with acting_as("admin"):
        UserGroup.objects.bulk_create([UserGroup(name="One"), UserGroup(name="Two")])
    page = reader.get("/audit-log/", {"entry": newest().pk}).content.decode()
    assert "Made together" not in page
