"""The admin site: whoever is signed in and active may enter, and sees what his tool rights show."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class ChalklineSite(AdminSite):
    site_header = "Chalkline"
    site_title = "Chalkline"
    index_title = _("Records")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.is_active
