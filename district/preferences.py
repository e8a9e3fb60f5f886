"""The values of the system preferences: what is set, what is the default, and setting it.

A preference without a row has its default (see ``catalogue``); so resetting one deletes its row, which the Audit
Log shows as a change back to the default.
"""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from .catalogue import CATALOGUE, Definition, Kind
from .working_hours import time_of_day

#: The longest text a preference takes.
LONGEST = 4000
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def value_of(name: str) -> str:
    """The value in force. KeyError for a name outside the catalogue."""
    from .models import Preference

    definition = CATALOGUE[name]
    value: str | None = Preference.objects.filter(name=name).values_list("value", flat=True).first()
    return definition.default if value is None else value


def number_of(name: str) -> int:
    """The value in force of a number; its default where what is stored is no number."""
    value = value_of(name)
    return int(value) if re.fullmatch(r"-?[0-9]{1,18}", value) else int(CATALOGUE[name].default)


def set_value(name: str, value: str | None) -> None:
    """Set a preference; None or its default resets it. Nothing is written where nothing differs.

    ValidationError for a value that the preference does not take, KeyError for a name outside the catalogue.
    """
    from .models import Preference

    definition = CATALOGUE[name]
    if value is None or value == definition.default:
        Preference.objects.filter(name=name).delete()
        return
    check_value(definition, value)
    with transaction.atomic():
        row = Preference.objects.select_for_update().filter(name=name).first()
        if row is None:
            Preference.objects.create(name=name, value=value)
        elif row.value != value:
            row.value = value
            row.save()


def check_value(definition: Definition, value: str) -> None:
    """ValidationError where a value is not one of those the preference takes."""
    if definition.kind is Kind.BOOLEAN and value not in {"true", "false"}:
        raise ValidationError(_("Choose on or off."))
    if definition.kind is Kind.CHOICE and value not in (definition.choices or {}):
        raise ValidationError(_("Choose one of the values offered."))
    if definition.kind is Kind.NUMBER:
        _check_number(definition, value)
    if definition.kind is Kind.TIME and time_of_day(value) is None:
        raise ValidationError(_("Enter a time of day from 00:00 to 23:59, as in 07:30."))
    if len(value) > LONGEST or CONTROL_CHARACTERS.search(value):
        raise ValidationError(
            _("Enter at most %(longest)d characters, and no control characters.") % {"longest": LONGEST}
        )


def _check_number(definition: Definition, value: str) -> None:
    low, high = definition.minimum, definition.maximum
    assert low is not None
    assert high is not None
    if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
        raise ValidationError(_("Enter a whole number from %(low)d to %(high)d.") % {"low": low, "high": high})
