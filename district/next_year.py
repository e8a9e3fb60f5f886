"""Carrying calendar rights over to the next school year (what districts do every August)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from .models import Calendar, CalendarRights
from .years import school_year


@dataclass
class Copy:
    """What copying would do: the rows that would be added, and those passed over, each with the reason."""

    year: int
    rows: list[CalendarRights] = field(default_factory=list)
    passed_over: list[tuple[CalendarRights, str]] = field(default_factory=list)


def years_of(rights: Any, owner: str, owners: Sequence[Any]) -> list[int]:
    """The school years that some of these accounts or groups have calendar rights for, newest first."""
    found = rights.objects.filter(**{f"{owner}__in": owners}, end_year__isnull=False)
    return list(found.order_by("-end_year").values_list("end_year", flat=True).distinct())


def usual_year(years: Sequence[int]) -> int | None:
    """The year one mostly means: the newest that is not yet to come."""
    return next((year for year in years if year <= school_year()), years[-1] if years else None)


def copy_planned(
    rights: Any, owner: str, owners: Sequence[Any], year: int, *, may_give: Callable[[CalendarRights], bool]
) -> Copy:
    """What copying the rows of ``year`` (the year it ends) to the next one would add, in three statements."""
    rows = rights.objects.filter(**{f"{owner}__in": owners}, end_year__in=(year, year + 1))
    rows = list(rows.select_related(owner, "school", "calendar").order_by(f"{owner}_id", "pk"))
    there = {_what(row, owner, row.calendar_id) for row in rows if row.end_year == year + 1}
    calendars = _namesakes(year + 1, [row for row in rows if row.calendar_id])
    copy = Copy(year)
    for row in rows:
        if row.end_year == year:
            _plan(copy, row, owner, there, calendars, may_give)
    return copy


def _plan(
    copy: Copy,
    row: CalendarRights,
    owner: str,
    there: set[Any],
    calendars: dict[tuple[int, str], Calendar],
    may_give: Callable[[CalendarRights], bool],
) -> None:
    new = _next(row, owner, calendars)
    if row.calendar_id and new.calendar is None:
        reason = _("there is no calendar of this name in the next school year: make it first")
    elif _what(new, owner, new.calendar_id) in there:
        reason = _("is there already")
    elif not may_give(new):
        reason = _("you can give only calendar rights that you hold yourself")
    else:
        there.add(_what(new, owner, new.calendar_id))
        copy.rows.append(new)
        return
    copy.passed_over.append((row, reason))


def _next(row: CalendarRights, owner: str, calendars: dict[tuple[int, str], Calendar]) -> CalendarRights:
    """The same right a year later."""
    assert row.end_year is not None
    calendar = calendars.get((row.calendar.school_id, row.calendar.name)) if row.calendar else None
    return type(row)(
        **{owner: getattr(row, owner)},
        end_year=row.end_year + 1,
        school=row.school,
        calendar=calendar,
        modify_rights=row.modify_rights,
        close_months=row.close_months,
    )


def _namesakes(year: int, rows: Sequence[CalendarRights]) -> dict[tuple[int, str], Calendar]:
    """The calendars of ``year`` by school and name: those that rows with a calendar can go on with."""
    schools = {row.calendar.school_id for row in rows if row.calendar}
    found = Calendar.objects.filter(end_year=year, school__in=schools)
    return {(calendar.school_id, calendar.name): calendar for calendar in found}


def _what(row: Any, owner: str, calendar: int | None) -> tuple[Any, ...]:
    return getattr(row, f"{owner}_id"), row.school_id, calendar


@transaction.atomic
def calendar_rights_copy(
    rights: Any, owner: str, owners: Sequence[Any], year: int, *, may_give: Callable[[CalendarRights], bool]
) -> Copy:
    """Copy them; the same call again adds nothing. Two people who do it at once do not double a row."""
    # Whoever copies rights of one of these waits for us.
    list(
        type(owners[0])
        ._base_manager.select_for_update(no_key=True)
        .filter(pk__in=[one.pk for one in owners])
        .order_by("pk")
    )
    copy = copy_planned(rights, owner, owners, year, may_give=may_give)
    rights.objects.bulk_create(copy.rows)
    return copy


def in_words(copy: Copy, owner: str) -> Iterator[tuple[str, str]]:
    """(whose, what) of each row that would be added."""
    for row in copy.rows:
        parts = [row.what(), str(row.calendar or "")]
        parts += [_("modify rights")] * row.modify_rights + [_("close school months")] * row.close_months
        yield str(getattr(row, owner)), ", ".join(filter(None, parts))
