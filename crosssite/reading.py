"""Reading the newest entries that match, whatever an engine's planner would make of it.

What is frequent is found among the most recent entries, and no more than those are looked through. What is rare has
to be sought in all entries of the school, since an index for each of nine columns would make every run pay for it.
Where most of the log is the school's, its table is then read from end to end: that takes a third of the time of
going through the school's index to one row after another.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce

from .access import ChosenSchool
from .models import SyncLogEntry

#: How many of the most recent entries are looked through first.
RECENT = 20_000
#: Which part of the log would have to be sought through the index for reading all of it to be the shorter way.
SHARE = 1 / 3


def newest(matching: QuerySet[Any], school: ChosenSchool, limit: int) -> list[Any]:
    """The newest of those matching entries that are of the school, no more than ``limit``. At most three statements.

    How large the school's part of the log is, and how far back enough of them reach, is judged by the recent ones.
    """
    if matching.query.is_empty():
        return []
    last = Subquery(SyncLogEntry.objects.order_by("-pk").values("pk")[:1])
    recent = school.rows(SyncLogEntry.objects.all()).order_by("-timestamp", "-pk")
    edge = recent.values_list("timestamp", "pk", last)[RECENT : RECENT + 1].first()
    if edge is None:
        return _by_index(matching, school, limit)
    timestamp, pk, last_pk = edge
    found = _by_index(matching.filter(timestamp__gte=timestamp), school, limit)
    if len(found) == limit:
        return found
    # Ids follow the time only as a rule: invented logs and runs of two districts at once do not keep to it.
    of_school = last_pk if school.school is None else min(last_pk, last_pk * RECENT / max(last_pk - pk, RECENT))
    sought = min(of_school, RECENT * limit / len(found)) if found else of_school
    return (_whole if sought > last_pk * SHARE else _by_index)(matching, school, limit)


def _by_index(matching: QuerySet[Any], school: ChosenSchool, limit: int) -> list[Any]:
    return list(school.rows(matching).order_by("-timestamp", "-pk")[:limit])


def _whole(matching: QuerySet[Any], school: ChosenSchool, limit: int) -> list[Any]:
    """The same without an index, which no engine uses for the outcome of a function."""
    matching = matching.alias(at=Coalesce("timestamp", "timestamp"), of=Coalesce("home_school_id", "home_school_id"))
    if school.school is not None:
        matching = matching.filter(of=school.school.pk)
    return list(matching.order_by("-at", "-pk")[:limit])
