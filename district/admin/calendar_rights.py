"""Calendar rights, as rows of the account and group pages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from auditlog.access import trace_refused

from ..giving import may_give_calendar, may_touch
from ..models import Calendar, CalendarRights, School, UserGroupSchoolYearRights, UserSchoolYearRights
from ..rights import rights_of
from ..years import school_year

#: What stands for no year in particular; an empty choice is a row that was not filled in.
ALL_YEARS = "all"


def year_or_none(value: Any) -> int | None:
    return None if value == ALL_YEARS else int(value)


class Offered:
    """The years, schools and calendars that rows can name, read once for all rows of a page."""

    @cached_property
    def calendars(self) -> dict[int, Calendar]:
        return {calendar.pk: calendar for calendar in Calendar.objects.select_related("school")}

    @cached_property
    def schools(self) -> list[tuple[Any, str]]:
        return [("", _("All Schools")), *School.objects.values_list("pk", "name")]

    @cached_property
    def calendar_choices(self) -> list[tuple[Any, str]]:
        named = [(pk, f"{found.end_year} {found.school}: {found}") for pk, found in self.calendars.items()]
        return [("", _("All Calendars")), *named]

    def years(self, row: CalendarRights) -> list[tuple[Any, str]]:
        """The years from the oldest calendar to the next school year, and the one the row has."""
        ends = {calendar.end_year for calendar in self.calendars.values()} | {school_year(), school_year() + 1}
        ends |= {row.end_year} if row.end_year else set()
        shown = [(end, f"{end - 1}-{end % 100:02d}") for end in sorted(ends, reverse=True)]
        return [("", _("Choose a year")), (ALL_YEARS, _("All Years")), *shown]


class CalendarRightsForm(forms.ModelForm):
    """One row. Choices come from ``Offered``: no statement of its own for a row."""

    end_year = forms.TypedChoiceField(label=gettext_lazy("Year"), coerce=year_or_none, empty_value="")
    school_id = forms.TypedChoiceField(label=gettext_lazy("School"), coerce=int, empty_value=None, required=False)
    calendar_id = forms.TypedChoiceField(label=gettext_lazy("Calendar"), coerce=int, empty_value=None, required=False)

    class Meta:
        fields = ("end_year", "modify_rights", "close_months")

    def __init__(self, *args: Any, offered: Offered, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered, self.request = offered, request
        self.choices_of("end_year").choices = offered.years(self.instance)
        self.choices_of("school_id").choices = offered.schools
        self.choices_of("calendar_id").choices = offered.calendar_choices
        if self.instance.pk:
            self.initial["end_year"] = self.instance.end_year or ALL_YEARS
            self.initial["school_id"] = self.instance.school_id
            self.initial["calendar_id"] = self.instance.calendar_id
        for field in self.fields.values():
            # The headings of the table are no labels of the controls below them.
            field.widget.attrs["aria-label"] = str(field.label)

    def choices_of(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        self.instance.school_id, self.instance.calendar_id = cleaned["school_id"], cleaned["calendar_id"]
        self.instance.end_year = cleaned["end_year"]
        self.check_calendar(cleaned)
        return cleaned

    def check_calendar(self, cleaned: dict[str, Any]) -> None:
        """A calendar belongs to one school and one year: a row that names it names those too."""
        calendar = self.offered.calendars.get(cleaned["calendar_id"])
        if calendar and (calendar.school_id, calendar.end_year) != (cleaned["school_id"], cleaned["end_year"]):
            self.add_error(
                "calendar_id",
                _("This calendar is one of %(school)s in %(year)d: choose that school and year, or All Calendars.")
                % {"school": calendar.school, "year": calendar.end_year},
            )

    def refuse_what_is_not_held(self) -> None:
        """Beside the year, because all of the row together is what the person does not hold."""
        row = self.instance
        if may_give_calendar(rights_of(self.request.user), row):
            return
        self.add_error("end_year", _("You can give only calendar rights that you hold yourself."))
        trace_refused(self.request, subject=row._meta.object_name or "", tried=f"{row.what()}, {self.prefix}")


class KnownRowField(forms.ModelChoiceField):
    """The id of a row that the page showed, looked up among the rows read for it: no statement for each."""

    def __init__(self, rows: Iterable[CalendarRights], **kwargs: Any) -> None:
        super().__init__(UserSchoolYearRights.objects.none(), required=False, widget=forms.HiddenInput, **kwargs)
        self.rows = {str(row.pk): row for row in rows}

    def to_python(self, value: Any) -> CalendarRights | None:
        if value in self.empty_values:
            return None
        if str(value) not in self.rows:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return self.rows[str(value)]


class CalendarRightsFormSet(BaseInlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "id" in form.fields:
            form.fields["id"] = KnownRowField(self.get_queryset(), initial=form.fields["id"].initial)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete this row")

    def clean(self) -> None:
        super().clean()
        if any("id" in form.errors for form in self.forms):
            raise ValidationError(_("Someone else deleted one of these rows meanwhile. Open the page again."))
        seen: set[tuple[Any, Any, Any]] = set()
        for form in self.kept():
            row = form.instance
            what = (row.end_year, row.school_id, row.calendar_id)
            if what in seen:
                raise ValidationError(_("Two rows are for the same year, school and calendar. Keep one of them."))
            seen.add(what)
            if form.has_changed():
                form.refuse_what_is_not_held()

    def kept(self) -> Iterable[Any]:
        """The rows that will be there after saving."""
        for form in self.forms:
            if form.errors or self._should_delete_form(form):  # type: ignore[attr-defined]
                continue
            if form.instance.pk or form.has_changed():
                yield form


class CalendarRightsInline(admin.TabularInline):
    """Add row, change, delete; who may not change sees the rows as text."""

    form = CalendarRightsForm
    formset = CalendarRightsFormSet
    owner: str
    extra = 1
    verbose_name = gettext_lazy("calendar right")
    verbose_name_plural = gettext_lazy("Calendar rights")
    fields = ("end_year", "school_id", "calendar_id", "modify_rights", "close_months")
    shown = ("year_shown", "school_shown", "calendar_shown", "modify_rights", "close_months")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(self.owner, "school", "calendar")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if self.has_change_permission(request, obj) else self.shown

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if self.has_change_permission(request, obj) else self.shown

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        given = {"offered": Offered(), "request": request}

        class Asked(formset):  # type: ignore[misc, valid-type]
            def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
                return {**super().get_form_kwargs(index), **given}

        return Asked

    @admin.display(description=gettext_lazy("Year"))
    def year_shown(self, row: CalendarRights) -> str:
        return str(row.end_year or _("All Years"))

    @admin.display(description=gettext_lazy("School"))
    def school_shown(self, row: CalendarRights) -> str:
        return str(row.school or _("All Schools"))

    @admin.display(description=gettext_lazy("Calendar"))
    def calendar_shown(self, row: CalendarRights) -> str:
        return str(row.calendar or _("All Calendars"))


class UserCalendarRights(CalendarRightsInline):
    """Those of an account; of a holder of STUDENT INFORMATION SYSTEM only such a holder changes them."""

    model = UserSchoolYearRights
    owner = "user"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and self.touches(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self.touches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self.touches(request, obj)

    def touches(self, request: HttpRequest, account: Any) -> bool:
        return account is None or account.pk is None or may_touch(rights_of(request.user), account)


class GroupCalendarRights(CalendarRightsInline):
    model = UserGroupSchoolYearRights
    owner = "group"
