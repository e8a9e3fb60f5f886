"""From a valid form of the Audit Log to its criteria: look-ups in the log included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.http import QueryDict

from .criteria import FEW, Criteria, Part, Property
from .models import Action
from .ranges import end_of_day, moment_of, span, today_here
from .search import (
    actors_containing,
    actors_in_log,
    fold_name,
    fold_value,
    names_containing,
    parts,
    properties_containing,
    tables_in_log,
    values_of,
)

#: What stands between the value before and the value after where a change is typed as one text.
ARROW = "->"


def criteria_of(asked: Mapping[str, Any], using: str) -> Criteria:
    """What a form asks for, given its cleaned data."""
    start, end = period_of(asked)
    searched = parts(asked["affected_object"]) if asked["affected_object"] else []
    return Criteria(
        start=start,
        end=end,
        tables=_but(asked["table"] or None, asked["not_table"], lambda: tables_in_log(using)),
        actions=_but(asked["action"] or None, asked["not_action"], lambda: Action.values),
        changed_by=_but(_actors(asked, using), asked["not_actor"], lambda: actors_in_log(using)),
        by=asked["by"],
        change_set=asked["change_set"],
        parts=tuple(Part(text, names_containing(text, using)) for text in searched),
        name=fold_name(asked["object"]) if asked["object"] else None,
        subject=asked["subject"] or None,
        marks=tuple(asked["mark"]) or None,
        with_property=_property(asked, using),
        without_names=tuple(map(fold_name, asked["not_object"])),
        without_subjects=tuple(asked["not_subject"]),
        without_properties=tuple(asked["not_property"]),
    )


def spelled_out(asked: QueryDict) -> QueryDict:
    """The query with a change that was typed as one text, “modifyRights true -> false”, in the fields that it is of.

    What is typed so takes the place of what these held. A name without a value before the arrow stands alone.
    """
    text = asked.get("property", "").replace("\N{RIGHTWARDS ARROW}", ARROW)
    before, arrow, new = text.partition(ARROW)
    if not arrow:
        return asked
    name, _space, existing = before.strip().partition(" ")
    query = asked.copy()
    for field, value in (("property", name), ("existing_value", existing.strip()), ("new_value", new.strip())):
        query.pop(field, None)
        if value:
            query[field] = value
    return query


def period_of(asked: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """From when, inclusive, to when, exclusive; None is an open end. The minute of an end time counts."""
    if asked["range"]:
        return span(asked["range"], today_here())
    first, last = asked["start_date"], asked["end_date"]
    start = moment_of(first, asked["start_time"] or time.min) if first else None
    if last and asked["end_time"] is not None:
        end = moment_of(last, asked["end_time"], end=True)
        return start, end and end + timedelta(minutes=1)
    return start, end_of_day(last) if last else None


def _but(values: Sequence[str] | None, excluded: Sequence[str], everything: Any) -> tuple[str, ...] | None:
    """The values without the excluded ones; of all there are, where none are named."""
    if not excluded:
        return None if values is None else tuple(values)
    kept: Iterable[str] = everything() if values is None else values
    return tuple(value for value in kept if value not in set(excluded))


def _actors(asked: Mapping[str, Any], using: str) -> tuple[str, ...] | None:
    exact = (asked["actor"],) if asked["actor"] else None
    if not asked["changed_by"]:
        return exact
    found = actors_containing(asked["changed_by"], using)
    return found if exact is None else tuple(actor for actor in found if actor in exact)


def _property(asked: Mapping[str, Any], using: str) -> Property | None:
    """A property by name and values. It is looked for along the value that is asked for, the new one first."""
    name, existing, new = asked["property"], fold_value(asked["existing_value"]), fold_value(asked["new_value"])
    if not (name or existing or new):
        return None
    names = properties_containing(name or "", using)
    found = Property(names, existing, new)
    for along in ("new", "existing"):
        text = existing if along == "existing" else new
        if text or (along == "new" and not existing):
            pairs = values_of(names, along, text, using, FEW + 1)
            found = Property(names, existing, new, along, pairs)
            if found.rare:
                break
    return found
