"""The criteria in use, each as a chip that can be taken away, and the links that narrow the list further."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from .export.about import value_in_words
from .filters import LogFilterSet
from .texts import shortened, visible
from .viewer import without

#: What is taken away together: a time of day belongs to its day.
TOGETHER = {"start_date": ("start_date", "start_time"), "end_date": ("end_date", "end_time")}

#: What belongs to the rows shown just now, and goes when others are.
OF_ROWS = ("entry", "unfold")

#: How the names of parameters that exclude begin.
NOT = "not_"

#: How much of a value a chip shows.
LONGEST = 60


@dataclass(frozen=True)
class Chip:
    """A criterion in use: what it is about, its value, whether it excludes, and the query without it."""

    label: str
    value: str
    excludes: bool
    query: str


@dataclass(frozen=True)
class Choice:
    """A way to narrow that is offered as a link or a box: its value, what it is called, whether it is in use."""

    value: str
    label: str
    query: str
    current: bool


def chips(filterset: LogFilterSet, asked: QueryDict) -> list[Chip]:
    """The criteria in use, in the order of the filter set; nothing where they have errors."""
    if not filterset.is_valid():
        return []
    names = [name for name in filterset.filters if name not in filterset.shown_how]
    return [chip for name in names for chip in _chips(filterset, asked, name)]


def _chips(filterset: LogFilterSet, asked: QueryDict, name: str) -> Iterator[Chip]:
    form = filterset.form
    cleaned = form.cleaned_data.get(name)
    values = cleaned if isinstance(cleaned, list | tuple) else [cleaned]
    for value in values:
        if value not in (None, ""):
            text = shortened(visible(value_in_words(form, name, value)), LONGEST)
            yield Chip(str(form.fields[name].label), text, name.startswith(NOT), _without(asked, name, str(value)))


def _without(asked: QueryDict, name: str, value: str) -> str:
    """The query without a criterion, or without one of its values; and without what is chosen in the list."""
    query = without(asked, *OF_ROWS, *TOGETHER.get(name, ()))
    values = query.getlist(name)
    if len(values) > 1:
        query.setlist(name, [one for one in values if one != value])
    else:
        query.pop(name, None)
    return query.urlencode()


def choices(
    asked: QueryDict, name: str, offered: Sequence[tuple[str, Any]], *, instead_of: Sequence[str]
) -> list[Choice]:
    """Links that set one parameter instead of others; the one in use takes itself away."""
    current, base = asked.get(name, ""), without(asked, name, *OF_ROWS, *instead_of)
    found = []
    for value, label in offered:
        query = base.copy()
        if value != current:
            query[name] = value
        found.append(Choice(value, str(label), query.urlencode(), value == current))
    return found


def beginning_of(asked: QueryDict, name: str) -> str:
    """The query that is complete once a value is put behind it: the list narrowed to that value."""
    query = without(asked, name, *OF_ROWS).urlencode()
    return f"{query}&{name}=" if query else f"{name}="
