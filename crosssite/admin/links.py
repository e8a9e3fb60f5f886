"""Numbers that students of ours have at serving districts, where they are not our own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from district.admin.forms import RecordForm

from ..deleting import link_consequences
from ..models import CrossSiteStudent, Student
from .base import CrossSiteAdmin


class StudentNumberField(forms.ModelChoiceField):
    """A student of ours, by number. Typed, as a list of all students would be of no use to anybody."""

    widget = forms.TextInput(attrs={"class": "vTextField"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Student.objects.all(), to_field_name="number", **kwargs)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.strip() if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        """The number of what is stored, which a form knows by its id."""
        if isinstance(value, int):
            return Student.objects.filter(pk=value).values_list("number", flat=True).first()
        return super().prepare_value(value)


class LinkForm(RecordForm):
    blamed = ("number", "student", "district")

    student = StudentNumberField(
        label=gettext_lazy("Our student number"),
        help_text=gettext_lazy("The number that the student has in this district."),
        error_messages={"invalid_choice": gettext_lazy("No student of this district has this number.")},
    )

    class Meta:
        model = CrossSiteStudent
        fields = ("student", "district", "number")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        student, district = cleaned.get("student"), cleaned.get("district")
        others = CrossSiteStudent.objects.exclude(pk=self.instance.pk)
        if student and others.filter(student=student, district=district).exists():
            self.add_error("student", ValidationError(_("This student has a number at that district already.")))
        if others.filter(number=cleaned.get("number"), district=district).exists():
            self.add_error("number", ValidationError(_("Another student has this number at that district.")))
        return cleaned


@admin.register(CrossSiteStudent)
class CrossSiteStudentAdmin(CrossSiteAdmin):
    """Links. A student without one is looked for under our own number."""

    form = LinkForm
    fields = ("student", "name", "home_school", "district", "number")
    readonly_fields = ("name", "home_school")
    list_display = ("number", "district", "student_number", "name", "home_school")
    list_filter = ("district",)
    list_select_related = ("district", "student__school")
    search_fields = ("number", "student__number", "student__family_name", "student__given_name")
    search_help_text = gettext_lazy("Search by either number or by name.")
    ordering = ("district", "number", "pk")

    @admin.display(description=gettext_lazy("Our student number"), ordering="student__number")
    def student_number(self, link: CrossSiteStudent) -> str:
        return link.student.number

    @admin.display(description=gettext_lazy("Student name"))
    def name(self, link: CrossSiteStudent) -> str:
        return link.student.name

    @admin.display(description=gettext_lazy("Home school"))
    def home_school(self, link: CrossSiteStudent) -> str:
        return link.student.school.name

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        return self.fields if obj else ("student", "district", "number")

    def get_deleted_objects(self, objs: Any, request: Any) -> Any:
        return link_consequences(list(objs)), {}, set(), []
