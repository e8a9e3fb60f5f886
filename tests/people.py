"""People by role, for tests: what each may do comes from real rights rows.

Used as fixtures in every test; the password of each is ``PASSWORD``.
"""

from __future__ import annotations

import pytest

from district.models import Right, Tool, UserAccount, UserToolRights
from district.rights import AUDIT_LOG, SYNC_LOG

PASSWORD = "chalk-and-slate-1"


def person(username: str, *rights: tuple[str, str], **fields) -> UserAccount:
    """An account with rights on tools, given as (tool path, right)."""
    account = UserAccount.objects.create_user(username, PASSWORD, **fields)
    for path, right in rights:
        UserToolRights.objects.create(user=account, tool=Tool.objects.get(path=path), right=right)
    return account


@pytest.fixture
def administrator(db) -> UserAccount:
    return UserAccount.objects.create_superuser("admin", PASSWORD, first_name="Ann", last_name="Admin")


@pytest.fixture
def auditor(db) -> UserAccount:
    return person("auditor", (AUDIT_LOG, Right.READ), first_name="Otto", last_name="Auditor")


@pytest.fixture
def registrar(db) -> UserAccount:
    return person("registrar", (SYNC_LOG, Right.READ), first_name="Rita", last_name="Registrar")


@pytest.fixture
def nobody_special(db) -> UserAccount:
    """A person without rights."""
    return person("plain", first_name="Paula", last_name="Plain")
