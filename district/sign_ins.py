"""What is noted on an account about signing in: no account change, so it leaves no entry in the Audit Log.

A note gives way: where another writer holds the lock it is left out, and the sign-in neither waits nor fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.models import F
from django.utils import timezone

from auditlog.engines import engine_of

from .models import UserAccount


def signed_in(sender: Any, user: UserAccount, **kwargs: Any) -> None:
    """Stamp the time and forget the failed attempts."""
    user.last_login, user.failed_logins = timezone.now(), 0
    note(user.username, last_login=user.last_login, failed_logins=0)


def sign_in_failed(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Count a failed attempt on the account, if there is one of that name."""
    note(str(credentials.get("username", "")), failed_logins=F("failed_logins") + 1)


def note(username: str, **values: Any) -> None:
    """Write columns that are upkeep, unless that would mean waiting for somebody else's lock."""
    give_way(lambda: UserAccount.objects.filter(username=username).update(**values))


def give_way(upkeep: Callable[[], object], milliseconds: int = 50) -> None:
    """Do some upkeep in a transaction; where it would wait longer than this for somebody else's lock, leave it out."""
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        with engine_of(connection).waiting(connection, milliseconds):
            upkeep()
    except OperationalError:
        return
