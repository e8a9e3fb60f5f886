"""Managers of the district's records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.db import transaction

from auditlog.querysets import AuditedQuerySet
from auditlog.search import fold

if TYPE_CHECKING:
    from .models import UserAccount


class UserAccountManager(BaseUserManager.from_queryset(AuditedQuerySet)):  # type: ignore[misc]
    """Creates accounts; every write through it is recorded."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> UserAccount:
        """An account without rights. Without a password nobody can sign in with it."""
        if not username:
            raise ValueError("An account needs a user name.")
        account: UserAccount = self.model(username=self.model.normalize_username(username), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> UserAccount:
        """An account that holds STUDENT INFORMATION SYSTEM: every right on every tool, and all schools."""
        from .roles import STUDENT_INFORMATION_SYSTEM, give_role

        with transaction.atomic(using=self.db):
            account = self.create_user(username, password, **fields)
            give_role(account, STUDENT_INFORMATION_SYSTEM)
        return account

    def same_name(self, username: str) -> UserAccount | None:
        """The account whose user name differs from this one by letter case at most, the same on every engine."""
        wanted = fold(username)
        for pk, name in self.values_list("pk", "username").order_by("pk").iterator():
            if fold(name) == wanted:
                return self.filter(pk=pk).first()  # type: ignore[no-any-return]
        return None

    def get_by_natural_key(self, username: str | None) -> UserAccount:
        return self.get(username=username)  # type: ignore[no-any-return]
