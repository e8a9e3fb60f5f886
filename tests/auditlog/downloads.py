"""An export over a real line, from a log that is larger than what lies in the buffers between server and client."""

from __future__ import annotations

import http.client
import os
import uuid

from django.conf import settings
from django.test import Client
from django.utils import timezone

from auditlog.models import AuditLogEntry
from tests.served import Server

URL = "/audit-log/export/"


def make_large_log() -> None:
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


def begin(server: Server, client: Client) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """An export of which the first bytes have come: the line and the answer."""
    line = http.client.HTTPConnection(server.address.removeprefix("http://"), timeout=60)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    line.request("GET", f"{URL}?table=Preference", headers={"Cookie": f"sessionid={cookie}"})
    answer = line.getresponse()
    if answer.status == 200:
        assert answer.read(1000).startswith(b"PK")
    return line, answer
