"""The values of an entry as ways to narrow the list: only these, or not these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from ..areas import area_named
from ..search import LONGEST as LONGEST_SEARCHED
from ..texts import shortened, visible
from .stored import Stored

#: How much of a value is shown in a link.
LONGEST = 80
#: How many properties have links of their own.
MOST_PROPERTIES = 8


@dataclass(frozen=True)
class Narrowing:
    """A value, and the queries of the list of those entries that have it and of those that have it not."""

    label: str
    value: str
    only: str
    without: str


def narrowings(told: Stored, kept: str = "") -> list[Narrowing]:
    """The ways to narrow a list by what an entry says. ``kept`` is the query of the list that they go on from."""
    return [
        Narrowing(label, visible(shortened(value, LONGEST)), _only(kept, name, value), _without(kept, name, value))
        for label, name, value in dict.fromkeys(_values(told))
        if len(value) <= LONGEST_SEARCHED
    ]


def _values(told: Stored) -> Iterator[tuple[str, str, str]]:
    """(what it is called, its criterion, its value)."""
    if area_named(told.entry.table):
        yield _("Table"), "table", told.entry.table
    yield _("Action"), "action", told.entry.action
    yield _("Changed By"), "actor", told.entry.changed_by
    for name in _names(told):
        yield _("Affected Object"), "object", name
    if told.subject:
        yield _("This record"), "subject", told.subject
    for detail in told.details[:MOST_PROPERTIES]:
        yield _("Property Name"), "property", detail.property_name


def _names(told: Stored) -> Iterator[str]:
    """Those lines that are names of the affected object; of a tool's way its own name is one."""
    affected = f", {told.entry.affected_object}, "
    for line in told.lines:
        for name in (line.value, line.value.rpartition(" > ")[2]):
            if name and f", {name}, " in affected:
                yield name
                break


def _only(kept: str, name: str, value: str) -> str:
    query = _query(kept, f"not_{name}", value)
    query[name] = value
    return query.urlencode()


def _without(kept: str, name: str, value: str) -> str:
    query = _query(kept, f"not_{name}", value)
    if query.get(name) == value:
        del query[name]
    query.appendlist(f"not_{name}", value)
    return query.urlencode()


def _query(kept: str, name: str, value: str) -> QueryDict:
    """The query that is kept, without the chosen entry and without one value of a criterion."""
    query = QueryDict(kept, mutable=True)
    for dropped in ("entry", "unfold"):
        query.pop(dropped, None)
    values: Sequence[str] = [other for other in query.getlist(name) if other != value]
    query.pop(name, None)
    if values:
        query.setlist(name, list(values))
    return query
