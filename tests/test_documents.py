"""The documents lead where they say, and to each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])

FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def prose(document: Path) -> str:
    return FENCED.sub("", document.read_text())


def links(document: Path) -> Iterator[tuple[Path, str]]:
    """Files and headings that a document leads to, other sites left out."""
    for target in LINK.findall(prose(document)):
        if "://" not in target:
            path, _hash, heading = target.partition("#")
            yield (document.parent / path).resolve() if path else document, heading


def headings(document: Path) -> set[str]:
    """The addresses of a document's headings: small letters, hyphens for spaces, no other characters."""
    return {
        re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in HEADING.findall(prose(document))
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_or_a_heading_that_is_there(document):
    wrong = [
        f"{path.name}#{heading}"
        for path, heading in links(document)
        if not path.exists() or (heading and heading not in headings(path))
    ]
    assert wrong == []


def test_the_readme_leads_to_every_document():
    found = {path for path, _heading in links(ROOT / "README.md")}
    assert {path for path in DOCUMENTS if path.parent.name == "docs"} <= found
