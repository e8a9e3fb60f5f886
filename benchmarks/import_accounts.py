"""What importing accounts costs: ``DATABASE_URL=... python -m benchmarks.import_accounts [--rows 100 1000]``.

Makes a test database beside the one that DATABASE_URL names, and removes it at the end. Each size is imported as new
accounts with two groups each, again as it is, and with another name in every row. Without passwords: hashing one takes
a quarter of a second by design, whatever else is done. Needs SECRET_KEY or DEBUG=1 as every command does.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import sys
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import (  # noqa: E402
    CaptureQueriesContext,
    override_settings,
    setup_databases,
    teardown_databases,
)

from auditlog.context import acting_as  # noqa: E402
from auditlog.models import AuditLogEntry  # noqa: E402
from district.models import UserGroup  # noqa: E402

RUNS = (("new", "Given"), ("as they are", "Given"), ("another name", "Other"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 1000])
    options = parser.parse_args()
    made = setup_databases(verbosity=0, interactive=False)
    try:
        with acting_as("benchmark", channel="generated"):
            for name in ("Teacher", "Health Staff"):
                UserGroup.objects.create(name=name)
        say("| engine | rows | accounts | seconds | statements | entries |\n|---|---|---|---|---|---|")
        with override_settings(DEBUG=False):
            for rows in options.rows:
                compare(rows)
    finally:
        teardown_databases(made, verbosity=0)


def compare(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, given in RUNS:
            file = write(Path(folder) / "accounts.csv", rows, given)
            before, started = AuditLogEntry.objects.count(), time.perf_counter()
            with CaptureQueriesContext(connection) as asked:
                call_command("import_accounts", str(file), stdout=io.StringIO(), stderr=io.StringIO())
            seconds, entries = time.perf_counter() - started, AuditLogEntry.objects.count() - before
            say(f"| {connection.display_name} | {rows:,} | {name} | {seconds:.2f} s | {len(asked)} | {entries:,} |")


def write(path: Path, rows: int, given: str) -> Path:
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("username", "first_name", "last_name", "add_groups"))
        for number in range(rows):
            lines.writerow((f"person{rows}-{number}", given, f"Family {number}", "Teacher; Health Staff"))
    return path


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
