"""What the list of the Data Sync Log shows of an entry, ready to be printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape

from auditlog.texts import moment, visible

from .models import TEXT_COLUMNS

#: The columns in their order (Data Sync Log); each has a search field of the same name.
COLUMNS = ("timestamp", "action", *TEXT_COLUMNS)
HOME_SCHOOL = "home_school"

#: A column's heading and the text in it.
Cell = tuple[str, str]


@dataclass(frozen=True)
class Line:
    """An entry in the list. ``cells`` are those after the timestamp. ``review``: what was last done about it."""

    id: int
    timestamp: str
    review: str
    cells: Sequence[Cell]


def lines(entries: Iterable[Any], headings: Mapping[str, str], reviews: Mapping[int, str]) -> list[Line]:
    """The entries as lines with the columns of these headings, which begin with the timestamp."""
    # Escaped once here instead of in every row.
    columns = [(name, escape(heading)) for name, heading in headings.items() if name != "timestamp"]
    return [
        Line(
            entry.pk,
            moment(entry.timestamp),
            reviews.get(entry.pk, ""),
            [(heading, visible(getattr(entry, name))) for name, heading in columns],
        )
        for entry in entries
    ]
