"""The published table of threats names real tests."""

from __future__ import annotations

from tests.documented import names_of_tests, rows


def test_every_threat_says_what_stands_against_it_and_names_a_test_that_exists():
    existing, threats = names_of_tests(), rows("security.md")[1:]
    assert len(threats) == 22
    for row in threats:
        threat, against, test = row
        assert all((threat, against)), row
        assert test.strip("`") in existing, f"{threat}: there is no test {test}"
