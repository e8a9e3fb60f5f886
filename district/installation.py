"""What every installation has from its first migration on: the tool tree and the product security roles."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections

from auditlog.context import acting_as, login_name

#: The channel of entries that installing makes.
CHANNEL = "install"


def after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Complete a database whose tables are all there; does nothing the second time."""
    from .models import Tool, UserGroup
    from .roles import ROLES, role_group
    from .tooltree import load_tools

    needed = {model._meta.db_table for model in sender.get_models()} | {"AuditLogEntryName"}
    if not needed <= set(connections[using].introspection.table_names()):
        return
    if not Tool.objects.using(using).exists():
        load_tools(using=using)
    missing = set(ROLES) - set(UserGroup.objects.using(using).filter(name__in=ROLES).values_list("name", flat=True))
    with acting_as("command: migrate", person=login_name(), channel=CHANNEL):
        for role in ROLES:
            if role in missing:
                role_group(role, using)
