"""The demo district as it stands in the CSV files beside this module."""

from __future__ import annotations

import csv
from pathlib import Path

HERE = Path(__file__).parent


def records(name: str, folder: Path = HERE) -> list[dict[str, str]]:
    """The lines of a file with a header."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lines(name: str) -> list[list[str]]:
    """The lines of a file without a header; those that begin with # are for the reader of the file."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file) if row and not row[0].startswith("#")]
