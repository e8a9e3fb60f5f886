"""The pages of Cross-Site Enrollment as the home page and the sidebar show them."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from auditlog.pages import HomeLink, Text

from .entry_views import PERMISSION
from .models import CrossSiteStudent, ServingDistrict, ServingSchool, Student

SECTION = _("Cross-Site Enrollment")

#: Model, label, what it is for.
RECORDS: tuple[tuple[type[Model], Text, Text], ...] = (
    (Student, _("Students"), _("The district’s own students.")),
    (ServingDistrict, _("Serving districts"), _("Districts whose schools teach our students, and whom to phone.")),
    (ServingSchool, _("Serving schools"), _("The schools that teach our students, and whom to phone.")),
    (CrossSiteStudent, _("Numbers at serving districts"), _("Of students whose number there is not our own.")),
)


def links(request: HttpRequest) -> list[HomeLink]:
    """Those of the pages that the signed-in person may view."""
    return [*log_links(request), *record_links(request)]


def log_links(request: HttpRequest) -> Iterator[HomeLink]:
    """The log and the runs that made it."""
    if request.user.has_perm(PERMISSION):
        yield HomeLink(
            SECTION,
            _("Data Sync Log"),
            reverse("crosssite:list"),
            _("What serving schools changed in sections and rosters of our students, and what is still to review."),
        )
        yield HomeLink(
            SECTION,
            _("Sync Runs"),
            reverse("crosssite:runs"),
            _("Every try of the nightly job, whatever came of it."),
        )


def record_links(request: HttpRequest) -> list[HomeLink]:
    return [
        HomeLink(SECTION, label, reverse(f"admin:crosssite_{model._meta.model_name}_changelist"), about)
        for model, label, about in RECORDS
        if admin.site.get_model_admin(model).has_view_permission(request)
    ]
