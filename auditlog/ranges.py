"""Periods that are named by their relation to today, and moments of the district's days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

#: From when to when nobody is at work.
EVENING, MORNING = time(18), time(6)


class Range(models.TextChoices):
    """A period that moves along with today; it stays as it is named in addresses and saved searches."""

    TODAY = "today", _("Today")
    YESTERDAY = "yesterday", _("Yesterday")
    LAST_NIGHT = "last_night", _("Last night, 18:00 to 6:00")
    WEEK = "7_days", _("Last 7 days")
    MONTH = "30_days", _("Last 30 days")
    THIS_YEAR = "this_school_year", _("This school year")
    LAST_YEAR = "last_school_year", _("Last school year")


def span(named: str, today: date) -> tuple[datetime | None, datetime | None]:
    """From when, inclusive, to when, exclusive, a range reaches on a day."""
    if named == Range.LAST_NIGHT:
        return moment_of(today - timedelta(days=1), EVENING), moment_of(today, MORNING, end=True)
    first, last = _days(named, today)
    return start_of_day(first), end_of_day(last)


def today_here() -> date:
    """The day it is in the district."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def told(named: str, today: date) -> str:
    """From when to when a range reaches on a day, for what is read on another one: paper, files, traces."""
    if named == Range.LAST_NIGHT:
        ends = f"{today - timedelta(days=1):%m/%d/%Y} {EVENING:%H:%M}", f"{today:%m/%d/%Y} {MORNING:%H:%M}"
    else:
        first, last = _days(named, today)
        ends = f"{first:%m/%d/%Y}", f"{last:%m/%d/%Y}"
    return str(_("%s to %s")) % ends


def _days(named: str, today: date) -> tuple[date, date]:
    """The first and the last day."""
    this_year = _school_year_begins(today)
    days = {
        Range.TODAY.value: (today, today),
        Range.YESTERDAY.value: (today - timedelta(days=1), today - timedelta(days=1)),
        Range.WEEK.value: (today - timedelta(days=6), today),
        Range.MONTH.value: (today - timedelta(days=29), today),
        Range.THIS_YEAR.value: (this_year, today),
        Range.LAST_YEAR.value: (_school_year_begins(this_year - timedelta(days=1)), this_year - timedelta(days=1)),
    }
    return days[named]


def _school_year_begins(day: date) -> date:
    """The first day of the school year a day lies in; ``AUDITLOG_FIRST_MONTH`` names where its month is told."""
    first_month: int = import_string(settings.AUDITLOG_FIRST_MONTH)
    return date(day.year if day.month >= first_month else day.year - 1, first_month, 1)


def moment_of(day: date, at: time, *, end: bool = False) -> datetime | None:
    """A time of a day in the district's time zone; None past the ends of the calendar.

    A time that the clocks show twice, or never, has two readings: the earlier one begins a period, the later one
    ends it, so that nothing is left out.
    """
    readings = (datetime.combine(day, at.replace(fold=fold), timezone.get_default_timezone()) for fold in (0, 1))
    try:
        return (max if end else min)(reading.astimezone(UTC) for reading in readings)
    except OverflowError:
        return None


def start_of_day(day: date) -> datetime | None:
    """The moment a day begins."""
    return moment_of(day, time.min)


def end_of_day(day: date) -> datetime | None:
    """The moment the next day begins."""
    try:
        return start_of_day(day + timedelta(days=1))
    except OverflowError:
        return None
