"""When the invented clicks happen: on the working days of some years, August the busiest month."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from itertools import accumulate

YEARS = 6
BUSY = {8: 4.0, 7: 1.5, 9: 2.0}
SATURDAY = 5
OPENS = datetime.timedelta(hours=13)
OPEN_FOR = datetime.timedelta(hours=8)
#: The last clicks of a day are made when others have gone home.
EVENING = 0.97
CLOSED_FOR = datetime.timedelta(hours=2)


class Days:
    """The working days of the years before ``end``, and how much of the history lies before each."""

    def __init__(self, end: datetime.date) -> None:
        days = (end - datetime.timedelta(days=back) for back in range(365 * YEARS, 0, -1))
        self.days = [day for day in days if day.weekday() < SATURDAY]
        self.before = list(accumulate((BUSY.get(day.month, 1.0) for day in self.days), initial=0.0))

    def at(self, share: float) -> datetime.datetime:
        """The time at which this share (0 to less than 1) of the history has happened, in UTC."""
        place = share * self.before[-1]
        number = min(bisect_right(self.before, place) - 1, len(self.days) - 1)
        begun = (place - self.before[number]) / (self.before[number + 1] - self.before[number])
        midnight = datetime.datetime.combine(self.days[number], datetime.time(), datetime.UTC)
        return midnight + OPENS + OPEN_FOR * begun + (CLOSED_FOR if begun > EVENING else datetime.timedelta())


def evening(at: datetime.datetime) -> bool:
    """Whether a click of this history was made out of hours."""
    return at - at.replace(hour=0, minute=0, second=0, microsecond=0) > OPENS + OPEN_FOR
