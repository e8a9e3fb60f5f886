from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from auditlog.ranges import Range, moment_of, span, told


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("named", "today", "start", "end"),
    [
        ("today", date(2026, 1, 15), "2026-01-15T06:00", "2026-01-16T06:00"),
        ("yesterday", date(2026, 1, 1), "2025-12-31T06:00", "2026-01-01T06:00"),
        ("last_night", date(2026, 7, 10), "2026-07-09T23:00", "2026-07-10T11:00"),
        ("7_days", date(2026, 1, 15), "2026-01-09T06:00", "2026-01-16T06:00"),
        ("30_days", date(2026, 1, 30), "2026-01-01T06:00", "2026-01-31T06:00"),
        ("this_school_year", date(2026, 6, 30), "2025-07-01T05:00", "2026-07-01T05:00"),
        ("this_school_year", date(2026, 7, 1), "2026-07-01T05:00", "2026-07-02T05:00"),
        ("last_school_year", date(2026, 6, 30), "2024-07-01T05:00", "2025-07-01T05:00"),
        ("last_school_year", date(2026, 7, 1), "2025-07-01T05:00", "2026-07-01T05:00"),
        # The day on which the clocks go back has 25 hours, the one on which they go forward 23.
        ("today", date(2026, 11, 1), "2026-11-01T05:00", "2026-11-02T06:00"),
        ("last_night", date(2026, 3, 8), "2026-03-08T00:00", "2026-03-08T11:00"),
    ],
)
def test_a_range_is_the_districts_days(named, today, start, end):
    assert span(named, today) == (utc(start), utc(end))


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("yesterday", "12/31/2025 to 12/31/2025"),
        ("last_night", "12/31/2025 18:00 to 01/01/2026 06:00"),
        ("30_days", "12/03/2025 to 01/01/2026"),
        ("last_school_year", "07/01/2024 to 06/30/2025"),
    ],
)
def test_a_range_is_told_by_its_days_to_who_reads_of_it_later(named, words):
    assert told(named, date(2026, 1, 1)) == words


@pytest.mark.parametrize("named", Range.values)
@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2026, 7, 1), date(2026, 6, 30), date(2026, 1, 1)])
def test_every_range_has_a_beginning_before_its_end(named, today):
    start, end = span(named, today)
    assert start < end


def test_a_time_that_the_clocks_show_twice_begins_with_the_first_and_ends_with_the_second():
    day = date(2026, 11, 1)
    assert moment_of(day, time(1, 30)) == utc("2026-11-01T06:30")
    assert moment_of(day, time(1, 30), end=True) == utc("2026-11-01T07:30")


def test_a_time_that_the_clocks_skip_leaves_nothing_out():
    day = date(2026, 3, 8)
    assert moment_of(day, time(2, 30)) <= utc("2026-03-08T08:00") <= moment_of(day, time(2, 30), end=True)


def test_the_ends_of_the_calendar_are_no_limit():
    assert moment_of(date(9999, 12, 31), time(23, 59)) is None
