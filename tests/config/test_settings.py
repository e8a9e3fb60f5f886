from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """manage.py in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE"}}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_wrong_setting_is_told_in_one_line():
    ended = manage("check", TIME_ZONE="America/Nowhere")
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        "manage.py: TIME_ZONE: there is no time zone “America/Nowhere”, use one like America/Chicago."
    ]


def test_the_traceback_of_a_wrong_setting_is_there_for_the_asking():
    ended = manage("check", "--traceback", TIME_ZONE="America/Nowhere")
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr


def test_requests_are_not_wrapped_in_transactions_and_connections_are_checked_before_use():
    assert settings.DATABASES["default"]["ATOMIC_REQUESTS"] is False
    assert settings.DATABASES["default"]["CONN_HEALTH_CHECKS"] is True


@pytest.mark.django_db
def test_sqlite_writes_ahead_durably_and_its_writers_queue_up():
    if connection.vendor != "sqlite":
        assert connection.vendor == "postgresql"
        return
    with connection.cursor() as cursor:
        values = {}
        for pragma in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys"):
            cursor.execute(f"PRAGMA {pragma}")
            values[pragma] = cursor.fetchone()[0]
    assert values == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 20_000, "foreign_keys": 1}
    assert connection.transaction_mode == "IMMEDIATE"


@pytest.mark.django_db
def test_postgresql_answers_short_statements_at_once_and_waits_for_no_lock_for_ever():
    if connection.vendor != "postgresql":
        assert connection.vendor == "sqlite"
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('jit'), current_setting('lock_timeout')")
        assert cursor.fetchone() == ("off", "20s")
