"""Deeds about people and groups: accounts, memberships, product security roles."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import BooleanField
from django.utils import timezone

from auditlog.context import current_work

from ..choices import AuthenticationType
from ..models import UserAccount, UserGroup, UserGroupMember
from ..roles import give_role
from .sign_ins import PASSWORD, SIGN_INS
from .tables import records


def account(username: str) -> UserAccount:
    return UserAccount.objects.get(username=username)  # type: ignore[no-any-return]


def group(name: str) -> UserGroup:
    return UserGroup.objects.get(name=name)


def new_account(row: dict[str, str], password: str) -> UserAccount:
    """An account as accounts.csv has it, not yet saved."""
    return UserAccount(
        username=row["username"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        staff_number=row["staff_number"],
        email=f"{row['username']}@example.org",
        password=password,
        authentication_type=AuthenticationType.LOCAL if row["username"] in SIGN_INS else AuthenticationType.SAML,
        created=moment(),
    )


def moment() -> datetime.datetime:
    """When the click under way happens."""
    work = current_work()
    return (work and work.at) or timezone.now()


def password_for(username: str) -> str:
    """The stored password: that of a sign-in, or one that nobody can use."""
    return sign_in_hash() if username in SIGN_INS else make_password(None)


def sign_in_hash() -> str:
    """Hashing is slow on purpose: the first sign-in's hash serves the others."""
    first = UserAccount.objects.filter(username__in=SIGN_INS).order_by("pk").first()
    return first.password if first else make_password(PASSWORD)


def hire(*usernames: str) -> None:
    """Make these accounts of accounts.csv in one go."""
    rows = {row["username"]: row for row in records("accounts")}
    UserAccount.objects.bulk_create([new_account(rows[name], password_for(name)) for name in usernames])


def change_account(username: str, changes: str) -> None:
    """Set fields: ``last_name=Moore;two_factor=true``."""
    person = account(username)
    for name, value in parsed(changes).items():
        boolean = isinstance(UserAccount._meta.get_field(name), BooleanField)
        setattr(person, name, value == "true" if boolean else value)
    person.save()


def parsed(changes: str) -> dict[str, Any]:
    """``a=1;b=2`` as a dictionary."""
    return dict(part.split("=", 1) for part in changes.split(";"))


def disable(username: str) -> None:
    change_account(username, "disable=true")


def enable(username: str) -> None:
    change_account(username, "disable=false")


def expire(username: str, days: str) -> None:
    """Let an account expire so many days after the day of loading."""
    person = account(username)
    person.expires_date = timezone.localdate() + datetime.timedelta(days=int(days))
    person.save()


def reset_password(username: str) -> None:
    """A password of one's own instead of single sign-on, to be changed at once."""
    person = account(username)
    person.password = password_for(username)
    person.authentication_type = AuthenticationType.LOCAL
    person.force_password_change = True
    person.save()


def delete_account(username: str) -> None:
    account(username).delete()


def role(username: str, name: str = "") -> None:
    give_role(account(username), name or None)


def new_group(name: str, description: str, product: str = "", automation: str = "") -> None:
    UserGroup.objects.create(
        name=name, description=description, associated_product=product, account_automation=automation == "yes"
    )


def rename_group(name: str, to: str) -> None:
    renamed = group(name)
    renamed.name = to
    renamed.save()


def describe_group(name: str, description: str) -> None:
    described = group(name)
    described.description = description
    described.save()


def delete_group(name: str) -> None:
    group(name).delete()


def join(username: str, name: str) -> None:
    UserGroupMember.objects.create(user=account(username), group=group(name))


def leave(username: str, name: str) -> None:
    UserGroupMember.objects.get(user__username=username, group__name=name).delete()


def fill_group(name: str, *usernames: str) -> None:
    """Put several people into a group in one go."""
    members = UserAccount.objects.filter(username__in=usernames).order_by("username")
    UserGroupMember.objects.bulk_create([UserGroupMember(user=member, group=group(name)) for member in members])
