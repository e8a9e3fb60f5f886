"""The criteria of the log viewers, as django-filter FilterSets.

Strict: whatever is not understood is a form error and gives no rows, never unfiltered rows.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from .areas import all_areas
from .criteria import Criteria, Part, end_of_day, start_of_day
from .models import Action, AuditLogEntry
from .search import LONGEST, actors_containing, names_containing, parts, tables_in_log

#: What a database id can be.
LARGEST_ID = 2**63 - 1


class LogFilterForm(forms.Form):
    """The form of a log's criteria. ``known`` names every query parameter that the page has."""

    known: frozenset[str] = frozenset()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in sorted(set(self.data) - self.known):
            self.add_error(None, _("“%(name)s” is not a search criterion of this page.") % {"name": name[:LONGEST]})
        start, end = cleaned.get("start_date"), cleaned.get("end_date")
        if start and end and start > end:
            self.add_error("end_date", _("The end date is before the start date."))
        return cleaned


class ChoicesField(forms.MultipleChoiceField):
    """Several of some names; says which one is unknown."""

    default_error_messages = {"invalid_choice": _("“%(value)s” is none of the choices.")}

    def validate(self, value: list[str]) -> None:
        try:
            super().validate(value)
        except ValidationError as error:
            given = (error.params or {}).get("value", "")
            raise ValidationError(error.message, code=error.code, params={"value": str(given)[:LONGEST]}) from error


class ChoicesFilter(django_filters.MultipleChoiceFilter):
    field_class = ChoicesField


class DayFilter(django_filters.DateFilter):
    """A day as YYYY-MM-DD."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": _("Enter a date as YYYY-MM-DD, for example 2025-03-28.")},
            **kwargs,
        )


class TextFilter(django_filters.CharFilter):
    """A text to be found anywhere; no longer than what can be searched."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST, **kwargs)


class NoCondition(django_filters.Filter):
    """Part of the address that says how rows are shown; no condition on which rows."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs


class ChosenFilter(NoCondition):
    """The chosen row."""

    field_class = forms.IntegerField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=LARGEST_ID, widget=forms.HiddenInput(), **kwargs)


class FlagFilter(NoCondition):
    """A way of showing the list that is asked for, or not."""

    field_class = forms.ChoiceField

    def __init__(self, **kwargs: Any) -> None:
        choices, widget = [("1", _("yes"))], forms.HiddenInput()
        messages = {"invalid_choice": ChoicesField.default_error_messages["invalid_choice"]}
        super().__init__(choices=choices, widget=widget, error_messages=messages, **kwargs)


class FormatFilter(NoCondition):
    """What kind of file the matching rows are wanted as, for machines: CSV or JSON lines."""

    field_class = forms.ChoiceField

    def __init__(self) -> None:
        choices = [("xlsx", _("Excel")), ("csv", _("CSV")), ("jsonl", _("JSON lines"))]
        messages = {"invalid_choice": _("“%(value)s” is no format: choose xlsx, csv or jsonl.")}
        super().__init__(label=_("Format"), choices=choices, widget=forms.HiddenInput(), error_messages=messages)


class ChangeSetsField(forms.Field):
    """Ids of change sets."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[UUID]:
        try:
            return [UUID(hex=str(one)) for one in value or []]
        except ValueError:
            raise ValidationError(_("A change set is named by 32 letters a to f and digits."), code="invalid") from None


class UnfoldFilter(NoCondition):
    """Change sets that stand unfolded although the others are folded."""

    field_class = ChangeSetsField


class LogFilterSet(django_filters.FilterSet):
    """What the criteria of every log viewer share. ``newest`` is the list on the page, ``qs`` all that matches."""

    #: The columns by which the newest come first; the last one tells rows of the same moment apart.
    newest_first = ("-timestamp", "-pk")

    entry = ChosenFilter(label=_("Chosen entry"))

    class Meta:
        form = LogFilterForm
        fields: list[str] = []

    def get_form_class(self) -> type[forms.Form]:
        base: type[forms.Form] = super().get_form_class()
        return type(base.__name__, (base,), {"known": frozenset(self.filters)})

    @property
    def shown_how(self) -> set[str]:
        """The parameters that are no conditions on the rows."""
        return {name for name, known in self.filters.items() if isinstance(known, NoCondition)}

    @property
    def everything(self) -> QuerySet[Any]:
        """The rows before any criterion."""
        assert self.queryset is not None
        return self.queryset

    @property
    def chosen(self) -> int | None:
        """The id of the chosen row, where the address names one."""
        chosen: int | None = self.form.cleaned_data.get("entry") if self.is_valid() else None
        return chosen

    @property
    def qs(self) -> QuerySet[Any]:
        """All that matches, newest first; nothing where the form has errors."""
        if not self.is_valid():
            return self.everything.none()
        found: QuerySet[Any] = super().qs
        return found.order_by(*self.newest_first)

    def newest(self, limit: int) -> list[Any]:
        """The newest that match, no more than ``limit``."""
        return list(self.qs[:limit])


def table_choices() -> list[tuple[str, str]]:
    """Any area is a valid choice, whether or not it has entries."""
    return [(area.name, area.name) for area in all_areas()]


class AuditLogFilterSet(LogFilterSet):
    """The criteria of the Audit Log (product: The viewer)."""

    start_date = DayFilter(field_name="timestamp", lookup_expr="gte", label=_("Start Date"))
    end_date = DayFilter(field_name="timestamp", lookup_expr="lt", label=_("End Date"))
    table = ChoicesFilter(field_name="table", lookup_expr="exact", label=_("Table"), choices=table_choices)
    action = ChoicesFilter(field_name="action", lookup_expr="exact", label=_("Action"), choices=Action.choices)
    affected_object = TextFilter(field_name="names__folded", lookup_expr="contains", label=_("Affected Object"))
    changed_by = TextFilter(field_name="changed_by", lookup_expr="icontains", label=_("Changed By"))
    fold = FlagFilter(label=_("Change sets on one line"))
    unfold = UnfoldFilter(label=_("Change sets unfolded"))
    format = FormatFilter()
    all = FlagFilter(label=_("Everything, although there is a default search"))

    class Meta(LogFilterSet.Meta):
        model = AuditLogEntry

    @property
    def folds(self) -> bool:
        """Whether change sets stand on one line each."""
        return self.is_valid() and bool(self.form.cleaned_data["fold"])

    @property
    def unfolded(self) -> list[UUID]:
        """The change sets that stand unfolded all the same."""
        return list(self.form.cleaned_data["unfold"]) if self.is_valid() else []

    @cached_property
    def criteria(self) -> Criteria:
        """What a valid form asks for; look-ups of names in the log are made here, once."""
        asked = self.form.cleaned_data
        using = self.everything.db
        start, end = asked["start_date"], asked["end_date"]
        searched = parts(asked["affected_object"]) if asked["affected_object"] else []
        return Criteria(
            start=start_of_day(start) if start else None,
            end=end_of_day(end) if end else None,
            tables=tuple(asked["table"]) or None,
            actions=tuple(asked["action"]) or None,
            changed_by=actors_containing(asked["changed_by"], using) if asked["changed_by"] else None,
            parts=tuple(Part(text, names_containing(text, using)) for text in searched),
        )

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.matching(self.criteria)  # type: ignore[attr-defined, no-any-return]

    def newest(self, limit: int) -> list[Any]:
        return AuditLogEntry.objects.using(self.everything.db).newest(self.criteria, limit) if self.is_valid() else []

    @cached_property
    def tables_in_log(self) -> list[str]:
        """The areas that have entries."""
        return tables_in_log(self.everything.db)
