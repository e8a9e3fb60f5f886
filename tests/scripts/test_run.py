from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["scripts/run", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_help_names_the_options():
    ended = run("--help")
    assert ended.returncode == 0
    assert "--port" in ended.stdout
    assert "--no-demo" in ended.stdout


@pytest.mark.parametrize("wrong", [["--prot", "1"], ["--port"], ["--port", "web"], ["--port=0"], ["--port", "65536"]])
def test_a_wrong_option_is_refused_with_the_usage(wrong: list[str]):
    ended = run(*wrong)
    assert ended.returncode == 2
    assert "usage: scripts/run" in ended.stderr


def test_a_taken_port_is_told_before_anything_is_done():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run("--port", port)
    assert ended.returncode == 1
    assert f"Port {port} cannot be used" in ended.stderr
    assert ended.stdout == ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def answer(url: str, server: subprocess.Popen[str]) -> int:
    """The status of a page, once the server is up."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return int(response.status)
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no answer; the server said: {server.communicate()[0]}")


@pytest.mark.slow
def test_it_serves_the_database_it_is_given_without_demonstration_accounts_and_stops_at_ctrl_c(tmp_path: Path):
    port = free_port()
    variables = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    server = subprocess.Popen(
        ["scripts/run", "--port", str(port)],
        cwd=ROOT,
        env={**variables, "DATABASE_URL": f"sqlite:///{tmp_path}/real.sqlite3"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert answer(f"http://127.0.0.1:{port}/login/", server) == 200
    finally:
        os.killpg(server.pid, signal.SIGINT)
        said, _nothing = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "make_administrator" in said
    assert "Traceback" not in said
    assert "emonstration" not in said
