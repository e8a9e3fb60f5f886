"""Whom changes reach besides those they name: the people of a group, kept once for a change set and a group.

They are read in the database by the statement that keeps them: before anything is deleted, after anything else is
written.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable

from .areas import Area, Pair, subject_key
from .engines import Reached


def reached_by(
    changes: Iterable[tuple[Area, Pair]], change_set: uuid.UUID, timestamp: datetime.datetime
) -> list[Reached]:
    """The groups that these changes are about; one for each kind of people, none where they are about no group.

    A new group reaches nobody: there cannot be anybody in it.
    """
    found: dict[str, dict[str, int]] = {}
    for area, (before, after) in changes:
        if (of := area.affected) and (before or area.name != of.area):
            groups = found.setdefault(of.people, {})
            groups |= {subject_key(of.area, of.group(row)): of.group(row) for row in (before, after) if row}
    return [Reached(people, change_set, timestamp, list(groups.items())) for people, groups in found.items()]
