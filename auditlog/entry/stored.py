"""An entry as the log keeps it: texts, and nothing that could be deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..areas import ITSELF
from ..models import AuditLogEntry, AuditLogEntryDescription, AuditLogEntryDetail, AuditLogEntrySubject


@dataclass(frozen=True)
class Stored:
    """An entry with the lines that say which record it was, its properties, and the keys of all it is about."""

    entry: AuditLogEntry
    lines: Sequence[AuditLogEntryDescription]
    details: Sequence[AuditLogEntryDetail]
    subjects: Sequence[str] = ()

    @property
    def subject(self) -> str:
        """What the record is known by, whatever it is called; nothing where the entry is older than such keys."""
        first = self.subjects[0] if self.subjects else ""
        return first if first.startswith(f"{self.entry.table}:") else ""

    def line(self, name: str) -> str:
        """The description line of this name; nothing where the entry has none."""
        return next((line.value for line in self.lines if line.name == name), "")

    def detail(self, column: str) -> AuditLogEntryDetail | None:
        """The property of this name; None where the entry has none."""
        return next((detail for detail in self.details if detail.property_name == column), None)

    def value(self, column: str) -> str:
        """What an added or deleted record had in a column; nothing where it had no value."""
        detail = self.detail(column)
        return (detail.new_value or detail.existing_value or "") if detail else ""


def stored(pk: int, using: str) -> Stored | None:
    """The entry with this id; None where there is none. Four statements."""
    entry = AuditLogEntry.objects.using(using).filter(pk=pk).first()
    if entry is None:
        return None
    lines = AuditLogEntryDescription.objects.using(using).filter(entry=pk).order_by("position")
    details = AuditLogEntryDetail.objects.using(using).filter(entry=pk).order_by("position")
    subjects = AuditLogEntrySubject.objects.using(using).filter(entry=pk).order_by("pk")
    about = [subject for subject in subjects.values_list("subject", flat=True) if not subject.endswith(ITSELF)]
    return Stored(entry, list(lines), list(details), about)
