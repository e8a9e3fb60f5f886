"""docs/install.md as what it is for the person who follows it: files to make and commands to enter, in this order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "install.md"

BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
#: The paragraph before a file's block begins with the file's path.
PATH = re.compile(r"`(/[^`]+)`")


@dataclass(frozen=True)
class File:
    path: str
    text: str


@dataclass(frozen=True)
class Commands:
    text: str


def steps(page: str) -> Iterator[File | Commands]:
    """Every block of the page; one that is neither a file nor commands is a mistake in the page."""
    end = 0
    for block in BLOCK.finditer(page):
        paragraph = page[end : block.start()].strip().rpartition("\n\n")[2]
        end = block.end()
        if path := PATH.match(paragraph):
            yield File(path[1], block["text"])
        elif block["kind"] == "sh":
            yield Commands(block["text"])
        else:
            raise AssertionError(f"which file is this?\n{block['text']}")
