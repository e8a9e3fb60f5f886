"""docs/operations.md by its headings: the files to make and the commands to enter under each."""

from __future__ import annotations

import re

from tests.install import page as install
from tests.install.page import ROOT, Commands, File, steps

PAGE = ROOT / "docs" / "operations.md"


def under(heading: str, page: str | None = None) -> list[File | Commands]:
    """The steps below a heading, up to the next one."""
    parts = re.split(r"^##+ (.+)\n", page if page is not None else PAGE.read_text(), flags=re.MULTILINE)
    texts = dict(zip(parts[1::2], parts[2::2], strict=True))
    return list(steps(texts[heading]))


def installing(heading: str) -> list[File | Commands]:
    """The same of docs/install.md."""
    return under(heading, install.PAGE.read_text())
