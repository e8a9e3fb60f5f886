"""How long the tool rights editor takes: ``python benchmarks/rights_editor.py``, on a temporary SQLite database.

Prints the median of twenty requests, in milliseconds, and the SQL statements of one, for opening the page (all
tools of the shipped tree) and for saving 1 and 500 changes. The requests pass every middleware.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TIMES = 20


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        measure()


def prepare(folder: Path) -> None:
    """A migrated database of its own; nothing of this process's environment chooses another."""
    os.environ.update(
        DATABASE_URL=f"sqlite:///{folder / 'benchmark.sqlite3'}",
        DJANGO_SETTINGS_MODULE="config.settings",
        SECRET_KEY="benchmark",  # noqa: S106 (of a database that goes at once)
        HTTPS="0",
        ALLOWED_HOSTS="testserver",
    )
    os.environ.pop("OWNER_DATABASE_URL", None)
    sys.path.insert(0, str(ROOT))
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STATIC_ROOT = str(folder)
    call_command("migrate", verbosity=0)


def measure() -> None:
    from django.test import Client

    from district.models import Right, Tool, UserAccount

    client = Client()
    client.force_login(UserAccount.objects.create_superuser("benchmark"))
    edited = UserAccount.objects.create_user("edited")
    address = f"/admin/district/useraccount/{edited.pk}/tool-rights/"
    boxes = [f"{tool}.{right}" for tool in Tool.objects.values_list("pk", flat=True) for right in Right]
    print(f"{len(boxes)} boxes, page of {len(client.get(address).content) // 1024} KiB")  # noqa: T201
    report("open the page", lambda: client.get(address), 200)
    for number in (1, 500):
        saves = saving(boxes[:number])
        report(f"save {number}, given and taken in turn", lambda saves=saves: client.post(address, next(saves)), 302)  # type: ignore[misc]


def saving(boxes: list[str]) -> Iterator[dict[str, Any]]:
    """Forms that give these boxes and take them away again, for ever."""
    return cycle(({"box": boxes, "shown": ""}, {"shown": " ".join(boxes)}))


def report(what: str, request: Callable[[], Any], expected: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    taken = []
    for _time in range(TIMES):
        started = time.perf_counter()
        status = request().status_code
        taken.append((time.perf_counter() - started) * 1000)
        if status != expected:
            raise SystemExit(f"{what}: the answer was {status}, not {expected}.")
    statements = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as queries:
            request()
        statements.append(len(queries))
    print(f"{what}: {statistics.median(taken):.0f} ms, {max(statements)} statements")  # noqa: T201


if __name__ == "__main__":
    main()
