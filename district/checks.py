"""``manage.py check --deploy --database default``: nobody signs in with a password that is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.hashers import check_password
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from .demo.sign_ins import PASSWORD, SIGN_INS


@register(Tags.database, deploy=True)
def no_demonstration_accounts(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """An account called ``admin`` is nothing bad; one with the demonstration's password is."""
    return [
        Error(
            f"Accounts of the demonstration can sign in: {', '.join(names)}. Their password is published.",
            hint="Disable them and set other passwords in User Account Administration. If the database holds nothing "
            "but the demonstration, begin with an empty one (docs/install.md).",
            id="district.E001",
        )
        for alias in databases or ()
        if (names := _with_the_published_password(alias))
    ]


def _with_the_published_password(alias: str) -> list[str]:
    from .models import UserAccount

    if UserAccount._meta.db_table not in connections[alias].introspection.table_names():
        return []
    accounts = UserAccount.objects.using(alias).filter(username__in=SIGN_INS, disable=False).order_by("username")
    stored = dict(accounts.values_list("username", "password"))
    # Hashing is slow on purpose, and the demonstration's sign-ins share one hash.
    published = {password for password in set(stored.values()) if check_password(PASSWORD, password)}
    return [name for name, password in stored.items() if password in published]
