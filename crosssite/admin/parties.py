"""The districts and schools that teach students of ours."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from district.admin.forms import RecordForm

from ..deleting import district_consequences, district_obstacles, school_consequences, school_obstacles
from ..models import ServingDistrict, ServingSchool
from .base import CrossSiteAdmin, Listing, linked

CONTACT = ("contact_name", "contact_phone", "contact_email")


class ServingDistrictForm(RecordForm):
    blamed = ("name", "identifier")

    class Meta:
        model = ServingDistrict
        fields = ("name", "identifier", "expected_hours", *CONTACT)
        error_messages = {
            "name": {"unique": _("There is a serving district with this name already.")},
            "identifier": {"unique": _("There is a serving district with this identifier already.")},
        }


class ServingSchoolForm(RecordForm):
    blamed = ("identifier", "district")

    class Meta:
        model = ServingSchool
        fields = ("district", "name", "identifier", *CONTACT)
        help_texts = {"identifier": _("The sourcedId of the school’s row in orgs.csv.")}

    def clean_identifier(self) -> str:
        """The district is no part of the form once the school is there, so Django would not compare."""
        identifier: str = self.cleaned_data["identifier"]
        district = self.cleaned_data.get("district") or self.instance.district_id
        others = ServingSchool.objects.filter(district=district, identifier=identifier)
        if others.exclude(pk=self.instance.pk).exists():
            self.add_error("identifier", _("Another school of this district has this identifier."))
        return identifier


class SchoolsOfDistrict(Listing):
    model = ServingSchool
    fields = readonly_fields = ("page", "identifier", "contact_name", "contact_phone")
    verbose_name_plural = _("Serving schools of this district")

    @admin.display(description=_("Name"))
    def page(self, school: ServingSchool) -> str:
        return linked(school, school.name)


@admin.register(ServingDistrict)
class ServingDistrictAdmin(CrossSiteAdmin):
    """Serving districts: a bundle of one that is not set up here is refused."""

    form = ServingDistrictForm
    inlines = (SchoolsOfDistrict,)
    fieldsets = (
        (_("Serving district"), {"fields": ("name", "identifier", "expected_hours")}),
        (_("Whom to phone"), {"fields": CONTACT}),
    )
    list_display = ("name", "identifier", "expected_hours", *CONTACT)
    search_fields = ("name", "identifier")
    ordering = ("name", "pk")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        districts = list(objs)
        return district_consequences(districts), {}, set(), district_obstacles(districts)


@admin.register(ServingSchool)
class ServingSchoolAdmin(CrossSiteAdmin):
    """Serving schools: runs add those they meet, without a contact. Its sections tie a school to its district."""

    form = ServingSchoolForm
    fieldsets = (
        (_("Serving school"), {"fields": ("district", "name", "identifier", "first_run")}),
        (_("Whom to phone"), {"fields": CONTACT}),
    )
    list_display = ("name", "district", "identifier", *CONTACT)
    list_filter = ("district",)
    list_select_related = ("district",)
    search_fields = ("name", "identifier")
    ordering = ("district", "name", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("district", "first_run") if obj else ("first_run",)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        schools = list(objs)
        return school_consequences(schools), {}, set(), school_obstacles(schools)
