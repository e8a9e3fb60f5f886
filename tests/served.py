"""The application as gunicorn serves it, on the test's own database: for what only several processes show."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parents[1]


def database_url() -> str:
    """The test database, for another process."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(str(database['NAME']))}"
    return (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )


@dataclass
class Server:
    """A running gunicorn."""

    address: str
    process: subprocess.Popen[str]
    log: Path

    @property
    def workers(self) -> list[int]:
        """The process ids of the workers, as the kernel knows them."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return sorted(map(int, children.split()))

    @contextmanager
    def alone(self, worker: int) -> Iterator[None]:
        """Only this worker can answer; the others are halted meanwhile."""
        others = [pid for pid in self.workers if pid != worker]
        for pid in others:
            wait_until_done(pid)
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in others:
                os.kill(pid, signal.SIGCONT)


@contextmanager
def served(folder: Path, *arguments: str, **variables: str) -> Iterator[Server]:
    """Serve until the block ends; what the server says goes into a file of ``folder``."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = folder / "server.log"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": database_url()}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", *arguments],
            cwd=ROOT,
            env={**environment, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        wait_for(server)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_until_done(pid: int) -> None:
    """Until a worker has nothing left to do with SQLite's file: halted in the middle, it would keep everybody out."""
    name, deadline = str(connection.settings_dict["NAME"]), time.monotonic() + 30
    while time.monotonic() < deadline:
        if not any(file.startswith(name) for file in open_files(pid)):
            return
        time.sleep(0.01)
    raise AssertionError(f"worker {pid} does not come to an end")


def open_files(pid: int) -> Iterator[str]:
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            yield str(file.readlink())


def wait_for(server: Server) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.address}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no answer; the server said: {server.log.read_text()}")


@dataclass
class Visitor:
    """Somebody with a browser of his own, over HTTP."""

    server: Server
    cookies: CookieJar = field(default_factory=CookieJar)

    def ask(self, path: str, data: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
        """Status and text of what the last redirect leads to; with ``data`` a POST."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        body = None if data is None else urllib.parse.urlencode(data).encode()
        request = urllib.request.Request(self.server.address + path, body, headers)
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def token(self, path: str = "/login/") -> str:
        """The token that the forms of a page carry."""
        _status, text = self.ask(path)
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
        assert found is not None, text
        return found.group(1)

    def sign_in(self, username: str, password: str) -> tuple[int, str]:
        return self.ask("/login/", {"csrfmiddlewaretoken": self.token(), "username": username, "password": password})
