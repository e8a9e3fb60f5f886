"""Tables of the documents whose rows name tests."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TESTS = ROOT / "tests"


def rows(page: str) -> list[list[str]]:
    """The cells of every line of a table of ``docs/``, headings included."""
    lines = (ROOT / "docs" / page).read_text().splitlines()
    return [line.strip("|\n ").split(" | ") for line in lines if line.startswith("| ")]


def names_of_tests() -> set[str]:
    """All tests that there are."""
    return {
        name for file in TESTS.rglob("test_*.py") for name in re.findall(r"^def (test_\w+)\(", file.read_text(), re.M)
    }
