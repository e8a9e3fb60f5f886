"""Secrets stay where they belong: after a day's work no password is in the database, the text log or any page."""

from __future__ import annotations

import logging

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client

from config.logs import JsonLines
from district.models import UserAccount

from .addresses import addresses

pytestmark = pytest.mark.django_db

OLD, NEW, TYPED, SET = (f"canary-{word}-9713" for word in ("old", "new", "typed", "set"))


@pytest.fixture
def logged(caplog):
    """What the text log says, as it is written."""
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(JsonLines().format(record) for record in caplog.records)


def everything_stored() -> str:
    with connection.cursor() as cursor:
        found = []
        for model in apps.get_models():
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            found.append(str(cursor.fetchall()))
    return "\n".join(found)


def everything_shown(client: Client) -> str:
    return "\n".join(text_of(client.get(address)) for address in addresses())


def text_of(page: HttpResponseBase) -> str:
    """All of it; a file that were left open would keep the next export from its turn."""
    assert page.status_code != 503
    return (b"".join(page) if page.streaming else page.content).decode("latin-1")


def test_no_password_and_no_key_is_told_to_anybody(client, logged, settings):
    settings.SECRET_KEY = "canary-key-9713"
    UserAccount.objects.create_superuser("boss", OLD)
    other = UserAccount.objects.create_user("jdoe", "canary-first-9713")
    client.raise_request_exception = False
    client.post("/login/", {"username": "boss", "password": TYPED})
    client.post("/login/", {"username": TYPED, "password": "x"})
    client.post("/login/", {"username": "boss", "password": OLD})
    client.post("/password/", {"old_password": OLD, "new_password1": NEW, "new_password2": NEW})
    client.post(f"/admin/district/useraccount/{other.pk}/password/", {"password1": SET, "password2": SET})
    client.post("/password/", {"old_password": TYPED, "new_password1": TYPED, "new_password2": "y"})
    boss = UserAccount.objects.get(username="boss")
    assert boss.check_password(NEW), "the day's work was done"
    hashes = UserAccount.objects.values_list("password", flat=True)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value

    shown = everything_shown(client)
    assert "boss" in shown
    for secret in (OLD, NEW, TYPED, SET, settings.SECRET_KEY, session, *hashes):
        assert secret not in shown
        assert secret not in logged()
    stored = everything_stored()
    for secret in (OLD, NEW, TYPED, SET, settings.SECRET_KEY):
        assert secret not in stored
    for hashed in hashes:
        assert stored.count(hashed) == 1, "in the account and nowhere else"


def test_the_same_work_is_done_for_a_user_name_that_nobody_has(client, nobody_special, monkeypatch):
    """Else the time of the answer would tell which accounts there are."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    made = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *a, **k: made.append(1) or encode(*a, **k))
    counts = []
    for name in ("plain", "nobody-at-all"):
        made.clear()
        client.post("/login/", {"username": name, "password": "wrong"})
        counts.append(len(made))
    assert counts[0] == counts[1] > 0
