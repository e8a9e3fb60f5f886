"""A histogram of the rows that are shown: bars on the district's clock, each as long as the span of the rows calls for.

A bar is a stretch of the clock on the wall, because that is what its link narrows the list to: the hour that an
autumn night has twice is one bar, the one that a spring night leaves out is none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .pages import Text
from .unrecorded import Period

#: The most bars there are: forty, and those at both ends that are only begun.
MOST = 42
#: The height of the highest bar and of the lowest, in pixels.
HIGHEST, LOWEST = 56, 3
#: How wide a bar is at most, in per cent of the whole; how much of its place it fills; the least a band is wide.
WIDEST, FILLED, THINNEST = 6.0, 0.8, 0.4

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Unit:
    """A length of bars: how it is called, where the bar around a moment begins, where the next begins, its label.

    ``longest`` is what no bar of it exceeds.
    """

    name: Text
    longest: timedelta
    start: Callable[[datetime], datetime]
    after: Callable[[datetime], datetime]
    label: Callable[[datetime, datetime], str]


@dataclass(frozen=True)
class Bar:
    """A bar with its place in the drawing. ``query`` narrows the list to it."""

    label: str
    count: int
    query: str
    x: str
    width: str
    y: int
    height: int
    place: tuple[str, str]

    @property
    def entries(self) -> str:
        return ngettext("%(count)d entry", "%(count)d entries", self.count) % {"count": self.count}


@dataclass(frozen=True)
class Histogram:
    """Bars from the oldest row shown to the newest; ``bands`` (x, width) is where something was not recorded."""

    bars: Sequence[Bar]
    bands: Sequence[tuple[str, str]]
    unit: Text
    first: str
    last: str
    highest: Bar
    shown: int


def histogram(moments: Sequence[datetime], periods: Iterable[Period], query: str) -> Histogram | None:
    """The histogram of some rows; ``query`` is what the links of its bars go on with. None where there are no rows."""
    if not moments:
        return None
    zone = timezone.get_default_timezone()
    clock = [moment.astimezone(zone).replace(tzinfo=None) for moment in moments]
    unit, edges = _edges(min(clock), max(clock))
    counts = Counter(bisect_right(edges, moment) - 1 for moment in clock)
    starts = [number for number, pair in enumerate(pairwise(edges)) if _exists(*pair)]
    top = max(counts.values())
    bars = [
        _bar(unit, edges[number], edges[number + 1], counts[number], top, place, len(starts), query)
        for place, number in enumerate(starts)
    ]
    kept = [edges[number] for number in starts] + [edges[starts[-1] + 1]]
    return Histogram(
        bars=bars,
        bands=[band for period in periods for band in _band(period, kept)],
        unit=unit.name,
        first=bars[0].label,
        last=bars[-1].label,
        highest=max(bars, key=lambda bar: bar.count),
        shown=len(moments),
    )


def _edges(first: datetime, last: datetime) -> tuple[Unit, list[datetime]]:
    """The shortest unit of which no more than ``MOST`` bars span the rows, where each bar begins, and the last ends."""
    for unit in UNITS:
        if unit is not UNITS[-1] and last - first > unit.longest * MOST:
            continue
        edges = [unit.start(first)]
        while edges[-1] <= last and (len(edges) <= MOST or unit is UNITS[-1]):
            edges.append(unit.after(edges[-1]))
        if edges[-1] > last:
            break
    return unit, edges


def _bar(unit: Unit, start: datetime, end: datetime, count: int, top: int, place: int, places: int, query: str) -> Bar:
    slot = 100 / places
    width = min(slot * FILLED, WIDEST)
    height = max(round(count / top * HIGHEST), LOWEST) if count else 0
    narrowed = "&".join(filter(None, [query, _range(start, end)]))
    return Bar(
        label=unit.label(start, end),
        count=count,
        query=narrowed,
        x=_percent(place * slot + (slot - width) / 2),
        width=_percent(width),
        y=HIGHEST - height,
        height=height,
        place=(_percent(place * slot), _percent(slot)),
    )


def _range(start: datetime, end: datetime) -> str:
    """A bar as criteria: whole days, or for shorter bars the times of a day; day and minute of the end count too."""
    last = end - MINUTE
    days = {"start_date": start.date(), "end_date": last.date()}
    times = {"start_time": f"{start:%H:%M}", "end_time": f"{last:%H:%M}"}
    return urlencode({**days, **times} if end - start < DAY else days)


def _exists(start: datetime, end: datetime) -> bool:
    """Whether the clock on the wall shows any of it; a spring night leaves an hour out."""
    return _utc(start) < _utc(end)


def _utc(clock: datetime) -> datetime:
    return clock.replace(tzinfo=timezone.get_default_timezone()).astimezone(UTC)


def _band(period: Period, edges: Sequence[datetime]) -> Iterable[tuple[str, str]]:
    """Where a period without recording lies in the drawing, if any of it does."""
    start, end = (_position(moment, edges, otherwise) for moment, otherwise in ((period.start, 0), (period.end, 100)))
    if end > 0 and start < 100:
        width = max(end - start, THINNEST)
        yield _percent(min(start, 100 - width)), _percent(width)


def _position(moment: datetime | None, edges: Sequence[datetime], otherwise: float) -> float:
    """Where a moment lies from the left, in per cent; each bar has the same width, however long it is."""
    if moment is None:
        return otherwise
    clock = moment.astimezone(timezone.get_default_timezone()).replace(tzinfo=None)
    if clock <= edges[0]:
        return 0
    if clock >= edges[-1]:
        return 100
    number = bisect_right(edges, clock) - 1
    within = (clock - edges[number]) / (edges[number + 1] - edges[number])
    return (number + within) * 100 / (len(edges) - 1)


def _percent(value: float) -> str:
    return f"{value:.3f}%"


def _minutes(length: int, name: Text) -> Unit:
    """Bars of some minutes, which divide the day."""

    def start(moment: datetime) -> datetime:
        minutes = moment.hour * 60 + moment.minute
        return datetime.combine(moment.date(), time()) + timedelta(minutes=minutes - minutes % length)

    def label(begin: datetime, end: datetime) -> str:
        last = end - MINUTE
        if last == begin:
            return f"{begin:%m/%d/%Y %H:%M}"
        return _("%(day)s, %(start)s to %(end)s") % {
            "day": f"{begin:%m/%d/%Y}",
            "start": f"{begin:%H:%M}",
            "end": f"{last:%H:%M}",
        }

    return Unit(name, timedelta(minutes=length), start, lambda begin: begin + timedelta(minutes=length), label)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _months(length: int, name: Text, label: Callable[[datetime, datetime], str]) -> Unit:
    """Bars of some months, which divide the year."""

    def start(moment: datetime) -> datetime:
        return datetime(moment.year, moment.month - (moment.month - 1) % length, 1)

    def after(begin: datetime) -> datetime:
        month = begin.month - 1 + length
        return datetime(begin.year + month // 12, month % 12 + 1, 1)

    return Unit(name, length * 31 * DAY, start, after, label)


#: From the shortest to the longest.
UNITS = (
    _minutes(1, gettext_lazy("by minute")),
    _minutes(5, gettext_lazy("by 5 minutes")),
    _minutes(15, gettext_lazy("by quarter of an hour")),
    _minutes(60, gettext_lazy("by hour")),
    _minutes(180, gettext_lazy("by 3 hours")),
    _minutes(360, gettext_lazy("by 6 hours")),
    Unit(
        gettext_lazy("by day"),
        DAY,
        lambda moment: _midnight(moment.date()),
        lambda begin: begin + DAY,
        lambda begin, end: f"{begin:%m/%d/%Y}",
    ),
    Unit(
        gettext_lazy("by week"),
        7 * DAY,
        lambda moment: _midnight(moment.date() - timedelta(days=moment.weekday())),
        lambda begin: begin + 7 * DAY,
        lambda begin, end: _("%(start)s to %(end)s") % {"start": f"{begin:%m/%d/%Y}", "end": f"{end - DAY:%m/%d/%Y}"},
    ),
    _months(1, gettext_lazy("by month"), lambda begin, end: date_format(begin, "F Y")),
    _months(
        3,
        gettext_lazy("by quarter"),
        lambda begin, end: (
            _("%(start)s to %(end)s") % {"start": date_format(begin, "F"), "end": date_format(end - DAY, "F Y")}
        ),
    ),
    _months(12, gettext_lazy("by year"), lambda begin, end: f"{begin:%Y}"),
)
