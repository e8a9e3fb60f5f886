"""Marks: what a reader should not miss about an entry, decided while it is written and kept beside it.

What a mark stands for is the application's to say: ``settings.AUDITLOG_MARKS`` names its ``MarkRules``, or is empty
for none. Nothing is ever computed over the log when it is read.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, TextField
from django.db.models.expressions import RawSQL
from django.utils.module_loading import import_string

from .areas import ITSELF, Area, Pair, is_concerned
from .context import Actor, current_actor, current_moment
from .engines import TAKEN_BACK_WITHIN

if TYPE_CHECKING:
    from .models import Mark

#: What a row's facts begin with where there are entries about it of the last day.
RECENT, NOT_RECENT = "1", "0"
TEXT = TextField()
SINCE = """
coalesce((
    SELECT '{recent}' FROM "AuditLogEntrySubject" WHERE subject = {key} AND "timestamp" >= %s LIMIT 1
), '{other}')
"""


@dataclass(frozen=True)
class Call:
    """What one ORM call did: records of an area before and after, by whom, and the time that the entries carry."""

    area: Area
    pairs: Sequence[Pair]
    actor: Actor
    at: datetime.datetime

    @property
    def facts(self) -> str:
        """What was read with one of the rows; for facts that are the same for all of them."""
        return next(row.facts for pair in self.pairs for row in pair if row and row.facts)


@dataclass(frozen=True)
class MarkRules:
    """How an application marks its entries.

    ``facts`` is SQL for one text, the same on every engine, with its parameters: the statement that reads a row reads
    it along (``Row.facts``), so that a decision costs no statement of its own. It names columns with their table, and
    is ready made, because building it of expressions would cost more than reading it. ``marks`` gives the marks of a
    call, each with the number of its pair and none twice; ``many`` after how many entries a change set is marked. Where
    entries take back what others did is the log's own to see.
    """

    facts: Callable[[Area, Actor], tuple[str, Sequence[Any]]]
    marks: Callable[[Call], Iterable[tuple[int, Mark]]]
    many: Callable[[Call], int]


def marking() -> MarkRules | None:
    """The rules in force, or None where entries are not marked."""
    return import_string(settings.AUDITLOG_MARKS) if settings.AUDITLOG_MARKS else None


def facts_of(area: Area, connection: BaseDatabaseWrapper, *, new: bool) -> list[Expression]:
    """What is read along with a row of this area, for who acts now: whether it is ``RECENT``, and the facts.

    ``new``: the rows were just added. Where a record is known by its row, nothing can have been there before.
    """
    if (rules := marking()) is None:
        return []
    facts, parameters = rules.facts(area, current_actor())
    # No text of a user's: names of tables and columns.
    if new and not area.moves:
        return [RawSQL(f"'{NOT_RECENT}' || {facts}", parameters, TEXT)]  # noqa: S611
    since = connection.ops.adapt_datetimefield_value(current_moment() - TAKEN_BACK_WITHIN)
    return [RawSQL(f"{_recent(area)} || {facts}", [since, *parameters], TEXT)]  # noqa: S611


@cache
def _recent(area: Area) -> str:
    """SQL for whether a row's own key (``areas.own_key``) has entries since a time; a walk along the index."""
    table = area.model_class._meta.db_table
    columns = [area.column(name) for name in area.moves] or [area.model_class._meta.pk.column or ""]
    key = " || ':' || ".join([f"'{area.name}'", *(f'"{table}"."{column}"' for column in columns)])
    if is_concerned(area.name):
        key += f" || '{ITSELF}'"
    return SINCE.format(recent=RECENT, other=NOT_RECENT, key=key)
