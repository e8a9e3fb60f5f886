"""The log, what stands beside it, the traces of access, and the base of every audited record."""

from .access import AccessLogEntry
from .append_only import AppendOnlyModel
from .audited import AuditedModel
from .beside import (
    AuditLogAcknowledgement,
    AuditLogAffected,
    AuditLogEntryMark,
    AuditLogEntryName,
    AuditLogEntryProperty,
    AuditLogEntrySubject,
    Mark,
)
from .log import Action, AuditLogEntry, AuditLogEntryDescription, AuditLogEntryDetail
from .saved import DefaultSearch, SavedSearch

__all__ = [
    "AccessLogEntry",
    "Action",
    "AppendOnlyModel",
    "AuditLogAcknowledgement",
    "AuditLogAffected",
    "AuditLogEntry",
    "AuditLogEntryDescription",
    "AuditLogEntryDetail",
    "AuditLogEntryMark",
    "AuditLogEntryName",
    "AuditLogEntryProperty",
    "AuditLogEntrySubject",
    "AuditedModel",
    "DefaultSearch",
    "Mark",
    "SavedSearch",
]
