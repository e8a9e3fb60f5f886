"""The tool tree: module > folder > tool > subright, from a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path

from django.db import transaction

from .models import Tool

SHIPPED = Path(__file__).with_name("tools.csv")
HEADER = ["module", "folder", "tool", "subright"]
SEPARATOR = " > "
#: What a column for a name holds.
LONGEST = 100


class ToolFileError(ValueError):
    """A tool file that cannot be loaded; the message names file, line and what to do."""


def read_tools(path: Path) -> list[Tool]:
    """The tools of a CSV file with the columns module, folder, tool, subright, in its order."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ToolFileError(f"{path}: {error}") from error
    if not rows or rows[0] != HEADER:
        raise ToolFileError(f"{path}, line 1: the columns must be {','.join(HEADER)}.")
    tools: dict[str, Tool] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        if len(row) != len(HEADER) or not all(cell.strip() for cell in row[:3]) or "\0" in "".join(row):
            raise ToolFileError(f"{path}, line {line}: needs module, folder, tool and an empty or named subright.")
        parts = [cell.strip() for cell in row]
        if any(len(part) > LONGEST for part in parts):
            raise ToolFileError(f"{path}, line {line}: a name is longer than {LONGEST} characters.")
        if any(SEPARATOR in part for part in parts):
            raise ToolFileError(f"{path}, line {line}: a name must not contain “{SEPARATOR}”.")
        name = SEPARATOR.join(filter(None, parts))
        if name in tools:
            raise ToolFileError(f"{path}, line {line}: {name} stands there twice.")
        tools[name] = Tool(module=parts[0], folder=parts[1], tool=parts[2], subright=parts[3], path=name, position=line)
    return list(tools.values())


def load_tools(path: Path = SHIPPED, using: str = "default") -> tuple[int, int]:
    """Add the file's tools and put known ones in its order; nothing is removed. Returns (tools in file, added)."""
    tools = read_tools(path)
    with transaction.atomic(using=using):
        before = Tool.objects.using(using).count()
        Tool.objects.using(using).bulk_create(
            tools, update_conflicts=True, unique_fields=["path"], update_fields=["position"], batch_size=100
        )
        return len(tools), Tool.objects.using(using).count() - before
