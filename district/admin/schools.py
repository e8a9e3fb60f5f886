"""Schools and their calendars. What rights or other records refer to cannot be deleted; the page names it."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy

from ..models import Calendar, School
from .base import RecordAdmin
from .forms import RecordForm
from .widgets import DAY


class SchoolForm(RecordForm):
    blamed = ("name",)

    class Meta:
        model = School
        fields = ("name", "number", "identifier")
        help_texts = {
            "identifier": gettext_lazy("What OneRoster bundles call the school: its sourcedId or identifier.")
        }


class CalendarForm(RecordForm):
    blamed = ("name", "school", "end_year")

    class Meta:
        model = Calendar
        fields = ("school", "name", "end_year", "start_date", "end_date")
        widgets = {"start_date": DAY, "end_date": DAY}
        help_texts = {"end_year": gettext_lazy("The year in which the school year ends: 2011 for 2010-11.")}


@admin.register(School)
class SchoolAdmin(RecordAdmin):
    form = SchoolForm
    fields = ("name", "number", "identifier")
    list_display = ("name", "number", "identifier")
    search_fields = ("name", "number", "identifier")
    ordering = ("name", "pk")


@admin.register(Calendar)
class CalendarAdmin(RecordAdmin):
    form = CalendarForm
    fields = ("school", "name", "end_year", ("start_date", "end_date"))
    list_display = ("name", "school", "end_year", "start_date", "end_date")
    list_filter = ("end_year", "school")
    list_select_related = ("school",)
    search_fields = ("name", "school__name")
    ordering = ("-end_year", "name", "pk")
