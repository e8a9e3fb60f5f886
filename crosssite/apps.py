from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrosssiteConfig(AppConfig):
    name = "crosssite"
    verbose_name = _("Cross-Site Enrollment")
    default_auto_field = "django.db.models.BigAutoField"
