from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DistrictConfig(AppConfig):
    name = "district"
    verbose_name = _("District")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import installation

        post_migrate.connect(installation.after_migrate, sender=self, dispatch_uid="district.installation")
