"""What an export costs: ``DATABASE_URL=... python -m benchmarks.export [--entries 10000 100000]``.

Makes a test database beside the one that DATABASE_URL names, fills it with an invented history, and removes it at
the end. Each export runs in a process of its own, through HTTP, to the last byte: seconds to the first byte and to
the last, rows, size of the file, and the most memory that the process had. Needs Linux, and SECRET_KEY or
DEBUG=1 as every command does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_databases, setup_test_environment, teardown_databases  # noqa: E402

from auditlog.context import acting_as  # noqa: E402
from auditlog.generated.filling import fill  # noqa: E402
from auditlog.models import AccessLogEntry, AuditLogEntry  # noqa: E402
from district.models import UserAccount  # noqa: E402

HEADING = f"{'entries':>9} {'rows':>9} {'first byte':>11} {'all':>8} {'file':>9} {'memory':>8} {'before':>8}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--measure", metavar="DATABASE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
    else:
        compare(options.entries)


def compare(sizes: list[int]) -> None:
    """Fill up to each size and export everything."""
    setup_test_environment()
    # In memory, which is Django's choice for SQLite, the other processes would not find it.
    connection.settings_dict["TEST"]["NAME"] = f"{connection.settings_dict['NAME']}_benchmark"
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with acting_as("benchmark", channel="demo"):
            UserAccount.objects.create_superuser("benchmark")
        say(f"{connection.vendor}, seconds and megabytes")
        say(HEADING)
        for size in sorted(sizes):
            grow_to(size)
            name = str(connection.settings_dict["NAME"])
            subprocess.run([sys.executable, "-m", "benchmarks.export", "--measure", name], check=True)  # noqa: S603
    finally:
        teardown_databases(databases, verbosity=0)


def grow_to(size: int) -> None:
    missing = size - AuditLogEntry.objects.filter(channel="generated").count()
    fill(missing, size, lambda done, of: None)


def measure(name: str) -> None:
    """One export of all that was invented, in this process."""
    setup_test_environment()
    connection.settings_dict["NAME"] = name
    client = Client()
    client.force_login(UserAccount.objects.get(username="benchmark"))
    client.get("/healthz", secure=True)
    before, started, first, size = memory(), time.monotonic(), 0.0, 0
    for part in client.get("/audit-log/export/", secure=True).streaming_content:  # type: ignore[attr-defined]
        first = first or time.monotonic() - started
        size += len(part)
    seconds = time.monotonic() - started
    rows = AccessLogEntry.objects.filter(event="export finished").order_by("-id")[0].rows
    entries = AuditLogEntry.objects.count()
    say(
        f"{entries:9,} {rows:9,} {first:11.2f} {seconds:8.1f} {size / 1e6:9.1f} "
        f"{memory() / 1000:8.0f} {before / 1000:8.0f}"
    )


def memory() -> int:
    """The most memory that this process ever had, in kilobytes. getrusage would count its parent's in (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
