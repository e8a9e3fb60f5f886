"""Whether something happened in working hours, by the two preferences about them (School day and terms)."""

from __future__ import annotations

import datetime
import re

from django.utils import timezone

TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
SATURDAY = 5


def time_of_day(text: str) -> datetime.time | None:
    """The time that a text such as ``07:00`` stands for; None where it is none."""
    return datetime.time.fromisoformat(text) if TIME_OF_DAY.fullmatch(text) else None


def outside(at: datetime.datetime, begin: datetime.time, end: datetime.time) -> bool:
    """Whether a moment lies outside of the hours from ``begin`` (included) to ``end`` (not included).

    District time. Saturdays and Sundays are outside. A begin later than the end is a night shift, and what follows
    midnight belongs to the day on which the shift began: early Saturday is still Friday's. The same begin and end
    are the whole day.
    """
    local = at.astimezone(timezone.get_default_timezone())
    day, now = local.date(), local.time()
    if begin >= end and now < end:
        day -= datetime.timedelta(days=1)
    within = begin <= now < end if begin < end else (now >= begin or now < end)
    return day.weekday() >= SATURDAY or not within
