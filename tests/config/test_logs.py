"""The text logs cannot be forged: whatever is in a record stays within its line."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.logs import JsonLines

ROOT = Path(__file__).resolve().parents[2]
FORGED = 'a\n{"time": "2026-01-01T00:00:00.000Z", "level": "INFO", "logger": "x", "message": "admin signed in"}'


def record(message, *args, exc_info=None):
    made = logging.LogRecord("district", logging.WARNING, __file__, 1, message, args, exc_info)
    made.created = 1767225600.25
    return made


def test_a_record_is_one_line_with_its_time_in_utc():
    assert json.loads(JsonLines().format(record("Sign-in of %s failed", "jdoe"))) == {
        "time": "2026-01-01T00:00:00.250Z",
        "level": "WARNING",
        "logger": "district",
        "message": "Sign-in of jdoe failed",
    }


@given(st.text() | st.just(FORGED) | st.just("\u2028\u202e\x1b[2J\x85\x00\ud800\x7f"))
def test_nothing_in_a_record_begins_another_line_or_leaves_ascii(text):
    try:
        raise ValueError(text)
    except ValueError:
        line = JsonLines().format(record("%s", text, exc_info=sys.exc_info()))
    assert line.splitlines() == [line]
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == text


@pytest.mark.parametrize(("debug", "is_json"), [("0", True), ("1", False)])
def test_a_process_of_ours_logs_that_way_except_while_it_is_being_developed(debug, is_json, tmp_path):
    program = "import django, logging; django.setup(); logging.getLogger('district').error('a%sb', chr(10))"
    environment = {
        "PATH": "/usr/bin:/bin",
        "SECRET_KEY": "x" * 50,
        "DEBUG": debug,
        "DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite3",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    lines = done.stderr.splitlines()
    assert (json.loads(lines[0])["message"] == "a\nb") if is_json else (lines == ["a", "b"])
