"""Checking a password, and renewing its hash at sign-in when the hasher has changed."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import acheck_password, check_password, make_password

from auditlog.context import not_a_change


class RenewableHash(AbstractBaseUser):
    """Accounts whose password hash Django renews at sign-in: the same password, so no account change."""

    class Meta:
        abstract = True

    def check_password(self, raw_password: str | None) -> bool:
        return check_password(raw_password, self.password, self._renew_hash)

    async def acheck_password(self, raw_password: str | None) -> bool:
        return await acheck_password(raw_password, self.password, sync_to_async(self._renew_hash))

    def _renew_hash(self, raw_password: str) -> None:
        """Only where the database still holds the hash that was checked: a new password given meanwhile stays."""
        checked, self.password = self.password, make_password(raw_password)
        with not_a_change("password"):
            type(self)._default_manager.filter(pk=self.pk, password=checked).update(password=self.password)
