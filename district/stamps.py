"""Who changed an account last, and who its password: kept on the account itself (access information)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils import timezone

from auditlog.context import current_actor

if TYPE_CHECKING:
    from .models import UserAccount


def stamp(account: UserAccount, update_fields: Iterable[str] | None) -> Iterable[str] | None:
    """Note who is saving an account, and return which fields to save then (None: all of them).

    A save of single columns that leaves ``modified`` out is upkeep, such as a sign-in, and is not stamped.
    """
    if update_fields is not None and "modified" not in (update_fields := set(update_fields)):
        return update_fields
    account.modified_by = current_actor().name[:255]
    stamped = {"modified_by"}
    # Django keeps a new raw password here until the account is saved.
    if getattr(account, "_password", None) is not None:
        account.password_changed, account.password_changed_by = timezone.now(), account.modified_by
        stamped |= {"password_changed", "password_changed_by"}
    return None if update_fields is None else update_fields | stamped
