from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models.signals import post_migrate
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from auditlog.pages import HomeLink

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.urls import URLPattern


class DistrictConfig(AppConfig):
    name = "district"
    verbose_name = _("District")
    default_auto_field = "django.db.models.BigAutoField"

    def home_links(self, request: HttpRequest) -> list[HomeLink]:
        """The record pages that this person may open."""
        from .home import links

        return links(request)

    def ready(self) -> None:
        from . import checks, installation, sign_ins  # noqa: F401 (checks register themselves)

        post_migrate.connect(installation.after_migrate, sender=self, dispatch_uid="district.installation")
        # Django's own stamp of the last sign-in would wait for locks; ours gives way.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(sign_ins.signed_in, dispatch_uid="district.signed_in")
        user_login_failed.connect(sign_ins.sign_in_failed, dispatch_uid="district.sign_in_failed")

    def admin_urls(self, site: AdminSite) -> list[URLPattern]:
        """Pages beside those of the records' own admins."""
        from .rights_editor.urls import admin_urls

        return admin_urls(site)
