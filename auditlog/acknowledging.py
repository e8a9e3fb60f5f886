"""Taking note of marked entries: beside the log, once for each entry. The first one counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connections, router, transaction
from django.db.models import Model
from django.utils import timezone

from .access import who_is_acting
from .context import current_work
from .models import AuditLogAcknowledgement, AuditLogEntry

#: How many clicks are acknowledged at once: more than a page offers.
MOST = 100

#: Digits of an id, in every case less than what a database takes.
LONGEST_ID = 18

#: One statement on both engines. Who is later finds the row there, or waits for it and gives way.
STATEMENT = """
INSERT INTO "AuditLogAcknowledgement"
    (entry_id, "timestamp", acknowledged_by, acknowledged_by_name, acknowledged_by_id)
SELECT e.id, %s, %s, %s, %s FROM "AuditLogEntry" AS e
WHERE ({})
    AND EXISTS (SELECT 1 FROM "AuditLogEntryMark" AS m WHERE m.entry_id = e.id)
    AND NOT EXISTS (SELECT 1 FROM "AuditLogAcknowledgement" AS a WHERE a.entry_id = e.id)
ON CONFLICT (entry_id) DO NOTHING
"""


@dataclass(frozen=True)
class Seen:
    """The marked entries of a change set as a person saw them: those up to ``last``, and none that came later."""

    change_set: UUID
    first: int
    last: int

    @property
    def text(self) -> str:
        """As it stands in a form."""
        return f"{self.change_set.hex}.{self.first}.{self.last}"

    @classmethod
    def of(cls, text: str) -> Seen:
        """What stood in a form; ValueError for what no form of ours holds."""
        change_set, first, last = text.split(".")
        if max(len(first), len(last)) > LONGEST_ID:
            raise ValueError(text)
        return cls(UUID(hex=change_set), int(first), int(last))


def acknowledge(seen: Sequence[Seen]) -> int:
    """Keep that who is acting has taken note of marked entries; the number of those that nobody had before."""
    using = router.db_for_write(AuditLogAcknowledgement)
    columns = [[_adapted(AuditLogEntry, "change_set", one.change_set, using), one.first, one.last] for one in seen]
    where = " OR ".join(["(e.change_set = %s AND e.id BETWEEN %s AND %s)"] * len(seen)) or "1 = 0"
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(STATEMENT.format(where), [*_note(using), *chain.from_iterable(columns)])
        return int(cursor.rowcount)


def _note(using: str) -> list[Any]:
    """When, and who: what every row of an acknowledgement says."""
    who, work = who_is_acting(), current_work()
    when = (work and work.at) or timezone.now()
    at = _adapted(AuditLogAcknowledgement, "timestamp", when, using)
    return [at, who.changed_by, who.changed_by_name, who.changed_by_id]


def _adapted(model: type[Model], field: str, value: object, using: str) -> Any:
    """A value as the column of a field takes it."""
    return model._meta.get_field(field).get_db_prep_value(value, connections[using])  # type: ignore[union-attr]
