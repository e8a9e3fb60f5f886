"""Reading the traces of access: an export's start and end as one line."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..filters import LogFilterSet, TextFilter
from ..models import AccessLogEntry
from ..search import fold
from ..texts import moment, visible

Event = AccessLogEntry.Event
ENDS = (Event.EXPORT_FINISHED, Event.EXPORT_BROKEN)

#: After this long without an end, an export is no longer taken to be under way.
LONGEST_EXPORT = datetime.timedelta(hours=1)


class AccessLogFilterSet(LogFilterSet):
    """Who took or tried what."""

    WHAT = {"exports": [Event.EXPORT_STARTED], "refused": [Event.REFUSED], "purges": [Event.PURGED]}

    who = TextFilter(label=gettext_lazy("Who"), method="by_name")
    what = django_filters.ChoiceFilter(
        label=gettext_lazy("What"),
        method="of_kind",
        empty_label=gettext_lazy("Everything"),
        choices=[
            ("exports", gettext_lazy("Exports")),
            ("refused", gettext_lazy("Refused tries")),
            ("purges", gettext_lazy("Purges")),
        ],
    )

    def __init__(self, data: Any = None, queryset: QuerySet[Any] | None = None, **kwargs: Any) -> None:
        everything = AccessLogEntry.objects.exclude(event__in=ENDS)
        super().__init__(data or {}, everything if queryset is None else queryset, **kwargs)

    def by_name(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """User names that contain the text, in every script without regard to case."""
        names = AccessLogEntry.objects.order_by().values_list("changed_by", flat=True).distinct()
        return queryset.filter(changed_by__in=[who for who in names if fold(value) in fold(who)])

    def of_kind(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(event__in=self.WHAT[value])


@dataclass(frozen=True)
class TraceLine:
    """One line of the page. ``rows`` and ``outcome`` are those of the last trace of an export."""

    timestamp: str
    who: str
    person: str
    address: str
    subject: str
    criteria: str
    rows: str
    outcome: str


def trace_lines(traces: list[AccessLogEntry]) -> Iterator[TraceLine]:
    """The traces as lines; the ends of exports are looked up in one statement."""
    exports = [trace.reference for trace in traces if trace.event == Event.EXPORT_STARTED]
    found = AccessLogEntry.objects.filter(reference__in=exports, event__in=ENDS).order_by() if exports else ()
    ends: dict[UUID, AccessLogEntry] = {end.reference: end for end in found}
    for trace in traces:
        end = ends.get(trace.reference, trace)
        yield TraceLine(
            timestamp=moment(trace.timestamp),
            who=visible(trace.changed_by),
            person=visible(trace.changed_by_name),
            address=trace.address,
            subject=visible(trace.subject),
            criteria=visible(trace.criteria),
            rows=number_of_rows(end.rows),
            outcome=outcome(end),
        )


def number_of_rows(rows: int | None) -> str:
    if rows is None:
        return ""
    return ngettext("%(rows)s row", "%(rows)s rows", rows) % {"rows": f"{rows:,}"}


def outcome(last: AccessLogEntry) -> str:
    """What became of it, judged by its last trace."""
    if last.event == Event.EXPORT_FINISHED:
        return _("Exported")
    if last.event == Event.EXPORT_BROKEN:
        return _("Broken off")
    if last.event != Event.EXPORT_STARTED:
        return last.get_event_display()
    if timezone.now() - last.timestamp < LONGEST_EXPORT:
        return _("Under way")
    return _("Broken off, its end is not known")
