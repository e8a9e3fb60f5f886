"""Downloads that break off, under the server that production runs on."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from auditlog.models import AccessLogEntry, AuditLogEntry

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]


def database_url():
    """The test database, as another process finds it."""
    its = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{its['NAME']}"
    password = f":{its['PASSWORD']}" if its["PASSWORD"] else ""
    return f"postgres://{its['USER']}{password}@{its['HOST']}:{its['PORT'] or 5432}/{its['NAME']}"


@pytest.fixture
def server():
    """gunicorn on a free port; the process group and the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--threads", "2", "-b", f"127.0.0.1:{port}"]
    environment = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: answers(port))
        yield process, port
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.1)


@pytest.fixture
def large_log():
    """More than what lies in the buffers between server and client."""
    AuditLogEntry.objects.bulk_create(
        AuditLogEntry(
            timestamp=timezone.now(),
            table="Preference",
            action="change",
            affected_object=os.urandom(12_000).hex(),
            changed_by="admin",
            object_id=1,
            change_set=uuid.uuid4(),
            channel="web",
        )
        for _n in range(1500)
    )


@pytest.fixture
def download(auditor, large_log, server):
    """A download of which the first bytes have arrived."""
    client = Client()
    client.force_login(auditor)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    line = http.client.HTTPConnection("127.0.0.1", server[1], timeout=60)
    line.request("GET", "/audit-log/export/?table=Preference", headers={"Cookie": f"sessionid={cookie}"})
    response = line.getresponse()
    assert response.status == 200
    assert response.read(1000).startswith(b"PK")
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
    os.killpg(server[0].pid, signal.SIGKILL)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        response.read()
    assert events() == ["export started"]


def test_a_client_that_goes_away_is_traced(download):
    line, response = download
    response.close()
    line.close()
    wait_for(lambda: events() == ["export started", "export broken off"])
    assert 0 < AccessLogEntry.objects.get(event="export broken off").rows < 1500
