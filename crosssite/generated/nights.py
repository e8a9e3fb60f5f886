"""The nights of the invented log: which serving district was followed when, and what each run found."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from ..models import SyncRun
from .changes import ServingSide, Told
from .parties import SERVING, pupils

NIGHTS = 240
#: School begins in August and changes its terms in January; at weekends nearly nothing moves.
BUSY = {8: 3.0, 9: 1.8, 1: 2.0, 6: 0.4, 7: 0.4}
SATURDAY, AT_WEEKENDS = 5, 0.05
#: The first night of a district weighs as much as so many others.
FIRST_NIGHT = 4.0
QUIET, FAILED = 0.12, 0.015
BEGINS = datetime.timedelta(hours=8)


@dataclass(slots=True)
class Night:
    """One run: of which district, when, with what outcome and with which entries."""

    district: str
    at: datetime.datetime
    outcome: str
    initial: bool
    share: float
    told: list[Told] = field(default_factory=list)


def nights(end: datetime.date, random: Random) -> Iterator[Night]:
    """The runs of the nights up to ``end``, oldest first, each with its weight."""
    days = [end - datetime.timedelta(days=back) for back in range(NIGHTS - 1, -1, -1)]
    for day in days:
        for place, district in enumerate(SERVING):
            at = datetime.datetime.combine(day, datetime.time(), datetime.UTC) + BEGINS
            at += datetime.timedelta(minutes=15 * place, seconds=random.randrange(60))
            initial = day == days[0]
            outcome = SyncRun.Outcome.APPLIED if initial or day == end else _outcome(random)
            applied = outcome == SyncRun.Outcome.APPLIED
            yield Night(
                district, at, outcome, initial, _weight(day, random) * (FIRST_NIGHT if initial else 1) * applied
            )


def _outcome(random: Random) -> str:
    drawn = random.random()
    if drawn < FAILED:
        return SyncRun.Outcome.FAILED
    return SyncRun.Outcome.UNCHANGED if drawn < FAILED + QUIET else SyncRun.Outcome.APPLIED


def _weight(day: datetime.date, random: Random) -> float:
    return BUSY.get(day.month, 1.0) * (AT_WEEKENDS if day.weekday() >= SATURDAY else 1.0) * random.uniform(0.3, 1.7)


def tell(entries: int, seed: int, end: datetime.date) -> Iterator[Night]:
    """The runs up to ``end`` with so many entries in all, oldest first."""
    random = Random(seed)  # noqa: S311 (invented, no secret)
    students = pupils(600 + entries // 200, random)
    sides = {
        name: ServingSide(place, name, 40 + entries // 2500, students, random) for place, name in enumerate(SERVING)
    }
    runs = list(nights(end, random))
    due = list(accumulate(run.share for run in runs))
    told = 0
    for run, weight in zip(runs, due, strict=True):
        upto = round(entries * weight / due[-1])
        run.told = _tell_night(sides[run.district], run, upto - told)
        told += len(run.told)
        if not run.told and run.outcome == SyncRun.Outcome.APPLIED:
            run.outcome = SyncRun.Outcome.UNCHANGED
        yield run


def _tell_night(side: ServingSide, run: Night, wanted: int) -> list[Told]:
    """The entries of a night, exactly as many as wanted."""
    told: list[Told] = []
    side.touched.clear()
    today = run.at.date()
    while len(told) < wanted:
        told.extend(side.initial(today) if run.initial else side.change(today))
    return told[:wanted]
