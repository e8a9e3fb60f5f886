from __future__ import annotations

import re
from html import unescape

import pytest

from auditlog.context import acting_as
from district.models import Right, Tool, UserAccount, UserToolRights

from .shown import newest

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    """A right that a person was given; another person and another click gave other things."""
    jdoe = UserAccount.objects.create_user("jdoe")
    with acting_as("boss"):
        UserToolRights.objects.create(
            user=jdoe, tool=Tool.objects.get(path="Student Information > General > Behavior"), right=Right.WRITE
        )
    return newest()


def ways(page: str) -> dict[str, tuple[str, str]]:
    """The addresses of both links of each value."""
    block = page.partition('<details class="entry-narrowing"')[2].partition("</details>")[0]
    found = re.findall(r'<li>([^:]*?):\s*<a href="([^"]*)".*?<a href="([^"]*)"', block, re.DOTALL)
    return {re.sub(r"</?bdi>", "", label).strip(): (unescape(only), unescape(rest)) for label, only, rest in found}


def listed(page: str) -> list[str]:
    return re.findall(r'<a id="row-(\d+)"', page)


def test_each_value_leads_to_the_entries_that_have_it_and_to_those_that_have_not(reader, entry):
    found = ways(reader.get(f"/audit-log/{entry.pk}/").content.decode())
    labels = {"Table UserToolRights", "Action add", "Changed By boss", "Affected Object jdoe"}
    assert labels | {"Affected Object Behavior", "Property Name toolID"} <= set(found)
    everything = set(listed(reader.get("/audit-log/").content.decode()))
    for only, without in found.values():
        answers = [reader.get(address).content.decode() for address in (only, without)]
        assert "have errors" not in answers[0] + answers[1]
        having, others = (set(listed(answer)) for answer in answers)
        assert str(entry.pk) in having
        assert having | others == everything
        assert not having & others


def test_beside_the_list_its_criteria_are_kept_and_exchanged(reader, entry):
    address = f"/audit-log/?not_table=UserToolRights&not_table=UserGroup&start_date=2020-01-01&entry={entry.pk}"
    only, without = ways(reader.get(address).content.decode())["Table UserToolRights"]
    assert only == "/audit-log/?start_date=2020-01-01&not_table=UserGroup&table=UserToolRights"
    assert without == "/audit-log/?start_date=2020-01-01&not_table=UserGroup&not_table=UserToolRights"


def test_all_that_was_made_together_is_a_search(reader, entry):
    page = reader.get(f"/audit-log/{entry.pk}/").content.decode()
    assert f'href="/audit-log/?change_set={entry.change_set}"' in page
    assert listed(reader.get(f"/audit-log/?change_set={entry.change_set}").content.decode()) == [str(entry.pk)]


def test_a_name_longer_than_what_can_be_searched_has_no_link_that_leads_to_an_error(reader):
    with acting_as("b" * 255):
        UserAccount.objects.create_user("long")
    entry = newest()
    type(entry).objects.create(
        timestamp=entry.timestamp,
        table="Locker",
        action="add",
        affected_object="n" * 300,
        changed_by="c",
        object_id=1,
        change_set=entry.change_set,
        channel="web",
    )
    assert set(ways(reader.get(f"/audit-log/{newest().pk}/").content.decode())) == {"Action add", "Changed By c"}
