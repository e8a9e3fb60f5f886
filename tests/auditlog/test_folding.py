"""The list folded, as its page shows it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from district.models import Right, Tool, UserAccount, UserGroup, UserGroupMember, UserGroupToolRights

from .test_views import LIST, MORE, count_queries, rows_of, text_of

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
#: Nobody else works in these tests under this name.
HERS = {"changed_by": "jclerk"}


@pytest.fixture
def reader(client, auditor):
    client.force_login(auditor)
    return client


def at(minutes: int, **how):
    return acting_as("jclerk", at=NOON + timedelta(minutes=minutes), **how)


@pytest.fixture
def teacher(reader):
    """A group; then five rights and a description of one click; then an account."""
    with at(0):
        group = UserGroup.objects.create(name="Teacher")
    with at(1):
        UserGroupToolRights.objects.bulk_create(
            UserGroupToolRights(group=group, tool=tool, right=Right.READ) for tool in Tool.objects.all()[:5]
        )
        group.description = "All of them"
        group.save()
    with at(2):
        UserAccount.objects.create_user("jdoe")
    return group


def toggles(response) -> list[tuple[str, str]]:
    """(whether it is open, address) of each folded line."""
    found = re.findall(r'<a id="set-\d+" href="([^"]+)"[^>]*aria-expanded="(\w+)"', response.content.decode())
    return [(expanded, unescape(address)) for address, expanded in found]


def change_set_of(**criteria) -> str:
    return AuditLogEntry.objects.filter(**criteria).latest("id").change_set.hex


@pytest.mark.usefixtures("teacher")
def test_entries_of_one_click_are_one_line_with_their_number_kinds_object_and_person(reader):
    assert len(rows_of(reader.get(LIST, HERS))) == 8
    response = reader.get(LIST, {**HERS, "fold": "1"})
    account, click, group = rows_of(response)
    assert account.endswith("UserAccount Add jdoe jclerk")
    assert click == (
        "03/02/2026 12:01:00 -0600 6 entries: 5 UserGroupToolRights Add, 1 UserGroup Change Teacher jclerk"
    )
    assert group.endswith("UserGroup Add Teacher jclerk")
    assert "<title>Audit Log, 8 entries on 3 lines |" in response.content.decode()


@pytest.mark.usefixtures("teacher")
def test_a_line_unfolds_and_folds_again_by_its_link(reader):
    ((expanded, way),) = toggles(reader.get(LIST, {**HERS, "fold": "1"}))
    assert expanded == "false"
    response = reader.get(way)
    rows = rows_of(response)
    assert len(rows) == 9
    assert rows[2].endswith("UserGroup Change Teacher jclerk")
    assert response.content.decode().count('<tr class="log-inside"') == 6
    ((expanded, back),) = toggles(response)
    assert expanded == "true"
    assert len(rows_of(reader.get(back))) == 3
    assert "changed_by=jclerk" in back
    assert "8 entries on 3 lines" in text_of(response)


@pytest.mark.usefixtures("teacher")
def test_the_way_to_the_folded_list_and_back_keeps_the_criteria(reader):
    def way(response) -> str:
        return unescape(re.search(r'<a id="fold" href="([^"]+)"', response.content.decode())[1])

    there = way(reader.get(LIST, {**HERS, "entry": "5"}))
    assert there == f"{LIST}?changed_by=jclerk&fold=1"
    unfolded = reader.get(LIST, {**HERS, "fold": "1", "unfold": change_set_of(table="UserGroup")})
    assert way(unfolded) == f"{LIST}?changed_by=jclerk"


def test_where_nothing_was_made_together_there_is_nothing_to_fold(reader):
    for minutes in range(3):
        with at(minutes):
            UserGroup.objects.create(name=f"Group {minutes}")
    assert "Fold entries" not in text_of(reader.get(LIST, HERS))
    assert "Show every entry" in text_of(reader.get(LIST, {**HERS, "fold": "1"}))


@pytest.mark.usefixtures("teacher")
def test_a_new_search_stays_folded_and_the_export_knows_nothing_of_it(reader):
    page = reader.get(LIST, {**HERS, "fold": "1", "unfold": "0" * 32}).content.decode()
    assert '<input type="hidden" name="fold" value="1">' in page
    assert f'href="{LIST}export/?changed_by=jclerk"' in page
    assert 'name="fold"' not in reader.get(LIST, HERS).content.decode()
    assert reader.get(f"{LIST}export/", {**HERS, "fold": "1"}).status_code == 200


@pytest.mark.usefixtures("teacher")
def test_the_line_of_the_chosen_entry_is_unfolded(reader):
    described = AuditLogEntry.objects.get(table="UserGroup", action="change")
    page = reader.get(LIST, {**HERS, "fold": "1", "entry": described.pk})
    ((expanded, _way),) = toggles(page)
    assert expanded == "true"
    assert re.findall(r'id="row-(\d+)"[^>]*aria-current="true"', page.content.decode()) == [str(described.pk)]


def test_entries_of_one_click_that_others_came_between_are_not_put_together(reader):
    with at(0):
        UserGroup.objects.create(name="First")
        with at(2):
            UserGroup.objects.create(name="Third")
    with at(1):
        UserGroup.objects.create(name="Second")
    shown = rows_of(reader.get(LIST, {**HERS, "fold": "1"}))
    assert [row.split()[-2] for row in shown] == ["Third", "Second", "First"]


def test_the_cap_counts_entries_and_the_notice_says_so(reader):
    with at(0):
        UserGroup.objects.bulk_create(UserGroup(name=f"Old {number:03}") for number in range(300))
    with at(1):
        UserGroup.objects.bulk_create(UserGroup(name=f"New {number:03}") for number in range(300))
    response = reader.get(LIST, {**HERS, "fold": "1"})
    new, old = rows_of(response)
    assert new.startswith("03/02/2026 12:01:00 -0600 300 entries: UserGroup Add New 299 and 299 others")
    assert old.startswith("03/02/2026 12:00:00 -0600 200 entries or more: UserGroup Add")
    assert MORE in text_of(response)
    assert "The 500 are entries, folded into 2 lines." in text_of(response)
    assert "first 500 entries on 2 lines" in text_of(response)


def test_many_kinds_are_named_by_the_most_frequent(reader, teacher):
    with at(5):
        for number in range(5):
            user = UserAccount.objects.create_user(f"user{number}")
            user.first_name = "U"
            user.save()
            user.delete()
        UserGroupMember.objects.create(user=UserAccount.objects.get(username="jdoe"), group=teacher)
        teacher.description = ""
        teacher.save()
    click = rows_of(reader.get(LIST, {**HERS, "fold": "1"}))[0]
    assert (
        "17 entries: 5 UserAccount Delete, 5 UserAccount Change, 5 UserAccount Add, 1 UserGroup Change, 1 other"
        in click
    )


def test_names_in_the_line_are_text_with_what_hides_made_visible(reader):
    with acting_as("jclerk<b>"):
        UserGroup.objects.create(name="<i>one\u202e")
        UserGroup.objects.create(name="<i>two")
    page = reader.get(LIST, {"fold": "1", "changed_by": "jclerk<b>"}).content.decode()
    assert "<bdi>&lt;i&gt;two and 1 other</bdi>" in page
    assert "<i>" not in page
    page = reader.get(LIST, {"fold": "1", "affected_object": "one"}).content.decode()
    assert "&lt;i&gt;one⟨U+202E⟩" in page


def test_an_address_keeps_twenty_sets_unfolded_at_most(reader):
    for number in range(25):
        with at(number):
            UserGroup.objects.bulk_create(UserGroup(name=f"{number} {which}") for which in "ab")
    way = f"{LIST}?changed_by=jclerk&fold=1"
    for _click in range(25):
        way = next(address for expanded, address in toggles(reader.get(way)) if expanded == "false")
    assert way.count("unfold=") == 20
    assert len(way) < 2000
    assert sum(expanded == "true" for expanded, _way in toggles(reader.get(way))) == 20


@pytest.mark.parametrize("query", ["fold=yes", "fold=0", "unfold=abc", "unfold=%00", f"unfold={'0' * 33}"])
def test_what_is_no_way_of_folding_is_an_error(reader, query):
    response = reader.get(f"{LIST}?{query}")
    assert "have errors" in text_of(response)
    assert rows_of(response) == []


@pytest.mark.usefixtures("teacher")
def test_folding_costs_no_query(reader):
    plain = count_queries(lambda: reader.get(LIST, HERS))
    assert count_queries(lambda: reader.get(LIST, {**HERS, "fold": "1"})) == plain
