"""The criteria of the Data Sync Log: a school, and a search field for every column (product: 2.2 The viewer)."""

from __future__ import annotations

import re
from functools import cached_property, reduce
from operator import or_
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from auditlog.fields import LARGEST_ID
from auditlog.filters import FormatFilter, LogFilterSet, TextFilter
from auditlog.search import fold

from .access import ALL, ChosenSchool, chosen_school
from .models import Action, SyncLogEntry, SyncLogText, SyncReview
from .moments import Range, ranges_of
from .reading import newest

#: Up to how many texts of a column, or entries with a mark, are handed to the database as they are: it then knows
#: how frequent they are.
FEW = 1000
#: From how many ranges of time on it pays to ask the log first from when to when it reaches.
MANY_RANGES = 12

#: What says nothing about the texts of an entry.
PLAIN = frozenset({"school", "entry", "timestamp"})


class SchoolField(forms.CharField):
    """A school as the address names it; whether it is permitted is for ``access`` to say."""

    def clean(self, value: Any) -> str:
        name: str = super().clean(value)
        if name and name != ALL and not (re.fullmatch("[0-9]+", name) and int(name) <= LARGEST_ID):
            raise ValidationError(_("A school is named by its number, or by “all”."))
        return name


class SchoolFilter(django_filters.Filter):
    """The school: decides what everything is, before any criterion (``SyncLogFilterSet.everything``)."""

    field_class = SchoolField

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs


class TimeField(forms.CharField):
    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if text and ranges_of(text) is None:
            raise ValidationError(_("Enter the beginning of a time as 03/28/2025 02:15, or as 2025-03-28 02:15."))
        return text


class TimeFilter(django_filters.Filter):
    """The leading part of a time, as the list shows it or as YYYY-MM-DD HH:MM:SS."""

    field_class = TimeField
    parent: SyncLogFilterSet

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        ranges = ranges_of(value) if value else None
        return qs if ranges is None else self._within(qs, ranges)

    def _within(self, qs: QuerySet[Any], ranges: list[Range]) -> QuerySet[Any]:
        if len(ranges) >= MANY_RANGES:
            first, last = self.parent.span
            ranges = [(start, end) for start, end in ranges if first and last and start <= last and end > first]
        within = (Q(timestamp__gte=start, timestamp__lt=end) for start, end in ranges)
        return qs.filter(reduce(or_, within)) if ranges else qs.none()


class ActionFilter(TextFilter):
    """The actions whose names contain a text."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        named = [action.value for action in Action if fold(value) in fold(str(action.label))]
        if not named:
            return qs.none()
        return qs if len(named) == len(Action) else qs.filter(action__in=named)


class ColumnFilter(TextFilter):
    """A text anywhere in a column, found among the distinct texts that the log's column holds for the school."""

    parent: SyncLogFilterSet

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        found = self.parent.texts.filter(column=self.field_name, folded__contains=fold(value)).values_list(
            "text", flat=True
        )
        few = list(found[: FEW + 1])
        if not few:
            return qs.none()
        return qs.filter(**{f"{self.field_name}__in": found if len(few) > FEW else few})


class ReviewFilter(django_filters.ChoiceFilter):
    """Entries by the newest review of each, or those that nobody has reviewed yet."""

    NONE = "none"

    def __init__(self, **kwargs: Any) -> None:
        choices = [(self.NONE, _("Not yet reviewed")), *SyncReview.Status.choices]
        super().__init__(choices=choices, empty_label=_("Any"), **kwargs)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        if value == self.NONE:
            return qs.filter(~Exists(SyncReview.objects.filter(entry=OuterRef("pk"))))
        of_entry = SyncReview.objects.filter(entry=OuterRef("pk")).order_by("-timestamp", "-pk")
        found: QuerySet[Any] = qs.alias(newest_review=Subquery(of_entry.values("status")[:1]))
        few = list(SyncReview.objects.order_by().filter(status=value).values_list("entry", flat=True)[: FEW + 1])
        if len(few) <= FEW:
            found = found.filter(pk__in=few)
        return found.filter(newest_review=value)


class SyncLogFilterSet(LogFilterSet):
    """The criteria of the Data Sync Log, for one person: his rights decide what everything is."""

    school = SchoolFilter(label=_("School"))
    timestamp = TimeFilter(label=_("Timestamp"))
    action = ActionFilter(label=_("Action Taken"))
    student_number = ColumnFilter(label=_("Student Number"))
    student_name = ColumnFilter(label=_("Student Name"))
    course_number = ColumnFilter(label=_("Course Number"))
    course_name = ColumnFilter(label=_("Course Name"))
    section_number = ColumnFilter(label=_("Section Number"))
    old_value = ColumnFilter(label=_("Old Value"))
    new_value = ColumnFilter(label=_("New Value"))
    serving_district = ColumnFilter(label=_("Serving District"))
    serving_school = ColumnFilter(label=_("Serving School"))
    review = ReviewFilter(label=_("Review"))
    format = FormatFilter()

    class Meta(LogFilterSet.Meta):
        model = SyncLogEntry

    def __init__(self, data: Any, *, user: object) -> None:
        super().__init__(data, SyncLogEntry.objects.all())
        self.user = user

    @cached_property
    def chosen_school(self) -> ChosenSchool | None:
        """The school of the address, or the first permitted; None for a person without any. Raises ``Http404``.

        It is asked for in every request, also where other criteria have errors.
        """
        self.is_valid()
        return chosen_school(self.user, self.form.cleaned_data.get("school"))

    @property
    def everything(self) -> QuerySet[Any]:
        return self._of_school(super().everything)

    @property
    def texts(self) -> QuerySet[SyncLogText]:
        """The texts that the log holds for the school, by column."""
        return self._of_school(SyncLogText.objects.all())

    @cached_property
    def span(self) -> tuple[Any, Any]:
        """The times of the oldest and the newest entry of the school; None without entries."""
        times = self.everything.values_list("timestamp", flat=True)
        return times.order_by("timestamp").first(), times.order_by("-timestamp").first()

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self._matching(self.everything)

    def newest(self, limit: int) -> list[Any]:
        """Where a time is given, its index finds the entries; where nothing is, there is nothing to seek."""
        sought = self.is_valid() and any(self.form.cleaned_data[name] for name in self.filters if name not in PLAIN)
        if self.chosen_school is None or not sought or self.form.cleaned_data["timestamp"]:
            return super().newest(limit)
        return newest(self._matching(super().everything), self.chosen_school, limit)

    def _matching(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        found: QuerySet[Any] = super().filter_queryset(rows)
        return found

    def _of_school(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.none() if self.chosen_school is None else self.chosen_school.rows(rows)
