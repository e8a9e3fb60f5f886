from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created
from django.db.models import Model
from django.db.models.signals import post_delete, post_migrate, post_save, pre_delete, pre_save
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from .areas import Area

if TYPE_CHECKING:
    from .pages import HomeLink, HomeSection


class AuditlogConfig(AppConfig):
    name = "auditlog"
    verbose_name = _("Audit Log")
    default_auto_field = "django.db.models.BigAutoField"

    @cached_property
    def areas(self) -> dict[type[Model], Area]:
        """The audit table, by model; ``AUDITLOG_AREAS`` names where it is declared."""
        return {area.model_class: area for area in import_string(settings.AUDITLOG_AREAS)}

    @cached_property
    def concerned(self) -> frozenset[str]:
        """The names of the areas whose records entries of other areas concern too: people and groups."""
        return frozenset(name for area in self.areas.values() for name in area.concerns.values())

    def home_links(self, request: HttpRequest) -> Iterator[HomeLink]:
        """The Audit Log and the traces of access, for who may read them."""
        from .pages import HomeLink
        from .views import PERMISSION

        if request.user.has_perm(PERMISSION):
            yield HomeLink(
                _("Reports"),
                _("Audit Log"),
                reverse("auditlog:list"),
                _("Every add, change and delete in the areas of user security: who, when, and what it was before."),
            )
            yield HomeLink(
                _("Reports"),
                _("Exports and refused tries"),
                reverse("auditlog:exports"),
                _("Who took what out of a log, with which criteria, and who tried what he may not do."),
            )

    def home_sections(self, request: HttpRequest) -> Iterator[HomeSection]:
        """What is marked and not acknowledged yet, for who may read the Audit Log."""
        from .home import marked_section
        from .views import PERMISSION

        if request.user.has_perm(PERMISSION):
            yield marked_section()

    def ready(self) -> None:
        from . import checks, protection, receivers, triggers  # noqa: F401 (checks register themselves)

        connection_created.connect(receivers.prepare_connection, dispatch_uid="auditlog.prepare_connection")
        pre_save.connect(receivers.before_save, dispatch_uid="auditlog.before_save")
        post_save.connect(receivers.after_save, dispatch_uid="auditlog.after_save")
        # Delete receivers name their senders: without one, Django gives up its fast path for every model.
        for model in self.areas:
            pre_delete.connect(
                receivers.before_delete, sender=model, dispatch_uid=f"auditlog.before_delete.{model.__name__}"
            )
            post_delete.connect(
                receivers.after_delete, sender=model, dispatch_uid=f"auditlog.after_delete.{model.__name__}"
            )
        post_migrate.connect(triggers.after_migrate, dispatch_uid="auditlog.triggers")
        post_migrate.connect(protection.after_migrate, dispatch_uid="auditlog.protection")
