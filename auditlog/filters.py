"""The criteria of the log viewers, as django-filter FilterSets.

Strict: whatever is not understood is a form error and gives no rows, never unfiltered rows.
"""

from __future__ import annotations

from datetime import time
from functools import cached_property
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from .areas import all_areas
from .asking import criteria_of, spelled_out
from .criteria import Criteria
from .fields import (
    LARGEST_ID,
    ChangeSetFilter,
    ClockFilter,
    ExactFilter,
    NumberFilter,
    RangeFilter,
    SubjectFilter,
    SubjectsFilter,
    TextsFilter,
    change_set_of,
    refuse_many_parts,
)
from .models import Action, AuditLogEntry, Mark
from .ranges import Range
from .search import LONGEST, tables_in_log

#: The fields of a period that is entered.
PERIOD = ("start_date", "start_time", "end_date", "end_time")


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


class AuditLogForm(LogFilterForm):
    """Its periods: a range or two dates, and a time of day only with its date."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        dates = [self.fields[name].label for name in PERIOD if cleaned.get(name) is not None]
        if cleaned.get("range") and dates:
            named = {"range": Range(cleaned["range"]).label, "dates": ", ".join(map(str, dates))}
            self.add_error("range", _("Drop either “%(range)s” or the fields %(dates)s.") % named)
        for which in ("start", "end"):
            if cleaned.get(f"{which}_time") is not None and not (cleaned.get(f"{which}_date") or self.errors):
                self.add_error(f"{which}_time", _("A time needs its date: enter that too, or drop the time."))
        start, end = cleaned.get("start_date"), cleaned.get("end_date")
        if start and start == end and (cleaned.get("end_time") or time.max) < (cleaned.get("start_time") or time.min):
            self.add_error("end_time", _("The end time is before the start time."))
        return cleaned


class ChoicesField(forms.MultipleChoiceField):
    """Several of some names; says which one is unknown."""

    default_error_messages = {"invalid_choice": _("“%(value)s” is none of the choices.")}

    def to_python(self, value: Any) -> list[str]:
        """Each name once: every one of them is a walk of its own through the log."""
        return list(dict.fromkeys(super().to_python(value)))

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
        return [change_set_of(str(one)) for one in value or []]


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


class AuditLogCriteria(LogFilterSet):
    """The query parameters of the Audit Log (product: The viewer; contract: Addresses)."""

    start_date = DayFilter(field_name="timestamp", lookup_expr="gte", label=_("Start Date"))
    end_date = DayFilter(field_name="timestamp", lookup_expr="lt", label=_("End Date"))
    table = ChoicesFilter(field_name="table", lookup_expr="exact", label=_("Table"), choices=table_choices)
    action = ChoicesFilter(field_name="action", lookup_expr="exact", label=_("Action"), choices=Action.choices)
    affected_object = TextFilter(
        field_name="names__folded",
        lookup_expr="contains",
        label=_("Affected Object"),
        validators=[refuse_many_parts],
    )
    changed_by = TextFilter(field_name="changed_by", lookup_expr="icontains", label=_("Changed By"))
    range = RangeFilter(label=_("Period"), choices=Range.choices)
    start_time = ClockFilter(label=_("Start Time"))
    end_time = ClockFilter(label=_("End Time"))
    property = TextFilter(
        label=_("Property Name"),
        help_text=_("Or the whole change: modifyRights true -> false"),
    )
    existing_value = TextFilter(label=_("Existing Value"))
    new_value = TextFilter(label=_("New Value"))
    mark = ChoicesFilter(label=_("Mark"), choices=Mark.choices)
    by = NumberFilter(label=_("Changed by account"))
    subject = SubjectFilter(label=_("About"))
    change_set = ChangeSetFilter(label=_("Change set"))
    actor = ExactFilter(label=_("Changed by exactly"))
    object = ExactFilter(label=_("Object exactly"))
    not_table = ChoicesFilter(label=_("Not Table"), choices=table_choices, widget=forms.MultipleHiddenInput)
    not_action = ChoicesFilter(label=_("Not Action"), choices=Action.choices, widget=forms.MultipleHiddenInput)
    not_actor = TextsFilter(label=_("Not Changed By"))
    not_object = TextsFilter(label=_("Not Object"))
    not_subject = SubjectsFilter(label=_("Not About"))
    not_property = TextsFilter(label=_("Not Property Name"))
    fold = FlagFilter(label=_("Change sets on one line"))
    unfold = UnfoldFilter(label=_("Change sets unfolded"))
    format = FormatFilter()
    all = FlagFilter(label=_("Everything, although there is a default search"))


class AuditLogFilterSet(AuditLogCriteria):
    """What the parameters ask for."""

    class Meta(LogFilterSet.Meta):
        model = AuditLogEntry
        form = AuditLogForm

    def __init__(self, data: QueryDict | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(spelled_out(data) if data is not None else None, *args, **kwargs)

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
        return criteria_of(self.form.cleaned_data, self.everything.db)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.matching(self.criteria)  # type: ignore[attr-defined, no-any-return]

    def newest(self, limit: int) -> list[Any]:
        return AuditLogEntry.objects.using(self.everything.db).newest(self.criteria, limit) if self.is_valid() else []

    @cached_property
    def tables_in_log(self) -> list[str]:
        """The areas that have entries."""
        return tables_in_log(self.everything.db)
