from __future__ import annotations

import time
from unittest.mock import patch

import psycopg2
import pytest
from django.db import DatabaseError, OperationalError, connection

from config import views
from config.busy import is_busy
from district.models import UserAccount
from tests.locks import writer_at_work
from tests.people import PASSWORD

ACCOUNTS = 'SELECT 1 FROM "UserAccount" FOR UPDATE; LOCK TABLE django_session IN SHARE MODE'

pytestmark = pytest.mark.django_db(transaction=True)


def is_the_busy_page(response):
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert "Busy, try again" in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"
    return True


def test_pages_that_read_answer_at_once_while_another_writes(client, administrator):
    client.force_login(administrator)
    started = time.monotonic()
    with writer_at_work(ACCOUNTS):
        for address in ("/", "/admin/", "/password/", "/healthz"):
            assert client.get(address).status_code == 200
    assert time.monotonic() - started < 5


def test_a_change_while_another_writes_gets_the_busy_page_and_is_not_made(client, nobody_special, impatient):
    client.force_login(nobody_special)
    data = {"old_password": PASSWORD, "new_password1": "fresh-chalk-77", "new_password2": "fresh-chalk-77"}
    with writer_at_work(ACCOUNTS):
        assert is_the_busy_page(client.post("/password/", data))
    assert UserAccount.objects.get(pk=nobody_special.pk).check_password(PASSWORD)
    assert client.post("/password/", data)["Location"] == "/"


def test_signing_in_while_another_writes_gets_the_busy_page(client, nobody_special, impatient):
    with writer_at_work(ACCOUNTS):
        assert is_the_busy_page(client.post("/login/", {"username": "plain", "password": PASSWORD}))
    assert client.post("/login/", {"username": "plain", "password": PASSWORD})["Location"] == "/"


def test_a_failed_sign_in_does_not_wait_to_be_counted_on_the_account(client, nobody_special, impatient):
    """The limit of wrong passwords has to count it: on SQLite, where nobody can write, it is no try at all."""
    started = time.monotonic()
    with writer_at_work(ACCOUNTS):
        status = client.post("/login/", {"username": "plain", "password": "wrong"}).status_code
    assert status == (503 if connection.vendor == "sqlite" else 200)
    assert time.monotonic() - started < 5
    client.post("/login/", {"username": "plain", "password": "wrong"})
    nobody_special.refresh_from_db()
    assert nobody_special.failed_logins == 1


def test_what_fails_outside_of_a_view_gets_the_busy_page_too(client, nobody_special, impatient):
    client.force_login(nobody_special)
    UserAccount.objects.filter(pk=nobody_special.pk).update(disable=True)
    client.raise_request_exception = False
    with writer_at_work(ACCOUNTS):
        assert is_the_busy_page(client.get("/"))


def test_htmx_gets_the_words_alone(client, administrator, impatient):
    client.force_login(administrator)
    with writer_at_work(ACCOUNTS):
        response = client.post("/logout/", headers={"HX-Request": "true"})
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert response.content.decode().startswith("The database is busy")
    assert "<" not in response.content.decode()


def test_a_database_that_is_gone_gets_the_busy_page(client, administrator):
    client.force_login(administrator)
    gone = OperationalError("no route to host")
    gone.__cause__ = psycopg2.OperationalError("no route to host")
    client.raise_request_exception = False
    with patch.object(connection, "cursor", side_effect=gone):
        assert is_the_busy_page(client.get("/"))
        assert client.get("/healthz").status_code == 503


def test_a_fault_of_ours_is_no_busy_database(client, administrator):
    client.force_login(administrator)
    client.raise_request_exception = False

    def ask(self, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM no_such_table")

    with patch.object(views.HomeView, "get_context_data", ask):
        response = client.get("/")
    assert response.status_code == 500
    assert "Something went wrong here" in response.content.decode()
    assert "no_such_table" not in response.content.decode()


@pytest.mark.parametrize(
    ("code", "busy"),
    [
        *((code, True) for code in ("40P01", "40001", "55P03", "57P01", "53300", "58030")),
        *((code, False) for code in ("42P01", "54001", "23505", "22003")),
    ],
)
def test_postgresqls_codes_are_told_apart(code, busy):
    if connection.vendor != "postgresql":
        return
    with pytest.raises(DatabaseError) as caught, connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$")
    assert is_busy(caught.value) is busy


def test_a_connection_that_was_cut_gets_the_busy_page_and_the_next_request_a_new_one(client, administrator):
    if connection.vendor != "postgresql":
        return
    client.force_login(administrator)
    other = psycopg2.connect(**connection.get_connection_params())
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    other.close()
    client.raise_request_exception = False
    assert is_the_busy_page(client.get("/"))
    connection.close()
    assert client.get("/").status_code == 200
