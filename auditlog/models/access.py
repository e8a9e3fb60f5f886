"""Traces of access."""

from __future__ import annotations

from django.db import models
from django.db.models import Index
from django.utils.translation import gettext_lazy as _

from .append_only import AppendOnlyModel


class AccessLogEntry(AppendOnlyModel):
    """Who took what out of a log, or tried what he may not: exports, refused tries, purges.

    ``event`` what happened; ``subject`` which log or page; ``criteria`` the query as it was asked, or what was
    tried; ``rows`` how many rows an export wrote, once known; ``reference`` what the start and the end of one
    export share. Who and from where, as in AuditLogEntry.
    """

    class Event(models.TextChoices):
        EXPORT_STARTED = "export started", _("Export started")
        EXPORT_FINISHED = "export finished", _("Export finished")
        EXPORT_BROKEN = "export broken off", _("Export broken off")
        REFUSED = "refused", _("Refused")
        PURGED = "purged", _("Purged")

    timestamp = models.DateTimeField()
    event = models.CharField(max_length=20, choices=Event.choices)
    subject = models.CharField(max_length=64)
    criteria = models.TextField(blank=True)
    rows = models.BigIntegerField(null=True)
    reference = models.UUIDField()
    changed_by = models.CharField(max_length=255)
    changed_by_name = models.CharField(max_length=320, blank=True)
    changed_by_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "AccessLogEntry"
        ordering = ("-timestamp", "-id")
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log entries")
        default_permissions = ()
        indexes = (
            Index(fields=("-timestamp", "-id"), name="accesslog_newest"),
            Index(fields=("reference",), name="accesslog_reference"),
        )

    def __str__(self) -> str:
        return f"{self.event}: {self.subject}"
