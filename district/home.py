"""The record pages as the home page and the sidebar show them."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from auditlog.pages import HomeLink, Text

from .models import Calendar, Preference, School, UserAccount, UserGroup
from .rights_report.views import PERMISSION as RIGHTS_REPORT

SECURITY = _("User security")
SETTINGS = _("Settings")

#: Section, model, label, what it is for.
PAGES: tuple[tuple[Text, type[Model], Text, Text], ...] = (
    (SECURITY, UserAccount, _("User Account Administration"), _("Accounts, their groups, roles and rights.")),
    (SECURITY, UserGroup, _("User Groups"), _("Groups, their members and rights.")),
    (SETTINGS, Preference, _("System Preferences"), _("How the district’s system behaves.")),
    (SETTINGS, School, _("Schools"), _("The schools of the district.")),
    (SETTINGS, Calendar, _("Calendars"), _("Each school’s calendars, by school year.")),
)


def links(request: HttpRequest) -> list[HomeLink]:
    """Those of the record pages, and of what is told of them, that the signed-in person may view."""
    return [*record_links(request), *report_links(request)]


def report_links(request: HttpRequest) -> Iterator[HomeLink]:
    if request.user.has_perm(RIGHTS_REPORT):
        yield HomeLink(
            SECURITY,
            _("Rights Report"),
            reverse("rights_report:list"),
            _("Who holds which right today, from where, and who gave it."),
        )


def record_links(request: HttpRequest) -> list[HomeLink]:
    return [
        HomeLink(section, label, reverse(f"admin:district_{model._meta.model_name}_changelist"), about)
        for section, model, label, about in PAGES
        if admin.site.get_model_admin(model).has_view_permission(request)
    ]
