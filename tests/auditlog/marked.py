"""Marks for tests: given by hand, whatever would earn them."""

from __future__ import annotations

from django.utils import timezone

from auditlog.models import AuditLogAcknowledgement, AuditLogEntry, AuditLogEntryMark


def mark(entry: AuditLogEntry, *marks: str) -> None:
    """Give an entry exactly these marks, if it has no others already."""
    there = set(AuditLogEntryMark.objects.filter(entry=entry).values_list("mark", flat=True))
    AuditLogEntryMark.objects.bulk_create(
        AuditLogEntryMark(entry=entry, mark=one, timestamp=entry.timestamp) for one in marks if one not in there
    )


def acknowledge_all() -> None:
    """Take note of everything that is marked so far, so that a test begins with nothing left."""
    left = AuditLogEntry.objects.filter(marks__isnull=False, acknowledgement=None).distinct()
    AuditLogAcknowledgement.objects.bulk_create(
        AuditLogAcknowledgement(entry=entry, timestamp=timezone.now(), acknowledged_by="before the test")
        for entry in left
    )
