"""The calendars that the bundle's school years give the district's schools."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from district.models import Calendar, School

from ..sync.bundle import Bundle
from ..sync.findings import Findings
from ..sync.records import Session
from ..sync.schema import SESSIONS


@dataclass(frozen=True)
class Year:
    """A school year by the year in which it ends; both days are inclusive."""

    end_year: int
    name: str
    start: datetime.date
    last_day: datetime.date
    line: int


class Calendars:
    """Each school has a calendar of each year: the one it has gets its days, else one is made under the year's title.

    A school may have several of one year (tracks): the one of that title is meant, and none of them where there is
    none. ``new`` and ``changed`` are not written yet.
    """

    def __init__(self, bundle: Bundle, schools: Iterable[School], findings: Findings) -> None:
        self.new: list[Calendar] = []
        self.changed: list[Calendar] = []
        self._findings = findings
        years = years_in(bundle.sessions or {}, findings)
        here: defaultdict[tuple[int, int], list[Calendar]] = defaultdict(list)
        for calendar in Calendar.objects.filter(end_year__in={year.end_year for year in years}).order_by("pk"):
            here[calendar.school_id, calendar.end_year].append(calendar)
        for school in schools:
            for year in years:
                self._bring(school, year, here[school.pk, year.end_year] if school.pk else [])

    def _bring(self, school: School, year: Year, here: list[Calendar]) -> None:
        if not here:
            days = {"start_date": year.start, "end_date": year.last_day}
            self.new.append(Calendar(school=school, name=year.name, end_year=year.end_year, **days))
            return
        meant = here if len(here) == 1 else [calendar for calendar in here if calendar.name == year.name]
        if not meant:
            message = _("A school has several calendars of this year and none of this name; they stay as they are.")
            self._findings.warning("several_calendars", message, file=SESSIONS, line=year.line, column="title")
        for calendar in meant:
            if (calendar.start_date, calendar.end_date) != (year.start, year.last_day):
                calendar.start_date, calendar.end_date = year.start, year.last_day
                self.changed.append(calendar)


def years_in(sessions: dict[str, Session], findings: Findings) -> list[Year]:
    """The school years of a bundle, one for each end year: a session does not say which schools it is for."""
    by_year: defaultdict[int, list[Session]] = defaultdict(list)
    for session in sorted(sessions.values(), key=lambda one: one.sourced_id):
        if session.type == "schoolYear" and not session.deleted:
            by_year[session.school_year].append(session)
    return [year_of(end_year, found, findings) for end_year, found in sorted(by_year.items())]


def year_of(end_year: int, found: list[Session], findings: Findings) -> Year:
    first = found[0]
    start, last = min(one.start for one in found), max(one.last_day for one in found)
    if len({(one.start, one.last_day) for one in found}) > 1:
        message = _("Several school years end in the same year; calendars reach from the first day to the last.")
        findings.warning("several_years", message, file=SESSIONS, line=first.line, column="schoolYear")
    return Year(end_year, first.title, start, last, first.line)
