"""The marked entries of the last days that nobody has acknowledged yet.

Found by one walk along the index of the marks for each mark, newest first. A walk passes over what is acknowledged,
so it ends after a number of steps too: what it costs grows neither with the log nor with what is done in a week.
Both engines read the same statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections

from .engines import engine_of
from .models import AuditLogEntry, AuditLogEntryMark, Mark

#: How many marks a walk looks at, and how many it gives at most.
LOOKED_AT = 2000
GIVEN = 200

WALK = """
SELECT entry_id FROM (
    SELECT entry_id, "timestamp" FROM "AuditLogEntryMark" WHERE mark = %s AND "timestamp" >= %s
    ORDER BY "timestamp" DESC, entry_id DESC LIMIT %s
) AS recent
WHERE NOT EXISTS (SELECT 1 FROM "AuditLogAcknowledgement" AS a WHERE a.entry_id = recent.entry_id)
ORDER BY "timestamp" DESC, entry_id DESC LIMIT %s
"""
#: Whether a walk ended before all was looked at.
FURTHER = """
SELECT 1 FROM "AuditLogEntryMark" WHERE mark = %s AND "timestamp" >= %s
ORDER BY "timestamp" DESC, entry_id DESC LIMIT 1 OFFSET %s
"""


@dataclass(frozen=True)
class Unseen:
    """The newest of them, newest first; ``more`` says that there may be others."""

    entries: Sequence[AuditLogEntry]
    more: bool


def unseen(since: datetime, using: str = "default") -> Unseen:
    """The newest marked entries since a moment that nobody has acknowledged. Three statements."""
    looked_at = [(mark.value, _adapted(since, using), LOOKED_AT) for mark in Mark]
    walks = [f"SELECT * FROM ({WALK}) AS walk"] * len(looked_at)
    ids = _rows(" UNION ALL ".join(walks), [(*walk, GIVEN) for walk in looked_at], using)
    further = ", ".join([f"({FURTHER})"] * len(looked_at))
    ((beyond,),) = _rows(f"SELECT coalesce({further}, 0)", looked_at, using)
    wanted = engine_of(connections[using]).id_list({pk for (pk,) in ids})
    found = AuditLogEntry.objects.using(using).filter(pk__in=wanted).order_by("-timestamp", "-id")
    entries = list(found[:GIVEN])
    # Each walk gives its newest: past as many as one gives, others may be missing in between.
    return Unseen(entries, more=bool(beyond) or len(ids) >= GIVEN)


def _rows(statement: str, values: Sequence[tuple[Any, ...]], using: str) -> list[tuple[Any, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(statement, [value for some in values for value in some])
        return list(cursor.fetchall())


def _adapted(moment: datetime, using: str) -> Any:
    return AuditLogEntryMark._meta.get_field("timestamp").get_db_prep_value(moment, connections[using])
