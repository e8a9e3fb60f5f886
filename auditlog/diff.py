"""Comparing two states of a record, and how a value reads in the log."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any


def changed(before: Mapping[str, Any], after: Mapping[str, Any], among: Iterable[str]) -> list[str]:
    """The keys of ``among``, in their order, whose values differ."""
    return [key for key in among if before[key] != after[key]]


def as_text(value: Any) -> str | None:
    """A stored value as the log keeps it: ``true``/``false``, ISO dates, None for no value at all.

    Date-times read in UTC, so that the same moment always gives the same text.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        value = value.astimezone(datetime.UTC)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
