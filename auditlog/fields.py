"""The kinds of criteria that the Audit Log has beyond those of every log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from .areas import all_areas
from .search import LONGEST, parts

#: How many values can be excluded at once: each is a look-up for every entry.
MOST_EXCLUDED = 50
#: How many parts of an affected object can be searched for at once.
MOST_PARTS = 20
#: What a database id can be.
LARGEST_ID = 2**63 - 1
#: How long the key of a subject can be.
LONGEST_SUBJECT = 160


class TextsField(forms.Field):
    """Several exact texts."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:
        return list(dict.fromkeys(one for one in value or [] if one))

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if len(value) > MOST_EXCLUDED:
            raise ValidationError(_("At most %(most)d values can be excluded at once."), params={"most": MOST_EXCLUDED})
        for one in value:
            ProhibitNullCharactersValidator()(one)
            if len(one) > LONGEST:
                raise ValidationError(_("A value has at most %(longest)d characters."), params={"longest": LONGEST})


class TextsFilter(django_filters.Filter):
    field_class = TextsField


class SubjectField(forms.CharField):
    """What entries are about, by identity: ``UserGroup:3``."""

    def clean(self, value: Any) -> str:
        subject: str = super().clean(value)
        refuse_no_subject(subject)
        return subject


class SubjectFilter(django_filters.Filter):
    field_class = SubjectField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_SUBJECT, widget=forms.HiddenInput(), **kwargs)


class SubjectsField(TextsField):
    def validate(self, value: list[str]) -> None:
        super().validate(value)
        for subject in value:
            refuse_no_subject(subject)


class SubjectsFilter(django_filters.Filter):
    field_class = SubjectsField


def refuse_many_parts(text: str) -> None:
    """Refuse a searched object of more parts than any object has: each is looked for among all names of the log."""
    if len(parts(text)) > MOST_PARTS:
        raise ValidationError(
            _("At most %(most)d parts between commas can be searched for at once."), params={"most": MOST_PARTS}
        )


def refuse_no_subject(subject: str) -> None:
    """Refuse what is not made of an area and an identity."""
    area, _colon, identity = subject.partition(":")
    if subject and (not identity or area not in {known.name for known in all_areas()}):
        raise ValidationError(_("A subject is named by its table and its number, for example UserGroup:3."))


class ExactFilter(django_filters.CharFilter):
    """An exact text, as a link gives it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST, strip=False, widget=forms.HiddenInput(), **kwargs)


class NumberFilter(django_filters.Filter):
    """The id of an account."""

    field_class = forms.IntegerField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=LARGEST_ID, widget=forms.HiddenInput(), **kwargs)


def change_set_of(text: str) -> UUID:
    """The change set that a text names; ValidationError for what is no id of one."""
    try:
        return UUID(hex=text)
    except ValueError:
        raise ValidationError(_("A change set is named by 32 letters a to f and digits."), code="invalid") from None


class ChangeSetField(forms.CharField):
    def clean(self, value: Any) -> UUID | None:
        text = super().clean(value)
        return change_set_of(text) if text else None


class ChangeSetFilter(django_filters.Filter):
    field_class = ChangeSetField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.HiddenInput(), **kwargs)


class ClockFilter(django_filters.TimeFilter):
    """A time of day as HH:MM."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%H:%M"],
            widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            error_messages={"invalid": _("Enter a time as HH:MM, for example 18:00.")},
            **kwargs,
        )


class RangeFilter(django_filters.ChoiceFilter):
    """A period by its relation to today; chosen by a link."""

    def __init__(self, **kwargs: Any) -> None:
        messages = {"invalid_choice": _("“%(value)s” is none of the choices.")}
        super().__init__(widget=forms.HiddenInput(), error_messages=messages, **kwargs)
