from __future__ import annotations

from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save


class ChalklineAdminConfig(AdminConfig):
    """Puts our site in the place of Django's, so that admin modules find it as ``admin.site``."""

    default_site = "config.site.ChalklineSite"

    def ready(self) -> None:
        super().ready()
        from district.models import UserAccount

        from . import checks, sessions  # noqa: F401 (checks register themselves)

        user_logged_in.connect(sessions.begin, dispatch_uid="config.sessions.begin")
        post_save.connect(sessions.end_sessions, sender=UserAccount, dispatch_uid="config.sessions.end")
