"""What the forms of the record pages share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from auditlog.access import trace_refused

from ..preferences import CONTROL_CHARACTERS
from ..rights import Rights, rights_of


def no_control_characters(value: str) -> None:
    """Refuse what can be neither seen nor typed; line breaks are for texts of several lines."""
    if CONTROL_CHARACTERS.search(value):
        raise ValidationError(_("Control characters cannot be stored."))


def one_line(value: str) -> None:
    if "\n" in value or "\r" in value or "\t" in value:
        raise ValidationError(_("Control characters cannot be stored."))


class LinesField(forms.CharField):
    """Text of several lines. Browsers send a line break as two characters; it is stored, and compared, as one."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        return text.replace("\r\n", "\n").replace("\r", "\n") if text else text


class RecordForm(forms.ModelForm):
    """A form of a record page: takes plain text only, knows who is asking, and writes what this person changed.

    Each field carries along what it showed: a field left alone keeps what another wrote since the page was opened.
    """

    #: Both set by ``RecordAdmin.get_form``: who is asking, and what the page offers him.
    request: HttpRequest
    offered: Collection[str] = ()
    #: Fields that a refusal after writing may concern, in the order of suspicion.
    blamed: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django leaves out columns that are read-only, but not the fields that a form declares itself.
        for name in set(self.fields).difference(self.offered):
            del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.validators.append(no_control_characters)
                if not isinstance(field.widget, forms.Textarea):
                    field.validators.append(one_line)
            chosen_anew = isinstance(field, forms.ModelMultipleChoiceField)
            field.show_hidden_initial = self.instance.pk is not None and not chosen_anew

    @property
    def rights(self) -> Rights:
        """What the person who is asking may do."""
        return rights_of(self.request.user)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, field in self.fields.items():
            if field.show_hidden_initial and name in cleaned and self.left_alone(name):
                cleaned[name] = getattr(self.instance, name, self.initial.get(name))
        late = getattr(self.request, "late_refusal", None)
        if late is not None:
            self.add_error(next((name for name in self.blamed if name in self.changed_data), None), late)
        return cleaned

    @property
    def columns_changed(self) -> bool:
        """Whether this person changed columns of the record itself."""
        return bool({field.name for field in self.instance._meta.concrete_fields} & set(self.changed_data))

    def left_alone(self, name: str) -> bool:
        return f"initial-{self.add_prefix(name)}" in self.data and name not in self.changed_data

    def refuse(self, field: str, message: str, *, tried: str) -> None:
        """A message beside the field, and a trace of the try."""
        self.add_error(field, message)
        if not hasattr(self.request, "late_refusal"):
            trace_refused(self.request, subject=self.instance._meta.object_name or "", tried=tried)
