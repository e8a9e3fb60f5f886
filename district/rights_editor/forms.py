"""What the editor's page sends back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .changes import Edit
from .tree import Box


class BoxesField(forms.Field):
    """Boxes by their values; a value that no box of the tree has is refused."""

    default_error_messages = {
        "unknown": _(
            "This page and the tool tree do not fit together any more. Nothing was saved. "
            "Below are the rights as they are now: please make your changes again."
        )
    }

    def __init__(self, boxes: Mapping[str, Box], **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.boxes = boxes

    def to_python(self, value: str | list[str] | None) -> frozenset[Box]:
        values = value.split() if isinstance(value, str) else value or []
        try:
            return frozenset(self.boxes[value] for value in values)
        except KeyError:
            raise ValidationError(self.error_messages["unknown"], code="unknown") from None


class RightsForm(forms.Form):
    """``box`` is each ticked box; ``shown``, in one field, those that were ticked when the page was made."""

    def __init__(self, data: Mapping[str, Any], boxes: Mapping[str, Box]) -> None:
        super().__init__(data)
        self.fields["shown"] = BoxesField(boxes, widget=forms.HiddenInput)
        self.fields["box"] = BoxesField(boxes, widget=forms.MultipleHiddenInput)

    def edit(self) -> Edit:
        return Edit(shown=self.cleaned_data["shown"], ticked=self.cleaned_data["box"])

    def problems(self) -> list[str]:
        """What is wrong, each thing once, whichever field it came to light in."""
        return list(dict.fromkeys(str(error) for errors in self.errors.values() for error in errors))
