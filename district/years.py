"""School years, named by the year in which they end."""

from __future__ import annotations

import datetime

from django.utils import timezone

#: A school year begins on the first day of this month.
FIRST_MONTH = 7


def school_year(day: datetime.date | None = None) -> int:
    """The end year of the school year a day lies in (2026-11-22 gives 2027); today in district time without one."""
    day = day or timezone.localdate()
    return day.year + 1 if day.month >= FIRST_MONTH else day.year
