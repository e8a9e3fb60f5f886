"""Reading the log in tests: what it says since a moment, and what database it tells of."""

from __future__ import annotations

from auditlog.areas import all_areas
from auditlog.diff import as_text
from auditlog.models import AuditLogEntry, AuditLogEntryDetail
from district.catalogue import CATALOGUE


class Logbook:
    """The entries since it was opened, in their order."""

    def __init__(self):
        self.start = AuditLogEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def entries(self):
        return list(AuditLogEntry.objects.filter(id__gt=self.start).order_by("id"))

    def lines(self):
        """(table, action, affected object) of each."""
        return [(entry.table, entry.action, entry.affected_object) for entry in self.entries()]

    def changes(self):
        """{property: (existing value, new value)} of each."""
        return [properties(entry) for entry in self.entries()]


def properties(entry):
    return {detail.property_name: (detail.existing_value, detail.new_value) for detail in entry.details.all()}


def database_state():
    """What the audited tables hold, as the log would say it; a preference reads as its default where it has no row."""
    state = {("Preference", name): {"value": definition.default} for name, definition in CATALOGUE.items()}
    for area in all_areas():
        for row in area.model_class._base_manager.order_by("pk").values("pk", *area.recorded):
            values = {area.column(name): as_text(row[name]) for name in area.recorded if row[name] is not None}
            if area.name == "Preference":
                state[area.name, values["name"]] = {"value": values["value"]}
            else:
                state[area.name, row["pk"]] = values
    return state


def replayed_state():
    """The same, from the log alone; every existing value must be what the entries before it left."""
    state = {("Preference", name): {"value": definition.default} for name, definition in CATALOGUE.items()}
    details = {}
    for detail in AuditLogEntryDetail.objects.filter(masked=False).order_by("entry", "position"):
        details.setdefault(detail.entry_id, []).append(detail)
    for entry in AuditLogEntry.objects.order_by("id"):
        _replay(state, entry, details.get(entry.id, ()))
    return state


def _replay(state, entry, details):
    preference = entry.table == "Preference"
    key = (entry.table, entry.affected_object if preference else entry.object_id)
    if entry.action == "add":
        assert key not in state, f"{entry} was there already"
        state[key] = {}
    record = state[key]
    for detail in details:
        assert record.get(detail.property_name) == detail.existing_value, f"{entry}: {detail} does not follow"
        record.pop(detail.property_name, None)
        if detail.new_value is not None:
            record[detail.property_name] = detail.new_value
    if entry.action == "delete":
        assert not record, f"{entry} leaves {record}"
        del state[key]
