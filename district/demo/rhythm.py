"""When people work on rights in a school district: mostly in working hours, and above all in August."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from django.utils import timezone

#: How busy each month is; the turn of the school year outweighs the rest.
WEIGHTS = {1: 12, 2: 9, 3: 8, 4: 7, 5: 8, 6: 7, 7: 12, 8: 40, 9: 20, 10: 12, 11: 10, 12: 5}
SATURDAY = 5
WEEKEND = 0.04
EVENING = 0.08
#: The hours within which a sitting begins, from the first to the last.
BY_DAY, AT_NIGHT = (7, 14), (18, 21)
LONGEST_SITTING = 4
PERIOD = 270


@dataclass(frozen=True)
class Turn:
    """Whose turn it is to click, and how many days at least after the click before."""

    who: str
    days_later: int = 0


def days_before(now: datetime.datetime) -> list[datetime.date]:
    """The days of the history, the oldest first; it ends the day before yesterday."""
    today = timezone.localdate(now)
    return [today - datetime.timedelta(days=back) for back in range(PERIOD, 1, -1)]


def moments(turns: Sequence[Turn], days: Sequence[datetime.date], random: Random) -> Iterator[datetime.datetime]:
    """A time for each turn, strictly increasing; turns of the same person in a row fall into sittings."""
    sittings = list(_sittings(turns))
    at = None
    for start, sitting in zip(sorted(_start(days, random) for _ in sittings), sittings, strict=True):
        earliest = at + datetime.timedelta(days=sitting[0].days_later, seconds=random.randint(15, 90)) if at else start
        at = max(start, earliest)
        yield at
        for _turn in sitting[1:]:
            at += datetime.timedelta(seconds=random.randint(12, 300), microseconds=random.randrange(10**6))
            yield at


def _sittings(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    sitting: list[Turn] = []
    for turn in turns:
        if sitting and (turn.who != sitting[0].who or turn.days_later or len(sitting) == LONGEST_SITTING):
            yield sitting
            sitting = []
        sitting.append(turn)
    if sitting:
        yield sitting


def _start(days: Sequence[datetime.date], random: Random) -> datetime.datetime:
    weights = [WEIGHTS[day.month] * (WEEKEND if day.weekday() >= SATURDAY else 1) for day in days]
    (day,) = random.choices(days, weights)
    hour = random.randint(*(AT_NIGHT if random.random() < EVENING else BY_DAY))
    time = datetime.time(hour, random.randrange(60), random.randrange(60), random.randrange(10**6))
    return timezone.make_aware(datetime.datetime.combine(day, time))
