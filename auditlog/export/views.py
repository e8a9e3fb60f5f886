"""The export of a log or report: a download of everything that matches the criteria of the address."""

from __future__ import annotations

import datetime
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.generic.base import TemplateResponseMixin

from ..access import trace_refused, who_is_acting
from ..filters import AuditLogFilterSet, LogFilterSet
from ..models import AccessLogEntry
from ..pages import SitePageMixin, Text
from ..permissions import TracedPermissionMixin
from ..unrecorded import unrecorded_periods
from ..viewer import LogListView
from ..views import PERMISSION, SCREEN
from .about import about_lines, in_words, unrecorded_lines
from .audit_log import AuditLog
from .download import Download
from .export import Export, Line, Log, LogExport, Table, ids_of
from .formats import FORMATS
from .traces import AccessLogFilterSet, trace_lines
from .turns import NoTurn, Turn, take_turn

#: After how many seconds it is worth asking for an export again.
RETRY_AFTER = 60
NOT_NOW = _("Too many exports at the moment")


class ExportView(SitePageMixin, TemplateResponseMixin, TracedPermissionMixin, ABC):
    """Answers with the file, or with a page: 400 says what is wrong with the criteria, 503 that so many exports are
    being made just now.

    It is a workbook; ``format`` asks for CSV or JSON lines where the filter set knows that parameter.

    A log declares ``table``, ``permission``, ``subject``, ``list_page`` (the name of its list's address) and
    ``get_filterset``; in ``further_about`` what its last sheet says beyond criteria and person, and in
    ``get_criteria`` and ``get_traced`` what its criteria are where the form alone does not say it. What is no log gives
    its rows in ``get_export``.
    """

    http_method_names = ["get"]
    template_name = "auditlog/export_refused.html"
    screen = _("This export cannot be made")
    #: What finds the rows looks at all of them; who waits for a file waits longer than who waits for a page.
    seconds_to_read: ClassVar[float] = 30
    table: ClassVar[type[Table]]
    list_page: ClassVar[str]

    @abstractmethod
    def get_filterset(self) -> LogFilterSet:
        """The criteria of this request, as its log's list takes them."""

    def get_criteria(self, filterset: LogFilterSet) -> list[str]:
        """What limits the export, in words."""
        return in_words(filterset.form, leave_out=filterset.shown_how)

    def get_traced(self, criteria: Sequence[str]) -> str:
        """What the traces of the export say of its criteria."""
        return "; ".join(criteria)

    def further_about(self, filterset: LogFilterSet) -> Iterable[Line]:
        return ()

    def get_export(self, table: Table, filterset: LogFilterSet, about: Sequence[Line]) -> Export:
        """The workbook; of a log, all entries that match."""
        assert isinstance(table, Log)
        return LogExport(table, ids_of(filterset.qs), about)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        filterset = self.get_filterset()
        if not filterset.is_valid():
            return self.refusal(filterset)
        try:
            turn = take_turn(request.user.pk)
        except NoTurn as refused:
            return self.not_now(own=refused.own)
        try:
            return self.download(filterset, turn)
        except BaseException:
            turn.end()
            raise

    def refusal(self, filterset: LogFilterSet) -> HttpResponseBase:
        context = self.get_context_data(form=filterset.form, log_address=self.get_log_address())
        return self.render_to_response(context, status=400)

    def not_now(self, *, own: bool) -> HttpResponseBase:
        """``own``: it is this person who has so many exports under way."""
        tried = f"{self.request.method} {self.request.get_full_path()}, while as many exports as may be were being made"
        trace_refused(self.request, subject=self.subject, tried=tried)
        context = self.get_context_data(title=NOT_NOW, reason=not_now(own=own), log_address=self.get_log_address())
        headers = {"Retry-After": str(RETRY_AFTER)}
        return TemplateResponse(self.request, "auditlog/export_not_now.html", context, status=503, headers=headers)

    def get_log_address(self) -> str:
        """The list with the same criteria."""
        return f"{reverse(self.list_page)}?{self.request.GET.urlencode()}"

    def download(self, filterset: LogFilterSet, turn: Turn) -> HttpResponseBase:
        table, now, who = self.table(), timezone.now(), who_is_acting()
        criteria = self.get_criteria(filterset)
        about = [*about_lines(table, criteria, who, now), *self.further_about(filterset)]
        export = self.get_export(table, filterset, about)
        export.format = FORMATS[filterset.form.cleaned_data.get("format") or "xlsx"]
        body = Download(export, turn, who=who, criteria=self.get_traced(criteria))
        disposition = content_disposition_header(True, file_name(table, now, export.format.ending))
        return StreamingHttpResponse(
            body, content_type=export.format.content_type, headers={"Content-Disposition": disposition or "attachment"}
        )


class AuditLogExportView(ExportView):
    """Export to Excel of the Audit Log."""

    permission = PERMISSION
    subject = "Audit Log"
    table = AuditLog
    list_page = "auditlog:list"

    def get_filterset(self) -> LogFilterSet:
        return AuditLogFilterSet(self.request.GET)

    def further_about(self, filterset: LogFilterSet) -> Iterable[Line]:
        assert isinstance(filterset, AuditLogFilterSet)
        return unrecorded_lines(unrecorded_periods(filterset.criteria.start, filterset.criteria.end))


class ExportsView(LogListView):
    """Who exported what from either log, with which criteria and how many rows; who tried what he may not."""

    model = AccessLogEntry
    permission = "auditlog.view_accesslogentry"
    subject = "Exports and refused tries"
    filterset_class = AccessLogFilterSet
    template_name = "auditlog/exports.html"
    screen = _("Exports and refused tries")

    def get_breadcrumbs(self) -> Sequence[tuple[Text, str]]:
        return [(SCREEN, reverse("auditlog:list"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(lines=list(trace_lines(list(self.object_list))), **kwargs)


def not_now(*, own: bool) -> Text:
    """Why an export cannot begin, in words."""
    if not own:
        return _("So many exports are being made at the moment that another one would keep everybody waiting.")
    return ngettext(
        "An export of yours is still on its way to you, and one person has no more than %(count)d at once.",
        "Exports of yours are still on their way to you, and one person has no more than %(count)d at once.",
        settings.EXPORTS_PER_PERSON,
    ) % {"count": settings.EXPORTS_PER_PERSON}


def file_name(table: Table, at: datetime.datetime, ending: str = "xlsx") -> str:
    """``audit-log_springfield-schools_2026-11-22_1530.xlsx``: nothing in it comes from the person who exports."""
    local = at.astimezone(timezone.get_default_timezone())
    district = slugify(settings.DISTRICT_NAME) or "district"
    return f"{table.file_name}_{district}_{local:%Y-%m-%d_%H%M}.{ending}"
