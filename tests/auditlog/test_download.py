"""Downloads that break off, under the server that production runs on."""

from __future__ import annotations

import http.client
import os
import signal
import time

import pytest
from django.test import Client

from auditlog.models import AccessLogEntry
from tests.auditlog.downloads import begin, make_large_log
from tests.served import served

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server(tmp_path, db):
    make_large_log()
    with served(tmp_path, "--threads", "2") as running:
        yield running


def wait_for(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.1)


@pytest.fixture
def download(auditor, server):
    """A download of which the first bytes have arrived."""
    client = Client()
    client.force_login(auditor)
    line, response = begin(server, client)
    assert response.status == 200
    yield line, response
    line.close()


def events():
    return list(AccessLogEntry.objects.order_by("id").values_list("event", flat=True))


def test_whole_it_arrives_whole_and_is_traced(download):
    _line, response = download
    assert len(response.read()) > 10_000_000
    wait_for(lambda: events() == ["export started", "export finished"])


def test_a_killed_server_leaves_the_client_with_an_error_and_the_trace_of_the_start(download, server):
    _line, response = download
    for process in (server.process.pid, *server.workers):
        os.kill(process, signal.SIGKILL)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        response.read()
    assert events() == ["export started"]


def test_a_client_that_goes_away_is_traced(download):
    line, response = download
    response.close()
    line.close()
    wait_for(lambda: events() == ["export started", "export broken off"])
    assert 0 < AccessLogEntry.objects.get(event="export broken off").rows < 1500
