"""Reading the log in tests: what it says since a moment, and what database it tells of."""

from __future__ import annotations

import re

from auditlog.areas import all_areas
from auditlog.diff import as_text
from auditlog.models import (
    AuditLogAffected,
    AuditLogEntry,
    AuditLogEntryDetail,
    AuditLogEntryMark,
    AuditLogEntryProperty,
    AuditLogEntrySubject,
)
from auditlog.search import fold
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
    """The same, from the log alone; every existing value must be what the entries before it left.

    What stands beside an entry must be what the entry tells.
    """
    state = {("Preference", name): {"value": definition.default} for name, definition in CATALOGUE.items()}
    details, subjects, properties, marks = (
        _by_entry(model.objects.order_by("id"))
        for model in (AuditLogEntryDetail, AuditLogEntrySubject, AuditLogEntryProperty, AuditLogEntryMark)
    )
    reached = set()
    for entry in AuditLogEntry.objects.order_by("id"):
        told = details.pop(entry.id, [])
        about = _replay(state, entry, [detail for detail in told if not detail.masked])
        found = subjects.pop(entry.id)
        assert sorted(it.subject for it in found) == sorted(about), entry
        beside = properties.pop(entry.id, [])
        assert [(it.property_name, it.existing, it.new) for it in beside] == list(map(_searched, told)), entry
        assert {it.timestamp for it in found + beside + marks.pop(entry.id, [])} == {entry.timestamp}
        if (entry.table, entry.action) != ("UserGroup", "add"):
            reached |= {(entry.change_set, subject) for subject in about if re.fullmatch(r"UserGroup:\d+", subject)}
    assert [details, subjects, properties, marks] == [{}, {}, {}, {}], "rows without an entry"
    assert set(AuditLogAffected.objects.values_list("change_set", "subject")) == reached
    return state


def _by_entry(rows):
    found = {}
    for row in rows:
        found.setdefault(row.entry_id, []).append(row)
    return found


def _searched(detail):
    """How a property of the log is searched for."""
    old, new = (fold(value or "")[:100] for value in (detail.existing_value, detail.new_value))
    return detail.property_name, old, new


def _about(entry, *states):
    """All that an entry is about, from what the log tells of the record before and after it."""
    about = set()
    for values in filter(None, states):
        about |= {f"UserAccount:{values[key]}" for key in ("userID",) if key in values}
        about |= {f"UserGroup:{values[key]}" for key in ("groupID",) if key in values}
        if entry.table == "Preference":
            about.add(f"Preference:{entry.affected_object}")
        elif entry.table == "UserGroupMember":
            about.add(f"UserGroupMember:{values['userID']}:{values['groupID']}")
        elif entry.table.endswith("ToolRights"):
            whose = values.get("userID") or values["groupID"]
            about.add(f"{entry.table}:{whose}:{values['toolID']}:{values['right']}")
        else:
            about.add(f"{entry.table}:{entry.object_id}")
            if entry.table in ("UserAccount", "UserGroup"):
                about.add(f"{entry.table}:{entry.object_id}:itself")
    return about


def _replay(state, entry, details):
    """Do to the state what an entry tells; what the entry is about."""
    preference = entry.table == "Preference"
    key = (entry.table, entry.affected_object if preference else entry.object_id)
    if entry.action == "add":
        assert key not in state, f"{entry} was there already"
        state[key] = {}
    record, before = state[key], dict(state[key])
    for detail in details:
        assert record.get(detail.property_name) == detail.existing_value, f"{entry}: {detail} does not follow"
        record.pop(detail.property_name, None)
        if detail.new_value is not None:
            record[detail.property_name] = detail.new_value
    if entry.action == "delete":
        assert not record, f"{entry} leaves {record}"
        del state[key]
    return _about(entry, before, record)
