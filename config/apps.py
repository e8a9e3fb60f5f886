from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class ChalklineAdminConfig(AdminConfig):
    """Puts our site in the place of Django's, so that admin modules find it as ``admin.site``."""

    default_site = "config.site.ChalklineSite"
