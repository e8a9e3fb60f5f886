"""How it stands today: the value that each property has now, and whether what the entry says is still so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..areas import Area, Row, area_named
from ..diff import as_text
from ..models import Action, AuditLogEntryDetail
from ..rows import name_references, present
from .sentence import Sentence
from .stored import Stored
from .values import Value, value_of


@dataclass(frozen=True)
class ValueNow:
    """A value of today. ``still``: whether it is what the entry left; None where that cannot be told."""

    value: Value
    still: bool | None = None


@dataclass(frozen=True)
class Now:
    """How the record of an entry stands today, in a sentence, and its values by the names of the properties.

    ``besides`` is what else makes a difference to it, as the area knows it; nothing where nothing does.
    """

    says: str
    exists: bool
    values: Mapping[str, ValueNow]
    besides: Sentence


def now(told: Stored, subject: str, using: str, *, beside: bool = False) -> Now | None:
    """How the record of an entry stands today; None where its area is audited no more.

    ``subject`` is what the record is known by, nothing where the entry is older than that: a right that was taken
    and given again is the same right. One statement, one for each kind of reference, and what the area asks besides.
    """
    area = area_named(told.entry.table)
    if area is None:
        return None
    row = _row(area, told, subject, using)
    values, changed = {}, False
    if row is not None:
        name_references(area, [row], using)
        values = {detail.property_name: _value_now(area, row, told, detail, beside) for detail in told.details}
        changed = any(value.still is False for value in values.values()) or _was_filled(area, row, told)
    says = _says(area, told, row is not None, values, changed=changed)
    return Now(says, row is not None, values, _besides(area, subject, using))


def _besides(area: Area, subject: str, using: str) -> Sentence:
    return area.besides(area.identity(subject), using) if area.besides is not None and subject else []


def _row(area: Area, told: Stored, subject: str, using: str) -> Row | None:
    identity = area.identity(subject) if subject else {"pk": told.entry.object_id}
    row = present(area, identity, using)
    if row is None and subject and area.absent is not None:
        return _absent(area, Row(None, {**dict.fromkeys(area.recorded), **identity}))
    return row


def _absent(area: Area, row: Row) -> Row:
    """What the missing record reads as; without any value where there can be no such record any more."""
    assert area.absent is not None
    try:
        return area.absent(row)
    except ValidationError:
        return row


def _value_now(area: Area, row: Row, told: Stored, detail: AuditLogEntryDetail, beside: bool) -> ValueNow:
    if detail.masked:
        return ValueNow(value_of(None, masked=True))
    name = next((name for name in area.recorded if area.column(name) == detail.property_name), None)
    if name is None:
        return ValueNow(Value(absent=_("not kept any more")))
    text = as_text(row.values[name])
    left = detail.existing_value if told.entry.action == Action.DELETE else detail.new_value
    return ValueNow(value_of(text, row.names.get(name), beside=beside), text == left)


def _was_filled(area: Area, row: Row, told: Stored) -> bool:
    """Whether an added record has a value today where it was added without: of those there is no property line."""
    if told.entry.action != Action.ADD:
        return False
    lines = {detail.property_name for detail in told.details}
    without = (name for name in area.recorded if area.field(name).null and area.column(name) not in lines)
    return any(row.values[name] is not None for name in without)


def _says(area: Area, told: Stored, exists: bool, values: Mapping[str, ValueNow], *, changed: bool) -> str:
    """The sentence for how it stands. What a record is called on the screens is known without the record."""
    deleted = told.entry.action == Action.DELETE
    stills = {value.still for value in values.values()}
    if not exists and deleted:
        words = _("Still so today: this %(record)s does not exist.")
    elif not exists:
        words = _("No longer so: this %(record)s does not exist any more.")
    elif deleted:
        words = _("No longer so: this %(record)s exists again.")
    elif changed:
        words = _("No longer so: this %(record)s was changed since.")
    elif told.entry.action == Action.ADD:
        words = _("Still so today: this %(record)s exists as it was added.")
    elif True in stills:
        words = _("Still so today: the values are as this entry left them.")
    else:
        words = _("This %(record)s still exists.")
    return words % {"record": area.model_class._meta.verbose_name}
