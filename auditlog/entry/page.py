"""What the pages show of a whole entry, ready to be printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import Action, AuditLogEntryDetail
from ..texts import moment, visible
from .sentence import Sentence, sentence_of
from .stored import stored


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
    sentence: Sentence
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


def entry_page(pk: int, using: str = "default") -> EntryPage | None:
    """The entry with this id, whole; None where there is none. Three statements."""
    told = stored(pk, using)
    if told is None:
        return None
    entry = told.entry
    headings: dict[str, str] = {Action.ADD: _("Initial values"), Action.DELETE: _("Final values")}
    return EntryPage(
        id=entry.pk,
        sentence=sentence_of(told),
        area=entry.table,
        timestamp=moment(entry.timestamp),
        action=entry.get_action_display(),
        changed_by=visible(entry.changed_by),
        person=visible(entry.changed_by_name),
        description=[(line.name, visible(line.value)) for line in told.lines],
        values_heading=headings.get(entry.action, ""),
        properties=[_property(detail, entry.action) for detail in told.details],
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
