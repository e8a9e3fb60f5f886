"""Invariant 1 under ``kill -9``: a change, its entry and what stands beside it are all there or none of it is."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from auditlog.models import AuditLogEntry, AuditLogEntryMark
from auditlog.triggers import missing_triggers

from .logbook import database_state, replayed_state


def database_url():
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    password = f":{found['PASSWORD']}" if found["PASSWORD"] else ""
    return f"postgres://{found['USER']}{password}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_process_killed_at_any_moment_leaves_both_or_neither():
    environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    connection.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.auditlog.killed"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines.count("killed at random") == 20
    killed = [line.split()[1] for line in lines if line.startswith("killed ") and "random" not in line]
    lived = [line.split()[1] for line in lines if line.startswith("lived ")]
    assert len(killed) >= 20
    assert len(lived) == 5
    # PostgreSQL's own process notices after a moment that its client is gone.
    time.sleep(0.5)
    actors = set(AuditLogEntry.objects.values_list("changed_by", flat=True))
    assert actors.isdisjoint(killed)
    assert actors.issuperset(lived)
    marked = AuditLogEntryMark.objects.filter(mark="hours").values_list("entry", flat=True)
    assert set(marked) == set(AuditLogEntry.objects.filter(changed_by__in=lived).values_list("pk", flat=True))
    assert replayed_state() == database_state()
    assert missing_triggers(connection) == set()
