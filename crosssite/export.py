"""Export to Excel of the Data Sync Log (contract: Excel files): one row per entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connections, router
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from auditlog.engines import engine_of
from auditlog.export.about import in_words
from auditlog.export.export import EntriesGone, Line, Log
from auditlog.export.views import ExportView
from auditlog.export.workbook import Column
from auditlog.filters import LogFilterSet

from .access import ChosenSchool
from .entry_views import PERMISSION, SUBJECT
from .filters import SyncLogFilterSet
from .models import TEXT_COLUMNS, SyncLogEntry

TEXTS = ("action", *TEXT_COLUMNS, "home_school")


class DataSyncLog(Log):
    title = "Data Sync Log"
    file_name = "data-sync-log"
    columns = (
        Column("Timestamp", 20),
        Column("UTC Offset", 11),
        Column("Action Taken", 26),
        Column("Student Number", 15),
        Column("Student Name", 30),
        Column("Course Number", 15),
        Column("Course Name", 30),
        Column("Section Number", 15),
        Column("Old Value", 12),
        Column("New Value", 12),
        Column("Serving District", 28),
        Column("Serving School", 28),
        Column("Home School", 28),
        Column("Entry", 10),
        Column("Run", 8),
    )

    def rows(self, ids: Sequence[int]) -> Iterator[Sequence[object]]:
        wanted = engine_of(connections[router.db_for_read(SyncLogEntry)]).id_list(ids)
        found = SyncLogEntry.objects.filter(pk__in=wanted).order_by().values_list("pk", "run_id", "timestamp", *TEXTS)
        entries = {entry[0]: entry for entry in found}
        if len(entries) < len(ids):
            raise EntriesGone(f"{len(ids) - len(entries)} entries of the Data Sync Log went away during an export.")
        for pk in ids:
            yield _row(entries[pk])


def _row(entry: tuple[Any, ...]) -> Sequence[object]:
    pk, run, timestamp, *texts = entry
    when = timestamp.astimezone(timezone.get_default_timezone())
    # Excel rounds what it does not show: without the fraction it shows the same second as the page.
    return (when.replace(tzinfo=None, microsecond=0), when.strftime("%z"), *texts, str(pk), str(run))


class SyncLogExportView(ExportView):
    """Everything that the criteria leave of the chosen school's entries, not only what the list shows."""

    permission = PERMISSION
    subject = SUBJECT
    table = DataSyncLog
    list_page = "crosssite:list"
    school: ChosenSchool

    def get_filterset(self) -> LogFilterSet:
        filterset = SyncLogFilterSet(self.request.GET, user=self.request.user)
        if filterset.chosen_school is None:
            raise Http404
        self.school = filterset.chosen_school
        return filterset

    def get_criteria(self, filterset: LogFilterSet) -> list[str]:
        return in_words(filterset.form, leave_out=filterset.shown_how | {"school"})

    def get_traced(self, criteria: Sequence[str]) -> str:
        return "; ".join([_("School: %(name)s") % {"name": self.school.name}, *criteria])

    def further_about(self, filterset: LogFilterSet) -> Iterable[Line]:
        yield _("School"), self.school.name
