"""The published table of threats names real tests."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

PAGE = Path(settings.BASE_DIR) / "docs" / "security.md"
TESTS = Path(settings.BASE_DIR) / "tests"


def test_every_threat_says_what_stands_against_it_and_names_a_test_that_exists():
    existing = {
        name for file in TESTS.rglob("test_*.py") for name in re.findall(r"^def (test_\w+)\(", file.read_text(), re.M)
    }
    threats = [line.strip("|\n ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]
    assert len(threats) == 22
    for row in threats:
        threat, against, test = row
        assert all((threat, against)), row
        assert test.strip("`") in existing, f"{threat}: there is no test {test}"
