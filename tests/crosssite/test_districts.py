"""The nearest district above an organization."""

from __future__ import annotations

from crosssite.sync.districts import Districts
from crosssite.sync.records import Org


def orgs(*rows: tuple[str, str, str]) -> dict[str, Org]:
    """Of sourcedId, type and parent."""
    return {key: Org(key, key.title(), kind, "", parent, deleted=False, line=2) for key, kind, parent in rows}


def above(districts: Districts, key: str) -> str | None:
    org = districts.above(key)
    return org.sourced_id if org else None


def test_the_nearest_district_above_is_found_a_district_is_its_own():
    found = orgs(
        ("state", "state", ""),
        ("county", "district", "state"),
        ("town", "district", "county"),
        ("high", "school", "town"),
        ("wing", "department", "high"),
    )
    districts = Districts(found)
    assert [above(districts, key) for key in ("wing", "high", "town", "county")] == ["town", "town", "town", "county"]


def test_an_org_below_none_or_below_one_that_is_not_listed_has_no_district():
    districts = Districts(orgs(("state", "state", ""), ("high", "school", "elsewhere")))
    assert [above(districts, key) for key in ("state", "high", "elsewhere", "")] == [None] * 4


def test_a_circle_has_no_district_and_an_end():
    districts = Districts(orgs(("a", "school", "b"), ("b", "school", "a"), ("c", "school", "b")))
    assert [above(districts, key) for key in "abc"] == [None] * 3


def test_however_deep_the_orgs_lie_each_is_looked_at_once():
    depth = 20_000
    rows = [(str(number), "school", str(number + 1)) for number in range(depth)]
    districts = Districts(orgs(*rows, (str(depth), "district", "")))
    assert {above(districts, key) for key, _kind, _parent in rows} == {str(depth)}
