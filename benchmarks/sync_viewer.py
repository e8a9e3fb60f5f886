"""What reading the Data Sync Log costs: ``DATABASE_URL=... python -m benchmarks.sync_viewer [--entries 10000]``.

Makes a test database beside the one that DATABASE_URL names, fills it with an invented log (``fill_log``) of each
size in turn, and removes it at the end. Each search is made in All Schools, where the log is longest, as the page
makes it, look-ups of texts included; what is printed are medians. Needs SECRET_KEY or DEBUG=1, as every command
does.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import override_settings, setup_databases, teardown_databases  # noqa: E402

from auditlog.context import acting_as  # noqa: E402
from crosssite.filters import SyncLogFilterSet  # noqa: E402
from crosssite.models import SyncLogEntry  # noqa: E402
from district.models import UserAccount  # noqa: E402

SHOWN = 501
FOR_A_CLIENT = {
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
    "ALLOWED_HOSTS": ["*"],
}


def searches() -> dict[str, str]:
    """Searches by what they are an example of; texts are taken from the oldest entries, where they are far to seek."""
    of_student = SyncLogEntry.objects.exclude(student_number="").order_by("timestamp", "pk")[0]
    oldest = of_student.timestamp.date()
    return {
        "no criteria": "",
        "an action": "action=update",
        "a rare action": "action=invalidated",
        "student number, a digit": "student_number=1",
        "one student’s number": f"student_number={of_student.student_number}",
        "student name, a letter": "student_name=a",
        "one student’s name": f"student_name={of_student.student_name}",
        "a course": f"course_name={of_student.course_name}",
        "a section number": "section_number=1",
        "a serving school": f"serving_school={of_student.serving_school}",
        "a date that only old entries have": f"new_value={oldest.isoformat()[:7]}",
        "nobody’s name": "student_name=nobody at all",
        "student, course and action": (
            f"student_name={of_student.student_name}&course_name={of_student.course_name}&action=roster"
        ),
        "a month of every year": "timestamp=10/",
        "one of the oldest days": f"timestamp={oldest.isoformat()}",
        "not yet reviewed": "review=none",
        "resolved": "review=resolved",
    }


def newest(query: str) -> int:
    """How many of the newest the page reads for a query."""
    reader = UserAccount.objects.get(username="reader")
    filterset = SyncLogFilterSet(QueryDict(f"school=all&{query}"), user=reader)
    assert filterset.is_valid(), filterset.form.errors
    return len(filterset.newest(SHOWN))


def page(client: Client, headers: dict[str, str]) -> int:
    response = client.get("/sync-log/?school=all", secure=True, headers=headers)
    assert response.status_code == 200
    return min(response.content.count(b"<tr"), SHOWN)


def median(call: Callable[[], int], times: int) -> tuple[float, int]:
    """Milliseconds, and what the call gave."""
    taken, given = [], 0
    for _time in range(times):
        start = time.perf_counter()
        given = call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000, given


def measure(entries: int, queries: dict[str, str], times: int) -> dict[str, tuple[float, int]]:
    missing = entries - SyncLogEntry.objects.count()
    call_command("fill_log", entries=0, sync_entries=missing, seed=entries, stdout=io.StringIO())
    queries.update({} if queries else searches())
    found = {name: median(partial(newest, query), times) for name, query in queries.items()}
    client = Client()
    client.force_login(UserAccount.objects.get(username="reader"))
    with override_settings(**FOR_A_CLIENT):
        found["the whole page, 500 rows"] = median(partial(page, client, {}), times)
        narrowing = {"HX-Request": "true", "HX-Target": "rows"}
        found["what narrowing asks for, 500 rows"] = median(partial(page, client, narrowing), times)
    return found


def report(sizes: list[int], times: int) -> str:
    """A table of medians by size, with the ratio of the last to the first."""
    queries: dict[str, str] = {}
    by_size: list[dict[str, Any]] = [measure(size, queries, times) for size in sizes]
    heads = " | ".join(f"{size:,} entries" for size in sizes)
    lines = [connection.display_name, f"| search | {heads} | ratio |", "|---" * (len(sizes) + 2) + "|"]
    for name in by_size[-1]:
        found = [of_size[name] for of_size in by_size]
        cells = " | ".join(f"{taken:.1f} ms, {rows} rows" for taken, rows in found)
        lines.append(f"| {name} | {cells} | {found[-1][0] / found[0][0]:.1f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="What reading the Data Sync Log costs.")
    parser.add_argument("--entries", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--times", type=int, default=9)
    options = parser.parse_args()
    # SQLite is measured on a file, as it runs: in memory it shares its cache by locks.
    connection.settings_dict["TEST"]["NAME"] = f"{connection.settings_dict['NAME']}_benchmark"
    made = setup_databases(verbosity=0, interactive=False)
    try:
        # Under the channel of invented entries, beside which fill_log goes on.
        with acting_as("benchmark", channel="generated"):
            UserAccount.objects.create_superuser("reader")
        sys.stdout.write(report(options.entries, options.times))
    finally:
        teardown_databases(made, verbosity=0)


if __name__ == "__main__":
    main()
