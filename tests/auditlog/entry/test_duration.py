from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from auditlog.entry.duration import lasted

START = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(0), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1, seconds=59), "1 minute"),
        (timedelta(minutes=42), "42 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=3, minutes=1), "3 hours 1 minute"),
        (timedelta(days=2, hours=3, minutes=59), "2 days 3 hours"),
        (timedelta(days=2, minutes=59), "2 days"),
        (timedelta(days=365), "1 year"),
        (timedelta(days=365 * 3 + 40, hours=5), "3 years 40 days"),
    ],
)
def test_a_time_is_told_by_its_two_largest_units(time, said):
    assert lasted(START, START + time) == said


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", "23 hours"), ("2026-11-01", "1 day 1 hour")])
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_was(day, hours):
    zone = ZoneInfo("America/Chicago")
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone)
    day_before = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone) - timedelta(days=1)
    assert lasted(day_before, noon) == hours
