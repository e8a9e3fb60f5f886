"""Marks: what a reader should not miss about an entry, decided while it is written and kept beside it.

What a mark stands for is the application's to say: ``settings.AUDITLOG_MARKS`` names its ``MarkRules``, or is empty
for none. Nothing is ever computed over the log when it is read.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Expression
from django.utils.module_loading import import_string

from .areas import Area, Pair
from .context import Actor, current_actor

if TYPE_CHECKING:
    from .models import Mark


@dataclass(frozen=True)
class Call:
    """What one ORM call did: records of an area before and after, by whom, and the time that the entries carry."""

    area: Area
    pairs: Sequence[Pair]
    actor: Actor
    at: datetime.datetime

    @property
    def facts(self) -> tuple[Any, ...]:
        """What was read with one of the rows; for facts that are the same for all of them."""
        return next(row.facts for pair in self.pairs for row in pair if row and row.facts)


@dataclass(frozen=True)
class MarkRules:
    """How an application marks its entries.

    ``facts`` are SQL expressions that the statement which reads a row reads along with it (``Row.facts``), so that
    a decision costs no statement of its own. ``marks`` gives the marks of a call, each with the number of its pair
    and none twice; ``many`` after how many entries a change set is marked. Where entries take back what others did
    is the log's own to see.
    """

    facts: Callable[[Area, Actor], Sequence[Expression]]
    marks: Callable[[Call], Iterable[tuple[int, Mark]]]
    many: Callable[[Call], int]


def marking() -> MarkRules | None:
    """The rules in force, or None where entries are not marked."""
    return import_string(settings.AUDITLOG_MARKS) if settings.AUDITLOG_MARKS else None


def facts_of(area: Area) -> Sequence[Expression]:
    """What is read along with a row of this area, for who acts now."""
    rules = marking()
    return rules.facts(area, current_actor()) if rules else ()
