from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from district.catalogue import CATALOGUE
from district.preferences import check_value
from district.working_hours import outside


def at(text):
    """A moment in district time; 03/02/2026 is a Monday."""
    return timezone.make_aware(datetime.datetime.fromisoformat(text))


def clock(text):
    return datetime.time.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "begin", "end", "expected"),
    [
        ("2026-03-02 07:00", "07:00", "16:30", False),
        ("2026-03-02 06:59:59", "07:00", "16:30", True),
        ("2026-03-02 16:29:59", "07:00", "16:30", False),
        ("2026-03-02 16:30", "07:00", "16:30", True),
        ("2026-03-07 10:00", "07:00", "16:30", True),
        ("2026-03-08 10:00", "07:00", "16:30", True),
        # A night shift: from 22:00 to 06:00; early Saturday is Friday's, early Monday is Sunday's.
        ("2026-03-02 23:00", "22:00", "06:00", False),
        ("2026-03-03 05:59", "22:00", "06:00", False),
        ("2026-03-03 06:00", "22:00", "06:00", True),
        ("2026-03-07 05:59", "22:00", "06:00", False),
        ("2026-03-07 23:00", "22:00", "06:00", True),
        ("2026-03-02 05:59", "22:00", "06:00", True),
        # The same begin and end are the whole day.
        ("2026-03-03 03:00", "08:00", "08:00", False),
        # Daylight saving time begins on 03/08 at 02:00 and does not move the hours.
        ("2026-03-09 07:00", "07:00", "16:30", False),
    ],
)
def test_outside_of_working_hours_in_district_time(moment, begin, end, expected):
    assert outside(at(moment), clock(begin), clock(end)) is expected
    assert outside(at(moment).astimezone(datetime.UTC), clock(begin), clock(end)) is expected


@pytest.mark.parametrize("value", ["7:00", "24:00", "07:60", "0700", "07:00:00", "", "seven", "٠٧:٠٠"])
def test_a_time_of_day_that_is_none_is_refused(value):
    with pytest.raises(ValidationError, match="07:30"):
        check_value(CATALOGUE["WorkingHoursStart"], value)
