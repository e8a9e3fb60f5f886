"""The entries that made some records what they are now: found by identity, whatever names they had."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connections

from .engines import engine_of
from .models import Action, AuditLogEntry

#: For each subject the newest entry about it, and the newest that added it: two walks along the index of subjects.
LATEST = """
WITH asked(subject) AS ({})
SELECT asked.subject,
    (SELECT n.entry_id FROM "AuditLogEntrySubject" AS n WHERE n.subject = asked.subject
        ORDER BY n.timestamp DESC, n.entry_id DESC LIMIT 1),
    (SELECT n.entry_id FROM "AuditLogEntrySubject" AS n WHERE n.subject = asked.subject
        AND (SELECT e.action FROM "AuditLogEntry" AS e WHERE e.id = n.entry_id) = 'add'
        ORDER BY n.timestamp DESC, n.entry_id DESC LIMIT 1)
FROM asked
"""


@dataclass(frozen=True)
class Told:
    """An entry as others refer to it: when it was made, and by whom."""

    id: int
    timestamp: datetime
    changed_by: str
    person: str


@dataclass(frozen=True)
class Latest:
    """What the log knows of a record that is there now: the entry that added it, and its newest change since."""

    added: Told | None = None
    changed: Told | None = None


#: Nothing is on record: it was made while that was not recorded.
UNKNOWN = Latest()


def latest(subjects: Collection[str], using: str = "default") -> dict[str, Latest]:
    """What the log knows of records that are there now, by their subjects (``areas.subject_key``). Two statements.

    Where the newest entry tells that a record was deleted, it was made again without being recorded: by whom is not
    known, and an older entry did not make it what it is.
    """
    if not subjects:
        return {}
    found = _newest_and_added(subjects, using)
    told = _told({entry for ids in found.values() for entry in ids if entry is not None}, using)
    return {subject: _latest(*ids, told) for subject, ids in found.items()}


def _newest_and_added(subjects: Collection[str], using: str) -> dict[str, tuple[int | None, int | None]]:
    connection = connections[using]
    asked = engine_of(connection).text_list(list(subjects))
    with connection.cursor() as cursor:
        cursor.execute(LATEST.format(asked.sql), asked.params)
        return {subject: (newest, added) for subject, newest, added in cursor.fetchall()}


def _told(ids: Collection[int], using: str) -> dict[int, tuple[str, Told]]:
    """The entries with these ids, each with its action."""
    wanted = engine_of(connections[using]).id_list(sorted(ids))
    rows = AuditLogEntry.objects.using(using).filter(pk__in=wanted).order_by()
    columns = ("pk", "timestamp", "changed_by", "changed_by_name", "action")
    return {pk: (action, Told(pk, *rest)) for pk, *rest, action in rows.values_list(*columns)}


def _latest(newest: int | None, added: int | None, told: dict[int, tuple[str, Told]]) -> Latest:
    if newest is None or newest not in told:
        return UNKNOWN
    action, entry = told[newest]
    if action == Action.DELETE:
        return UNKNOWN
    return Latest(told[added][1] if added in told else None, entry if action == Action.CHANGE else None)
