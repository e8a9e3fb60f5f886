"""Who else an entry reached: the members that a group had when the entry's change set first touched it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ..models import AuditLogAffected
from ..texts import visible
from .stored import Stored


@dataclass(frozen=True)
class Person:
    """A member of a group at that time: user name, and the person's name."""

    username: str
    name: str


def affected(told: Stored, using: str) -> Sequence[Person] | None:
    """The people an entry reached; None where nobody was noted for it. One statement."""
    found = AuditLogAffected.objects.using(using).filter(
        change_set=told.entry.change_set, subject__in=list(told.subjects)
    )
    snapshots = list(found.order_by("pk").values_list("people", flat=True))
    if not snapshots:
        return None
    # An entry that moves something from one group to another is about both.
    people = dict.fromkeys(tuple(person) for people in snapshots for person in json.loads(people))
    return [Person(visible(username), visible(name)) for _id, username, name in people]
