"""Export to Excel of the rights report: one row for each right and source, with the entries that gave it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from auditlog.export.about import unrecorded_lines
from auditlog.export.export import STEP, Export, Line, Table
from auditlog.export.views import ExportView
from auditlog.export.workbook import Column
from auditlog.filters import LogFilterSet
from auditlog.latest import UNKNOWN, Latest, Told, latest
from auditlog.unrecorded import unrecorded_periods

from .filters import RightsFilterSet
from .held import Held
from .lines import calendar_of, kind_of, school_of, state_of, year_of
from .rows import Kind, Row
from .views import PERMISSION, SUBJECT


class RightsReport(Table):
    title = "Rights Report"
    file_name = "rights-report"
    kind = gettext_lazy("Report")
    unlimited = gettext_lazy("none: every account")
    columns = (
        Column("User Name", 20),
        Column("Person", 26),
        Column("Account State", 20),
        Column("Kind", 20),
        Column("Tool", 60),
        Column("Right", 12),
        Column("End Year", 10),
        Column("School", 32),
        Column("Calendar", 24),
        Column("Modify Rights", 14),
        Column("Close School Months", 20),
        Column("Counts Now", 26),
        Column("Source", 10),
        Column("Group", 32),
        Column("Given", 20),
        Column("Given UTC Offset", 17),
        Column("Given By", 20),
        Column("Given Entry", 12),
        Column("Changed", 20),
        Column("Changed UTC Offset", 19),
        Column("Changed By", 20),
        Column("Changed Entry", 14),
        Column("Joined Group", 20),
        Column("Joined UTC Offset", 18),
        Column("Joined By", 20),
        Column("Joined Entry", 13),
    )


#: An entry that there is none of.
NO_ENTRY = (None, None, None, None)


def content(held: Held, rows: Iterator[Row]) -> Iterator[Sequence[object]]:
    """The sheet's rows; what the log knows of them is asked for many at a time."""
    while some := list(islice(rows, STEP)):
        known = latest({subject for row in some for subject in row.subjects})
        for row in some:
            yield (*_what(held, row), *_given(row, known))


def _what(held: Held, row: Row) -> tuple[object, ...]:
    account, calendar = row.account, row.calendar
    every = row.kind == Kind.EVERYTHING
    return (
        account.username if account else None,
        account.name if account else None,
        (state_of(account) or _("Active")) if account else None,
        kind_of(row),
        held.tools[row.box[0]] if row.box else _("Every tool") if every else None,
        row.box[1] if row.box else _("Every right") if every else None,
        year_of(calendar) if calendar else None,
        school_of(held, calendar) if calendar else _("All Schools") if every else None,
        calendar_of(held, calendar) if calendar else None,
        _yes(calendar.modify) if calendar else None,
        _yes(calendar.close) if calendar else None,
        _counts(row),
        _source(row),
        row.group.name if row.group else None,
    )


def _yes(value: bool) -> str:
    return _("Yes") if value else _("No")


def _counts(row: Row) -> str | None:
    """Whether the right is of any effect today, and why not."""
    if row.kind == Kind.NOTHING:
        return None
    if row.account and not row.account.active:
        return _("No: account cannot be used")
    if row.calendar and not row.calendar.counts:
        return _("No: not this school year")
    return _("Yes")


def _source(row: Row) -> str | None:
    if row.account is None or row.kind == Kind.NOTHING:
        return None
    return _("Group") if row.group and row.kind != Kind.MEMBER else _("Own")


def _given(row: Row, known: dict[str, Latest]) -> tuple[object, ...]:
    """The entry that gave it, its newest change since, and for a right through a group who put the person in."""
    right, membership = row.right_subject, row.membership_subject
    if right is None and membership is None:
        return NO_ENTRY * 3
    given = known.get(right or membership or "", UNKNOWN)
    joined = _entry(known.get(membership, UNKNOWN).added) if right and membership else NO_ENTRY
    changed = _entry(given.changed) if given.changed else NO_ENTRY
    return (*_entry(given.added), *changed, *joined)


def _entry(told: Told | None) -> tuple[object, ...]:
    """(when, with which offset, by whom, entry)."""
    if told is None:
        return None, None, _("not recorded"), None
    when = told.timestamp.astimezone(timezone.get_default_timezone())
    # Excel rounds what it does not show: without the fraction it shows the same second as the page.
    return when.replace(tzinfo=None, microsecond=0), when.strftime("%z"), told.changed_by, str(told.id)


class RightsExportView(ExportView):
    """All rows that the criteria leave, in the order of the view, as they were when the export began."""

    permission = PERMISSION
    subject = SUBJECT
    table = RightsReport
    list_page = "rights_report:list"

    def get_filterset(self) -> LogFilterSet:
        return RightsFilterSet(self.request.GET)

    def get_criteria(self, filterset: LogFilterSet) -> list[str]:
        assert isinstance(filterset, RightsFilterSet)
        return filterset.in_words

    def get_export(self, table: Table, filterset: LogFilterSet, about: Sequence[Line]) -> Export:
        assert isinstance(filterset, RightsFilterSet)
        return Export(table, content(filterset.held, filterset.rows()), about)

    def further_about(self, filterset: LogFilterSet) -> Iterable[Line]:
        return unrecorded_lines(unrecorded_periods(None, None))
