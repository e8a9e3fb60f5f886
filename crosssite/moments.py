"""The leading part of a time, as the list shows times or as ``YYYY-MM-DD HH:MM:SS``, as ranges of moments.

``03/2`` is the twentieth to the twenty-ninth of every March, ``03/28/2025 02`` one hour in district time, which an
autumn night has twice (contract: Addresses).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import product

from django.utils import timezone

#: From when to when a moment is, without the end.
Range = tuple[datetime, datetime]

#: Parts of a time with their lengths, as they follow one another, each with what separates it from the next.
Layout = tuple[tuple[str, int, str], ...]
CLOCK: Layout = (("hour", 2, ":"), ("minute", 2, ":"), ("second", 2, " "))
AS_SHOWN: Layout = (("month", 2, "/"), ("day", 2, "/"), ("year", 4, " "), *CLOCK)
SORTABLE: Layout = (("year", 4, "-"), ("month", 2, "-"), ("day", 2, " "), *CLOCK)

#: The parts from the longest on, the values that each can have, and its length in digits.
PARTS: dict[str, tuple[range, int]] = {
    "year": (range(1900, 2200), 4),
    "month": (range(1, 13), 2),
    "day": (range(1, 32), 2),
    "hour": (range(24), 2),
    "minute": (range(60), 2),
    "second": (range(60), 2),
}
LENGTHS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}
OFFSET = re.compile(r"[+-][0-9]{0,4}")
MOMENT = timedelta(microseconds=1)


def ranges_of(text: str) -> list[Range] | None:
    """The moments whose time begins with the text, in UTC and newest first; None where no time begins so.

    No range at all: such a time exists, but not in this zone, as in the hour that a night in spring leaves out.
    """
    zone = timezone.get_default_timezone()
    for layout in (AS_SHOWN, SORTABLE):
        parts, rest = _parts(text, layout)
        offset = rest if layout is AS_SHOWN and "second" in parts and OFFSET.fullmatch(rest) else ""
        if rest == offset and (spans := list(_spans(parts))):
            found = [found for span in spans for found in _in_zone(span, zone) if _has_offset(found, zone, offset)]
            return sorted(set(found), reverse=True)
    return None


def _parts(text: str, layout: Layout) -> tuple[dict[str, str], str]:
    """The digits of each part, the last perhaps not whole, and what is left of the text."""
    parts: dict[str, str] = {}
    for name, length, separator in layout:
        digits = re.match(rf"[0-9]{{1,{length}}}", text)
        if digits is None:
            break
        parts[name], text = digits[0], text[digits.end() :]
        if len(digits[0]) < length or not text.startswith(separator):
            break
        text = text[len(separator) :]
    return parts, text


def _spans(parts: dict[str, str]) -> Iterator[Range]:
    """From when to when, on the district's clock without zone, times with these parts are; what adjoins is one."""
    if not parts:
        return
    names = list(PARTS)
    names = names[: max(map(names.index, parts)) + 1]
    begin = end = datetime.min
    for values in product(*(_values(name, parts.get(name, "")) for name in names)):
        try:
            start = datetime(*(*values, 1, 1)[: max(3, len(values))])  # type: ignore[arg-type]
        except ValueError:
            continue
        if start != end:
            if begin != end:
                yield begin, end
            begin = start
        end = _after(start, names[-1])
    if begin != end:
        yield begin, end


def _values(name: str, digits: str) -> list[int]:
    values, length = PARTS[name]
    return [value for value in values if f"{value:0{length}}".startswith(digits)]


def _after(start: datetime, unit: str) -> datetime:
    """When the year, month, day, ... that begins at ``start`` is over."""
    if unit == "year":
        return start.replace(year=start.year + 1)
    if unit == "month":
        following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        return start.replace(year=following.year, month=following.month)
    return start + LENGTHS.get(unit, timedelta(seconds=1))


def _in_zone(span: Range, zone: tzinfo) -> Iterator[Range]:
    """The span on the clock as moments: two where the clock shows it twice, none where it skips it."""
    first, last = span[0], span[1] - MOMENT
    if not _exists(first, zone) and not _exists(last, zone):
        return
    for fold in (0, 1):
        # At the edge of what the clock skips, the span begins or ends with the switch itself.
        start = first.replace(tzinfo=zone, fold=fold if _exists(first, zone) else 0)
        end = last.replace(tzinfo=zone, fold=fold if _exists(last, zone) else 1)
        yield start.astimezone(UTC), end.astimezone(UTC) + MOMENT


def _exists(clock: datetime, zone: tzinfo) -> bool:
    """Whether the clock of this zone ever shows this."""
    return clock.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == clock


def _has_offset(found: Range, zone: tzinfo, offset: str) -> bool:
    return found[0].astimezone(zone).strftime("%z").startswith(offset)
