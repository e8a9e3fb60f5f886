"""The published table of paths names real tests, and every path has one."""

from __future__ import annotations

import re

import pytest

from tests.documented import TESTS, names_of_tests, rows


def paths():
    """(path, what happens, test) of every row."""
    return [row for row in rows("what-is-recorded.md") if row[0] != "path"]


def test_every_path_says_what_happens_and_names_one_test_that_exists():
    existing = names_of_tests()
    for row in paths():
        assert len(row) == 3, row
        assert row[2] in existing, f"{row[0]}: there is no test {row[2]}"


@pytest.mark.parametrize("module", ["test_saving", "test_deleting", "test_querysets", "test_relations"])
def test_no_test_of_a_path_is_missing_from_the_table(module):
    ways = r"^def (test_(?:save|delete|update|bulk|add|remove|set|clear|create|reverse|get_or|queryset_delete)_\w+)\("
    listed = {row[2] for row in paths()}
    found = re.findall(ways, (TESTS / "auditlog" / f"{module}.py").read_text(), re.M)
    assert found
    assert set(found) - {"test_bulk_calls_with_nothing_to_do_leave_nothing"} <= listed
