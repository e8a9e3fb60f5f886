"""What every installation has from its first migration on: the tool tree and the product security roles."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections

from auditlog.context import acting_as, login_name

#: Who installs, and the channel of what that makes.
ACTOR = "command: migrate"
CHANNEL = "install"


def after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Complete a database whose tables are all there; does nothing the second time."""
    from .models import Tool
    from .tooltree import load_tools

    needed = {model._meta.db_table for model in sender.get_models()} | {"AuditLogEntryName"}
    if not needed <= set(connections[using].introspection.table_names()):
        return
    if not Tool.objects.using(using).exists():
        load_tools(using=using)
    # The demonstration's story begins months ago with its installation: load_demo makes the roles there.
    if not settings.DEMO:
        with acting_as(ACTOR, person=login_name(), channel=CHANNEL):
            make_roles(using)


def make_roles(using: str = "default") -> None:
    """The groups of those roles that have none yet."""
    from .models import UserGroup
    from .roles import ROLES, role_group

    there = set(UserGroup.objects.using(using).filter(name__in=ROLES).values_list("name", flat=True))
    for role in ROLES:
        if role not in there:
            role_group(role, using)
