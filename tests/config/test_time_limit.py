"""A search that takes too long is stopped; what changes something is not, and the next request works."""

from __future__ import annotations

import time
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse

from auditlog.filters import AuditLogFilterSet
from config import time_limit
from config.views import HomeView

#: Counts for minutes, on both engines.
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n"

pytestmark = pytest.mark.django_db(transaction=True)


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@pytest.fixture
def client(client, administrator):
    client.force_login(administrator)
    return client


@pytest.fixture
def endless_search():
    """Every search of the Audit Log runs for minutes if nobody stops it."""
    with patch.object(AuditLogFilterSet, "newest", lambda self, cap: run(ENDLESS)):
        yield


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(time_limit, "SECONDS", 0.3)


def test_a_search_that_takes_too_long_is_stopped_and_the_page_says_to_narrow_it(client, endless_search, short):
    started = time.monotonic()
    response = client.get("/audit-log/?affected_object=e")
    assert time.monotonic() - started < 4
    assert response.status_code == 503
    assert "Retry-After" not in response
    page = response.content.decode()
    assert "Narrow the search" in page
    assert "a shorter time, one table, or more letters of a name" in page
    assert client.get("/").status_code == 200


def test_a_list_that_narrows_while_one_types_gets_the_words_alone(client, endless_search, short):
    response = client.get("/audit-log/", headers={"HX-Request": "true", "HX-Target": "results"})
    assert response.status_code == 503
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().startswith("This took too long to find and was stopped")


def test_an_export_may_look_for_its_rows_longer_than_a_page(client, short):
    """It counts as one that does: its own limit is what stops it here."""
    with (
        patch.object(AuditLogFilterSet, "qs", property(lambda self: run(ENDLESS))),
        patch("auditlog.export.views.ExportView.seconds_to_read", 0.6),
    ):
        started = time.monotonic()
        assert client.get("/audit-log/export/").status_code == 503
        assert 0.6 <= time.monotonic() - started < 5


def test_the_limit_is_one_of_each_statement_not_of_the_page(client, short):
    with patch.object(HomeView, "get", _slow_page):
        assert client.get("/").status_code == 200


def _slow_page(view, request, *args, **kwargs):
    for _time in range(2):
        time.sleep(0.2)
        run("SELECT 1")
    return HttpResponse("done")


@pytest.mark.parametrize("method", ["post", "put"])
def test_what_may_change_something_is_not_limited(client, short, method):
    with patch.object(HomeView, method, _count, create=True):
        assert getattr(client, method)("/").status_code == 200


def _count(view=None, request=None):
    """A statement that takes longer than the limit."""
    took, number = 0.0, 100_000
    while took < 0.5:
        started = time.monotonic()
        run(ENDLESS.replace("2000000000", str(number)))
        took = time.monotonic() - started
        number *= 2
    return HttpResponse("done")


def test_no_limit_stays_behind_on_the_connection(client, short):
    client.get("/")
    _count()


def test_an_administrators_stop_on_a_change_is_an_answer_too(client):
    with patch.object(HomeView, "post", side_effect=_interrupted, create=True):
        assert client.post("/").status_code == 503


def _interrupted(*args, **kwargs):
    limit = time_limit.TimeLimit(connection, lambda: 0.1)
    with limit.kept(), pytest.raises(OperationalError) as stopped:
        run(ENDLESS)
    raise stopped.value
