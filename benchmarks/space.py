"""What the logs take on disk: ``DATABASE_URL=... python -m benchmarks.space [--entries 10000 100000]``.

Makes a test database beside the one that DATABASE_URL names, fills it with an invented history of both logs
(``fill_log``), of each size in turn, and removes it at the end. Printed are bytes for an entry with all that stands
beside it, indexes included, and what the night's backup of the whole takes. On PostgreSQL that needs ``pg_dump``.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import sqlite3
import subprocess
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from auditlog.models import AuditLogEntry  # noqa: E402
from crosssite.models import SyncLogEntry  # noqa: E402


def size() -> int:
    """Bytes of the database; on SQLite of its file, with nothing left in the write-ahead log."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def backup_size() -> int:
    """Bytes of what docs/operations.md makes every night."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        copy = sqlite3.connect(":memory:")
        connection.connection.backup(copy)
        return len(gzip.compress(copy.serialize(), compresslevel=6))
    places = {"PGHOST": database["HOST"], "PGPORT": database["PORT"], "PGUSER": database["USER"]}
    variables = os.environ | {name: str(value) for name, value in places.items()}
    variables["PGPASSWORD"] = database["PASSWORD"]
    command = ["pg_dump", "--format=custom", database["NAME"]]
    return len(subprocess.run(command, env=variables, stdout=subprocess.PIPE, check=True).stdout)  # noqa: S603 (ours)


def filled(log: str, entries: int) -> tuple[int, int]:
    """Fill one log up to so many entries; the bytes of the database and of its backup then."""
    model, option = {"audit": (AuditLogEntry, "entries"), "sync": (SyncLogEntry, "sync_entries")}[log]
    there = model._default_manager.count()
    call_command("fill_log", **{option: entries - there}, seed=entries, stdout=io.StringIO())
    return size(), backup_size()


def report(sizes: list[int]) -> str:
    lines = [
        connection.display_name,
        "| log | entries | bytes per entry | a million | backup per entry |",
        "|---" * 5 + "|",
    ]
    for log in ("audit", "sync"):
        empty, empty_backup = size(), backup_size()
        for entries in sizes:
            full, backup = filled(log, entries)
            each = (full - empty) / entries
            of_backup = (backup - empty_backup) / entries
            lines.append(f"| {log} | {entries:,} | {each:.0f} | {each / 1000:.1f} GB | {of_backup:.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="What the logs take on disk.")
    parser.add_argument("--entries", type=int, nargs="+", default=[10_000, 100_000])
    options = parser.parse_args()
    made = setup_databases(verbosity=0, interactive=False)
    try:
        sys.stdout.write(report(options.entries))
    finally:
        teardown_databases(made, verbosity=0)


if __name__ == "__main__":
    main()
