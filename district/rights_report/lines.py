"""The report's rows, ready to be printed: sections with a heading, and what the log knows of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from auditlog.latest import UNKNOWN, Latest, Told
from auditlog.texts import moment, visible

from ..choices import Right
from ..roles import ROLES
from ..tooltree import SEPARATOR
from .held import Account, CalendarRow, Held
from .rows import Kind, Row, View

#: What the log knows, by subject.
Known = dict[str, Latest]


@dataclass(frozen=True)
class Entry:
    """An entry of the Audit Log: its number, its time in words, and who made it."""

    id: int
    timestamp: str
    by: str


@dataclass(frozen=True)
class Giving:
    """How the log knows that something was given. ``label`` says what; nothing where there is only one thing.

    Without ``added`` that is not on record; ``changed`` is the newest change since.
    """

    label: str
    added: Entry | None
    changed: Entry | None


@dataclass(frozen=True)
class Line:
    """One row. ``who`` is empty where the heading says it; ``where`` stands in small text under ``what``.

    ``account``, ``group`` and ``through`` are the ids of whom ``who``, ``what`` and ``source`` name.
    """

    who: str
    person: str
    state: str
    account: int | None
    what: str
    group: int | None
    where: str
    right: str
    source: str
    through: int | None
    not_counted: str
    givings: Sequence[Giving]


@dataclass(frozen=True)
class Section:
    """Rows that stand together under one heading, and what is to be said of all of them.

    ``query`` narrows the report to them; nothing where they are no record's. ``account`` and ``group`` are the ids of
    what the heading names.
    """

    heading: str
    lines: Sequence[Line]
    query: str = ""
    about: str = ""
    state: str = ""
    account: int | None = None
    group: int | None = None


def state_of(account: Account) -> str:
    """Why an account cannot be used, nothing where it can."""
    if account.disabled:
        return _("Disabled")
    return _("Expired %(day)s") % {"day": f"{account.expires:%m/%d/%Y}"} if account.expired else ""


def kind_of(row: Row) -> str:
    return {
        Kind.EVERYTHING: _("Product security role"),
        Kind.MEMBER: _("Product security role") if row.group and row.group.name in ROLES else _("User group"),
        Kind.TOOL: _("Tool right"),
        Kind.CALENDAR: _("Calendar right"),
        Kind.NOTHING: _("Nothing"),
    }[row.kind]


def year_of(row: CalendarRow) -> str:
    return str(row.year) if row.year else _("All Years")


def school_of(held: Held, row: CalendarRow) -> str:
    return held.schools.get(row.school, str(row.school)) if row.school else _("All Schools")


def calendar_of(held: Held, row: CalendarRow) -> str:
    return held.calendars.get(row.calendar, str(row.calendar)) if row.calendar else _("All Calendars")


def right_label(right: str) -> str:
    return str(Right(right).label) if right in Right.values else right


def sections(held: Held, rows: Sequence[Row], view: View, known: Known) -> list[Section]:
    """The rows in sections, as the view sorts them."""
    found = groupby(rows, key=lambda row: _section_key(row, view))
    return [_section(held, list(together), view, known) for _key, together in found]


def _section_key(row: Row, view: View) -> object:
    if view == View.PERSON:
        return row.account
    if view == View.GROUP:
        return row.group
    if view == View.TOOL:
        return row.box[0] if row.box else None
    return row.calendar.school if row.calendar else None


def _section(held: Held, rows: list[Row], view: View, known: Known) -> Section:
    first, lines = rows[0], [_line(held, row, view, known) for row in rows]
    if view == View.PERSON and first.account:
        return _of_account(first.account, lines)
    if view == View.GROUP and first.group:
        query = urlencode({"view": view.value, "group": first.group.id})
        return Section(visible(first.group.name), lines, query, group=first.group.id)
    if view == View.TOOL and first.box:
        name, way = _tool(held, first.box[0])
        return Section(name, lines, urlencode({"view": view.value, "tool": held.tools[first.box[0]]}), way)
    if first.calendar and first.calendar.school:
        query = urlencode({"view": view.value, "school": first.calendar.school})
        return Section(visible(school_of(held, first.calendar)), lines, query)
    return Section(_("Every tool") if view == View.TOOL else _("All Schools"), lines)


def _of_account(account: Account, lines: list[Line]) -> Section:
    return Section(
        visible(account.username),
        lines,
        urlencode({"account": account.id}),
        visible(account.name),
        state_of(account),
        account.id,
    )


def _line(held: Held, row: Row, view: View, known: Known) -> Line:
    what, where, right = _what(held, row, view)
    shown = row.account if view != View.PERSON else None
    return Line(
        who=visible(shown.username) if shown else "",
        person=visible(shown.name) if shown else "",
        state=state_of(shown) if shown else "",
        account=shown.id if shown else None,
        what=what,
        group=row.group.id if row.group and row.kind == Kind.MEMBER and view == View.PERSON else None,
        where=where,
        right=right,
        source=_source(row),
        through=row.group.id if row.group and row.kind != Kind.MEMBER else None,
        not_counted=_not_counted(row),
        givings=list(_givings(row, known)),
    )


def _what(held: Held, row: Row, view: View) -> tuple[str, str, str]:
    """(what it is on, where that stands, what may be done with it)."""
    if row.kind == Kind.EVERYTHING:
        return _("Every tool, all schools"), "", _("Every right")
    if row.kind == Kind.NOTHING:
        return (_("No group and no right") if row.account else _("No member and no right")), "", ""
    if row.box:
        return *(("", "") if view == View.TOOL else _tool(held, row.box[0])), right_label(row.box[1])
    if row.calendar:
        return *_calendar(held, row.calendar, view), _marks(row.calendar)
    assert row.group is not None
    name = visible(row.group.name) if view == View.PERSON else ""
    return name, "", _("Member")


def _tool(held: Held, tool: int) -> tuple[str, str]:
    """A tool's name and the way to it."""
    way, _separator, name = held.tools[tool].rpartition(SEPARATOR)
    return visible(name), visible(way)


def _calendar(held: Held, row: CalendarRow, view: View) -> tuple[str, str]:
    year, school, calendar = year_of(row), visible(school_of(held, row)), visible(calendar_of(held, row))
    return (year, calendar) if view == View.SCHOOL else (f"{year}, {school}", calendar)


def _marks(row: CalendarRow) -> str:
    named = ((row.modify, _("Modify Rights")), (row.close, _("Close School Months")))
    return ", ".join(label for mark, label in named if mark) or _("Open")


def _source(row: Row) -> str:
    """The group that a right comes through; “Own” for what was given to the account itself."""
    if row.kind == Kind.NOTHING or row.account is None:
        return ""
    return visible(row.group.name) if row.group and row.kind != Kind.MEMBER else _("Own")


def _not_counted(row: Row) -> str:
    if row.calendar and not row.calendar.counts:
        return _("Not this school year")
    return ""


def _givings(row: Row, known: Known) -> Iterator[Giving]:
    """The right's own entry, and that of the membership through which it is held."""
    right, membership = row.right_subject, row.membership_subject
    both = right is not None and membership is not None
    if right is not None:
        yield _giving(known.get(right, UNKNOWN), _("Group’s right") if both else "")
    if membership is not None:
        yield _giving(known.get(membership, UNKNOWN), _("Membership") if both else "")


def _giving(latest: Latest, label: str) -> Giving:
    return Giving(label, _entry(latest.added), _entry(latest.changed))


def _entry(told: Told | None) -> Entry | None:
    return Entry(told.id, moment(told.timestamp), visible(told.changed_by)) if told else None
