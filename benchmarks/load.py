"""A busy hour in minutes: ``DATABASE_URL=postgres://... python -m benchmarks.load [--people 100] [--seconds 180]``.

Makes a test database beside the one that DATABASE_URL names, with an invented history, and removes it at the end.
gunicorn serves it as docs/install.md says; people of ``benchmarks.locustfile`` sign in and read, while a sync of a
bundle runs again and again. Prints locust's table, and ends with 1 where a request failed or no sync was made.

Needs ``pip install -r benchmarks/requirements.txt``, and SECRET_KEY or DEBUG=1 as every command does.
"""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from auditlog.context import acting_as  # noqa: E402
from auditlog.generated.filling import fill  # noqa: E402
from benchmarks import sync as sync_benchmark  # noqa: E402
from benchmarks.bundles import Size, write  # noqa: E402
from crosssite.models import SyncRun  # noqa: E402
from district.models import Right, Tool, UserAccount, UserSchoolYearRights, UserToolRights  # noqa: E402
from district.rights import SYNC_LOG  # noqa: E402

PROGRAM = Path(sys.executable).parent
#: As in docs/install.md.
GUNICORN = ["--workers", "3", "--threads", "4", "--timeout", "60", "--log-level", "warning"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--enrollments", type=int, default=10_000)
    parser.add_argument("--locust", default=str(PROGRAM / "locust"), help="where locust is, if not beside python")
    options = parser.parse_args()
    # In memory, which is Django's choice for SQLite, the other processes would not find it.
    connection.settings_dict["TEST"]["NAME"] = f"{connection.settings_dict['NAME']}_benchmark"
    made = setup_databases(verbosity=0, interactive=False)
    try:
        password = secrets.token_urlsafe(20)
        prepare(options, password)
        sys.exit(play(options, password))
    finally:
        teardown_databases(made, verbosity=0)


def prepare(options: argparse.Namespace, password: str) -> None:
    """The home district of ``benchmarks.sync``, a history of the log, and an account for each person."""
    sync_benchmark.set_up_home(Size(options.enrollments, 100))
    fill(options.entries, 1, lambda done, of: None)
    with acting_as("benchmark", channel="generated"):
        for number in range(options.people):
            for kind in ("admin", "auditor"):
                UserAccount.objects.create_superuser(f"{kind}{number}", password=None)
            registrar = UserAccount.objects.create_user(f"registrar{number}")
            UserToolRights.objects.create(user=registrar, tool=Tool.objects.get(path=SYNC_LOG), right=Right.READ)
            UserSchoolYearRights.objects.create(user=registrar, school=None)
        UserAccount.objects.update(password=make_password(password))


def play(options: argparse.Namespace, password: str) -> int:
    """Serve, let the people in, and sync as long as they are there. 0 where nothing failed."""
    environment = {**os.environ, "DATABASE_URL": database_url(), "HTTPS": "0", "DEBUG": "0", "SECRET_KEY": "s" * 50}
    environment["ALLOWED_HOSTS"] = "127.0.0.1"
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, env=environment, check=True)  # noqa: S603
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", *GUNICORN], env=environment
    )
    with tempfile.TemporaryDirectory() as folder:
        nights = [write(Path(folder) / f"night-{night}", Size(options.enrollments, 100), night) for night in (0, 1)]
        try:
            wait_for(address)
            people = subprocess.Popen(locust(options, address), env={**os.environ, "LOAD_PASSWORD": password})  # noqa: S603
            syncs = sync_while(people, nights, environment)
        finally:
            server.terminate()
            server.wait(timeout=60)
    outcomes = list(SyncRun.objects.order_by("id").values_list("outcome", flat=True))
    sys.stdout.write(f"{connection.display_name}: {syncs} syncs meanwhile, outcomes {sorted(set(outcomes))}\n")
    return int(people.returncode != 0 or not syncs or not set(outcomes) <= {"applied", "unchanged"})


def locust(options: argparse.Namespace, address: str) -> list[str]:
    played = str(Path(__file__).with_name("locustfile.py"))
    how = ["--headless", "--only-summary", "--users", str(options.people), "--spawn-rate", "2"]
    return [options.locust, "-f", played, *how, "--run-time", f"{options.seconds}s", "--host", address]


def sync_while(people: subprocess.Popen[bytes], nights: list[Path], environment: dict[str, str]) -> int:
    """One bundle after the other, there and back, until the people have gone; how often."""
    done = 0
    while people.poll() is None:
        command = [sys.executable, "manage.py", "sync_rosters", str(nights[done % 2])]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        done += 1
        with suppress(subprocess.TimeoutExpired):
            people.wait(timeout=20)
    return done


def database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)


def wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=5):  # noqa: S310
            return
        time.sleep(0.2)
    raise SystemExit("gunicorn did not start")


if __name__ == "__main__":
    main()
