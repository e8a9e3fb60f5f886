"""What is noted on an account about signing in: no account change, so it leaves no entry in the Audit Log.

A note gives way: where another writer holds the lock it is left out, and the sign-in neither waits nor fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from django.utils import timezone

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
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        with NOT_WAITING[connection.vendor](connection):
            UserAccount.objects.filter(username=username).update(**values)
    except OperationalError:
        return


@contextmanager
def _sqlite(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (patience,) = cursor.fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            with transaction.atomic(using=connection.alias):
                yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience:d}")


@contextmanager
def _postgresql(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        # Ends with the transaction, or with the savepoint where it is rolled back.
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
        yield
        cursor.execute("SET LOCAL lock_timeout = DEFAULT")


#: A transaction that fails at once where it would have to wait for a lock, by engine.
NOT_WAITING: dict[str, Callable[[BaseDatabaseWrapper], AbstractContextManager[None]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}
