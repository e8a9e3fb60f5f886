"""Two lists, what could be added and what is there, each with a filter.

They post only what is to be added and what is to be taken away. So nobody undoes by a stale page what another did,
and a large group costs no more fields than were changed. Without JavaScript they are two lists to choose from; with
it, the script moves entries between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

#: What the script says; %s is the name of a list, %n a number.
SPOKEN = {
    "data-filter": _("Filter %s"),
    "data-moved": _("%n moved to %s. Not saved yet."),
}
#: The button that takes entries out of a list, by side.
MOVE = {"available": _("Add the chosen ones"), "current": _("Take the chosen ones away")}


class LongSelect(forms.SelectMultiple):
    """A list of choices written at once: Django renders a template for each, which for thousands takes seconds."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = set(map(str, value or ()))
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            ((pk, mark_safe(" selected") if str(pk) in chosen else "", label) for pk, label in self.choices),
        )
        attributes = flatatt({"name": name, **self.build_attrs(self.attrs, attrs), "multiple": True})
        return format_html("<select{}>\n{}\n</select>", attributes, options)


class ListField(forms.ModelMultipleChoiceField):
    """One of the two lists. ``side`` is ``available`` or ``current``."""

    def __init__(self, *, of: str, side: str, **kwargs: Any) -> None:
        data = {"data-of": of, "data-side": side, "data-move": MOVE[side], **SPOKEN}
        widget = LongSelect(attrs={"size": 10, "class": "two-lists", **data})
        super().__init__(queryset=None, required=False, widget=widget, **kwargs)

    def show(self, among: QuerySet[Any], choices: Iterable[tuple[Any, str]]) -> None:
        """Take any of ``among``, and offer ``choices`` of them."""
        self.queryset = among
        self.choices = list(choices)

    # What it showed is no change by itself; anything chosen is.
    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


TO_ADD = _("Choose here what to add when saving. Ctrl (or Command) chooses several.")
TO_REMOVE = _("Choose here what to take away when saving. Ctrl (or Command) chooses several.")


class TwoListsMedia:
    css = {"all": ("district/records.css",)}
    js = ("district/two_lists.js",)
