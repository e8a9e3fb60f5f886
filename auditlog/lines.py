"""What the Audit Log's list shows of an entry, ready to be printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote_plus
from uuid import UUID

from django.db import connections
from django.utils.safestring import SafeString

from .areas import all_areas
from .badges import NO_MARKS, Rendered, marks_of
from .engines import engine_of
from .models import Action, AuditLogEntry, AuditLogEntryDescription
from .search import LONGEST
from .texts import moment, shortened, visible

#: How much of an affected object the list shows; the entry shows all of it.
LONGEST_IN_LIST = 300


@dataclass(slots=True)
class Line:
    """An entry in the list. ``note`` stands in small text beside the affected object.

    ``marks`` names what a reader should not miss, ``badges`` is that ready to be printed; ``acknowledged`` who has
    taken note of it. ``object_query`` and ``actor_query`` are object and actor as links carry them. ``inside``
    says that it stands below the line of its change set (``folding.SetLine``).

    Five hundred are made and printed for a page: a frozen one takes four times as long to make, and a template asks
    for an item first, an attribute only after the error.
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
    marks: tuple[str, ...]
    badges: SafeString
    acknowledged: str
    object_query: str
    actor_query: str
    inside: bool = False

    folds: ClassVar[bool] = False

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


def lines(entries: Sequence[AuditLogEntry], using: str) -> list[Line]:
    """The entries as lines of the list; what stands beside the affected objects, and the marks, in a statement each."""
    notes = _notes(entries, using)
    marks, rendered = marks_of([entry.pk for entry in entries], using), Rendered()
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
            marked.marks,
            rendered(marked.marks),
            marked.acknowledged.by if marked.acknowledged else "",
            quote_plus(entry.affected_object[:LONGEST]),
            quote_plus(entry.changed_by),
        )
        for entry in entries
        for marked in [marks.get(entry.pk, NO_MARKS)]
    ]


def _notes(entries: Sequence[AuditLogEntry], using: str) -> dict[int, str]:
    """The description line that the area puts into the list, for those entries whose area names one."""
    named = {area.name: area.list_note for area in all_areas() if area.list_note}
    if not entries:
        return {}
    found = AuditLogEntryDescription.objects.using(using).filter(
        entry__in=engine_of(connections[using]).id_list([entry.pk for entry in entries]), name__in=set(named.values())
    )
    values = {(entry, name): value for entry, name, value in found.order_by().values_list("entry_id", "name", "value")}
    return {entry.pk: values.get((entry.pk, named.get(entry.table, "")), "") for entry in entries}
