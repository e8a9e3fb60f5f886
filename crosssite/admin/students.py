"""The district's own students."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db import connections
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from auditlog.engines import engine_of
from auditlog.search import fold
from district.admin.forms import RecordForm
from district.rights import rights_of

from ..deleting import student_consequences, student_obstacles
from ..entry_views import PERMISSION as SYNC_LOG
from ..models import CrossSiteStudent, Roster, Student
from .base import CrossSiteAdmin, Listing, linked


class StudentForm(RecordForm):
    blamed = ("number",)

    class Meta:
        model = Student
        fields = ("number", "family_name", "given_name", "middle_name", "school", "active")
        error_messages = {"number": {"unique": _("There is a student with this number already.")}}
        help_texts = {"active": _("Still in the district. An import marks who is missing from a bulk bundle as left.")}


class NumbersElsewhere(Listing):
    model = CrossSiteStudent
    fields = readonly_fields = ("page", "district_name")
    verbose_name_plural = _("Numbers at serving districts")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("district")

    @admin.display(description=_("Student number at the serving district"))
    def page(self, link: CrossSiteStudent) -> str:
        return linked(link, link.number)

    @admin.display(description=_("Serving district"))
    def district_name(self, link: CrossSiteStudent) -> str:
        return link.district.name


class Rosters(Listing):
    model = Roster
    fields = readonly_fields = ("course", "section_number", "serving_school", "begin_date", "last_day", "standing")
    verbose_name_plural = _("Rosters at serving schools")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rosters = super().get_queryset(request).select_related("section__school__district")
        return rosters.order_by("-begin_date", "pk")

    @admin.display(description=_("Course"))
    def course(self, roster: Roster) -> str:
        return f"{roster.section.course_number} {roster.section.course_name}".strip()

    @admin.display(description=_("Section number"))
    def section_number(self, roster: Roster) -> str:
        return roster.section.number

    @admin.display(description=_("Serving school"))
    def serving_school(self, roster: Roster) -> str:
        return f"{roster.section.school}, {roster.section.school.district}"

    @admin.display(description=_("State"))
    def standing(self, roster: Roster) -> Any:
        return _("Ended") if roster.ended else _("Valid")


@admin.register(Student)
class StudentAdmin(CrossSiteAdmin):
    """Students, mostly brought by ``import_students``; what a run knows of one is shown below and not edited."""

    form = StudentForm
    inlines = (NumbersElsewhere, Rosters)
    fields = (
        "number",
        ("family_name", "given_name", "middle_name"),
        "school",
        "active",
        "sourced_id",
        "updated",
    )
    readonly_fields = ("sourced_id", "updated")
    list_display = ("number", "full_name", "school", "active")
    list_filter = ("school", "active")
    list_select_related = ("school",)
    #: Only that there is a search: ``get_search_results`` does it.
    search_fields = ("number",)
    search_help_text = _("Search by student number or name.")
    ordering = ("family_name", "given_name", "pk")

    @admin.display(description=_("Student name"), ordering="family_name")
    def full_name(self, student: Student) -> str:
        return student.name

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """The students whose number and name hold all the words, in any order and letter case of every script."""
        words = fold(search_term.replace(",", " ")).split()
        texts = queryset.order_by().values_list("pk", "number", "family_name", "given_name", "middle_name")
        found = [pk for pk, *parts in texts.iterator() if holds_all(fold(" ".join(parts)), words)]
        return queryset.filter(pk__in=engine_of(connections[queryset.db]).id_list(found)), False

    def object_links(self, request: HttpRequest, record: Student) -> list[tuple[str, str]]:
        rights = rights_of(request.user)
        if not request.user.has_perm(SYNC_LOG) or not (rights.all_schools or record.school in rights.schools):
            return []
        query = urlencode({"school": record.school_id, "student_number": record.number})
        return [(gettext("Entries in the Data Sync Log"), f"{reverse('crosssite:list')}?{query}")]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        students = list(objs)
        return student_consequences(students), {}, set(), student_obstacles(students)


def holds_all(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)
