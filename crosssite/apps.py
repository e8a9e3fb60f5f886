from __future__ import annotations

from collections.abc import Callable

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from auditlog.pages import HomeLink


class CrosssiteConfig(AppConfig):
    name = "crosssite"
    verbose_name = _("Cross-Site Enrollment")
    default_auto_field = "django.db.models.BigAutoField"

    def fill_log(self, entries: int, seed: int, progress: Callable[[int, int], None]) -> None:
        """An invented Data Sync Log (``manage.py fill_log``)."""
        from .generated.filling import fill

        fill(entries, seed, progress)

    def load_demo(self) -> None:
        """Students, two serving districts and their nights (``manage.py load_demo``)."""
        from .demo.loading import load

        load()

    def home_links(self, request: HttpRequest) -> list[HomeLink]:
        """The pages of Cross-Site Enrollment that this person may open."""
        from .home import links

        return links(request)
