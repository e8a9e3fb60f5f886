"""What the home page shows of the Audit Log: what is marked, and nobody has acknowledged yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from .acknowledging import Seen
from .badges import Badge, Rendered, badges, in_order
from .folding import kinds, objects
from .lines import Line, lines
from .models import AuditLogEntry, Mark
from .pages import HomeSection
from .unseen import unseen

#: How far back the home page looks, and how many clicks it shows.
DAYS = 7
SHOWN = 10

T = TypeVar("T")


@dataclass(frozen=True)
class Click:
    """The marked entries of one change set on one line. ``note`` stands in small text where it is one entry."""

    count: int
    timestamp: str
    kinds: str
    objects: str
    note: str
    changed_by: str
    badges: SafeString
    address: str
    seen: str


@dataclass(frozen=True)
class Marked:
    """The newest clicks, whether there may be more, where all of these days are listed, and what the marks mean."""

    clicks: Sequence[Click]
    more: bool
    days: int
    list_address: str
    legend: Sequence[Badge]


def marked_section() -> HomeSection:
    """The section of the home page. A fixed number of statements, none of which grows with the log."""
    since = timezone.now() - timedelta(days=DAYS)
    found = unseen(since)
    clicks = _by_change_set(found.entries, key=lambda entry: entry.change_set)
    shown = [entry for click in clicks[:SHOWN] for entry in click]
    told = _by_change_set(lines(shown, "default"), key=lambda line: line.change_set)
    content = Marked(
        clicks=list(map(_click, clicks, told, repeat(Rendered()))),
        more=found.more or len(clicks) > SHOWN,
        days=DAYS,
        list_address=_list_address(mark=Mark.values, start_date=_day(since)),
        legend=badges({mark for line in chain.from_iterable(told) for mark in line.marks}),
    )
    return HomeSection("auditlog/_home.html", ["auditlog/marks.css", "auditlog/home.css"], content)


def _by_change_set(entries: Iterable[T], key: Callable[[T], UUID]) -> list[list[T]]:
    """Entries by their change set, in the order in which each first appears."""
    found: dict[UUID, list[T]] = defaultdict(list)
    for entry in entries:
        found[key(entry)].append(entry)
    return list(found.values())


def _click(entries: Sequence[AuditLogEntry], told: Sequence[Line], rendered: Rendered) -> Click:
    ids = [entry.pk for entry in entries]
    first = told[0]
    return Click(
        count=len(told),
        timestamp=first.timestamp,
        kinds=kinds(told),
        objects=objects([line.affected_object for line in told]),
        note=first.note if len(told) == 1 else "",
        changed_by=first.changed_by,
        badges=rendered(in_order(mark for line in told for mark in line.marks)),
        address=_address(entries),
        seen=Seen(entries[0].change_set, min(ids), max(ids)).text,
    )


def _address(entries: Sequence[AuditLogEntry]) -> str:
    """Where a click is read: the page of its one entry, or its days in the list, with its line unfolded."""
    if len(entries) == 1:
        return reverse("auditlog:entry", args=[entries[0].pk])
    start, end = _day(entries[-1].timestamp), _day(entries[0].timestamp)
    return _list_address(start_date=start, end_date=end, fold=1, entry=entries[0].pk)


def _list_address(**criteria: object) -> str:
    return f"{reverse('auditlog:list')}?{urlencode(criteria, doseq=True)}"


def _day(moment: datetime) -> str:
    """The day of a moment in the district's time zone, as the address has it."""
    return moment.astimezone(timezone.get_default_timezone()).date().isoformat()
