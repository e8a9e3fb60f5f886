"""Invariant 8: nothing that is no change, and no secret in any form."""

from __future__ import annotations

import datetime

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib.auth import aauthenticate, authenticate
from django.contrib.auth.hashers import identify_hasher, make_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from auditlog.models import AppendOnlyModel
from district.models import UserAccount

pytestmark = pytest.mark.django_db

PASSWORD = "chalk-and-slate-1"


def test_a_sign_in_leaves_nothing(log, account, client):
    assert client.login(username="lbush", password=PASSWORD)
    assert UserAccount.objects.get().last_login is not None
    assert not client.login(username="lbush", password="wrong")
    assert log.lines() == []


def test_upkeep_columns_leave_nothing_by_any_path(log, account):
    account.failed_logins, account.last_login = 3, timezone.now()
    account.save(update_fields=["failed_logins", "last_login"])
    UserAccount.objects.update(failed_logins=4, modified=timezone.now(), modified_by="x")
    account.password_changed = timezone.now()
    UserAccount.objects.bulk_update([account], ["password_changed", "created"])
    account.save()
    assert log.lines() == []


def test_a_save_of_upkeep_columns_alone_costs_the_recording_nothing(account):
    account.last_login = timezone.now()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        account.save(update_fields=["last_login"])
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 1


@pytest.fixture
def old_hash(account, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    assert identify_hasher(account.password).algorithm == "md5"
    return account.password


@pytest.mark.parametrize(
    "sign_in",
    [
        lambda: authenticate(username="lbush", password=PASSWORD),
        lambda: async_to_sync(aauthenticate)(username="lbush", password=PASSWORD),
        lambda: UserAccount.objects.get().check_password(PASSWORD),
    ],
    ids=["authenticate", "aauthenticate", "check_password"],
)
def test_a_hash_renewed_at_sign_in_leaves_nothing(log, account, old_hash, sign_in):
    assert sign_in()
    account.refresh_from_db()
    assert identify_hasher(account.password).algorithm == "pbkdf2_sha1"
    assert account.check_password(PASSWORD)
    assert account.password_changed_by != "renewed"
    assert log.lines() == []


def test_a_hash_is_not_renewed_over_a_password_that_was_given_meanwhile(log, account, old_hash):
    signing_in = UserAccount.objects.get()
    account.set_password("another-password-2")
    account.save()
    assert signing_in.check_password(PASSWORD)
    assert UserAccount.objects.get().check_password("another-password-2")
    assert log.changes() == [{"password": (None, None)}]


def test_a_new_password_is_recorded_also_where_a_hash_was_renewed_in_the_same_breath(log, account, old_hash):
    found = UserAccount.objects.get()
    assert found.check_password(PASSWORD)
    found.set_password("another-password-2")
    found.save()
    assert log.changes() == [{"password": (None, None)}]
    assert log.entries()[0].details.get().masked


CANARY = "canary-7f3a"


def test_a_secret_never_enters_any_log_table_by_any_path(log, account, group):
    def secret(number):
        return make_password(f"{CANARY}-{number}")

    account.set_password(CANARY)
    account.save()
    UserAccount.objects.filter(pk=account.pk).update(password=f"md5${CANARY}$1")
    account.password = f"md5${CANARY}$2"
    UserAccount.objects.bulk_update([account], ["password"])
    UserAccount.objects.bulk_create([UserAccount(username="a", password=f"md5${CANARY}$3")])
    UserAccount.objects.bulk_create(
        [UserAccount(username="a", password=f"md5${CANARY}$4")],
        update_conflicts=True,
        unique_fields=["username"],
        update_fields=["password"],
    )
    UserAccount.objects.create_user("b", CANARY)
    UserAccount.objects.update_or_create(username="b", defaults={"password": f"md5${CANARY}$5"})
    UserAccount.objects.all().delete()
    assert [entry.action for entry in log.entries()].count("change") == 5
    hashes = {CANARY, account.password, "md5$"}
    for table, text in all_texts():
        assert not any(secret in text for secret in hashes), f"{table} holds {text}"


def all_texts():
    for model in apps.get_models():
        if issubclass(model, AppendOnlyModel):
            for row in model.objects.values_list():
                yield from ((model.__name__, str(value)) for value in row)


def test_setting_a_value_to_itself_in_another_form_leaves_nothing(log, account):
    UserAccount.objects.filter(pk=account.pk).update(expires_date="2027-01-31", disable="1")
    UserAccount.objects.filter(pk=account.pk).update(expires_date=datetime.date(2027, 1, 31), disable=True)
    assert log.changes() == [{"expiresDate": (None, "2027-01-31"), "disable": ("false", "true")}]
