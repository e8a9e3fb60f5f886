"""Marks for tests: given by hand, whatever would earn them."""

from __future__ import annotations

from auditlog.models import AuditLogEntry, AuditLogEntryMark


def mark(entry: AuditLogEntry, *marks: str) -> None:
    """Give an entry exactly these marks, if it has no others already."""
    there = set(AuditLogEntryMark.objects.filter(entry=entry).values_list("mark", flat=True))
    AuditLogEntryMark.objects.bulk_create(
        AuditLogEntryMark(entry=entry, mark=one, timestamp=entry.timestamp) for one in marks if one not in there
    )
