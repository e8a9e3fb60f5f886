"""What the Audit Log's pages show of an entry, ready to be printed: a line of the list, and the whole entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _

from .areas import all_areas
from .models import Action, AuditLogEntry, AuditLogEntryDescription, AuditLogEntryDetail
from .texts import moment, shortened, visible

#: How much of an affected object the list shows; the entry shows all of it.
LONGEST_IN_LIST = 300


@dataclass(frozen=True)
class Line:
    """An entry in the list. ``note`` stands in small text beside the affected object.

    ``inside`` says that it stands below the line of its change set (``folding.SetLine``).
    """

    id: int
    timestamp: str
    table: str
    action: str
    action_label: str
    affected_object: str
    note: str
    changed_by: str
    change_set: UUID
    inside: bool = False

    folds: ClassVar[bool] = False


@dataclass(frozen=True)
class Value:
    """A stored value. ``absent`` says in words why there is no text: no value at all, empty, or a secret."""

    text: str = ""
    absent: str = ""


@dataclass(frozen=True)
class Property:
    """A property with its values: what it was and what it became, or the one it had when added or deleted."""

    name: str
    values: Sequence[Value]


@dataclass(frozen=True)
class EntryPage:
    """A whole entry. ``values_heading`` is empty for a change."""

    id: int
    area: str
    timestamp: str
    action: str
    changed_by: str
    person: str
    description: Sequence[tuple[str, str]]
    values_heading: str
    properties: Sequence[Property]
    channel: str
    address: str
    change_set: str


def lines(entries: Sequence[AuditLogEntry], using: str) -> list[Line]:
    """The entries as lines of the list; what stands beside the affected objects is read in one statement."""
    notes = _notes(entries, using)
    actions = {value: str(label) for value, label in Action.choices}
    return [
        Line(
            entry.pk,
            moment(entry.timestamp),
            entry.table,
            entry.action,
            actions[entry.action],
            visible(shortened(entry.affected_object, LONGEST_IN_LIST)),
            visible(notes[entry.pk]),
            visible(entry.changed_by),
            entry.change_set,
        )
        for entry in entries
    ]


def _notes(entries: Sequence[AuditLogEntry], using: str) -> dict[int, str]:
    """The description line that the area puts into the list, for those entries whose area names one."""
    named = {area.name: area.list_note for area in all_areas() if area.list_note}
    if not entries:
        return {}
    found = AuditLogEntryDescription.objects.using(using).filter(
        entry__in=[entry.pk for entry in entries], name__in=set(named.values())
    )
    values = {(entry, name): value for entry, name, value in found.order_by().values_list("entry_id", "name", "value")}
    return {entry.pk: values.get((entry.pk, named.get(entry.table, "")), "") for entry in entries}


def entry_page(pk: int, using: str = "default") -> EntryPage | None:
    """The entry with this id, whole; None where there is none. Three statements."""
    entry: Any = AuditLogEntry.objects.using(using).filter(pk=pk).first()
    if entry is None:
        return None
    headings = {Action.ADD: _("Initial values"), Action.DELETE: _("Final values")}
    return EntryPage(
        id=entry.pk,
        area=entry.table,
        timestamp=moment(entry.timestamp),
        action=entry.get_action_display(),
        changed_by=visible(entry.changed_by),
        person=visible(entry.changed_by_name),
        description=[(line.name, visible(line.value)) for line in entry.descriptions.order_by("position")],
        values_heading=headings.get(entry.action, ""),
        properties=[_property(detail, entry.action) for detail in entry.details.order_by("position")],
        channel=entry.channel,
        address=entry.address,
        change_set=str(entry.change_set),
    )


def _property(detail: AuditLogEntryDetail, action: str) -> Property:
    existing = _value(detail.existing_value, detail.existing_name, detail.masked)
    new = _value(detail.new_value, detail.new_name, detail.masked)
    values = {Action.ADD.value: (new,), Action.DELETE.value: (existing,)}
    return Property(visible(detail.property_name), values.get(action, (existing, new)))


def _value(text: str | None, name: str | None, masked: bool) -> Value:
    if masked:
        return Value(absent=_("not shown"))
    if text is None:
        return Value(absent=_("no value"))
    if text == "":
        return Value(absent=_("empty text"))
    return Value(visible(f"{text} ({name})" if name else text))
