"""What recording costs: ``DATABASE_URL=... python -m benchmarks.recording [--rows 1 100 10000] [--times 5]``.

Makes a test database beside the one that DATABASE_URL names, and removes it at the end. Each call runs recorded
and, through Django's own code, unrecorded, by turns in one run, each in a transaction that is rolled back; what is
printed are medians. Needs SECRET_KEY or DEBUG=1, as every command does.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import Model, QuerySet  # noqa: E402
from django.db.models.signals import post_save, pre_save  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from auditlog import receivers  # noqa: E402
from auditlog.context import acting_as  # noqa: E402
from district.models import UserGroup  # noqa: E402

Call = Callable[[], Any]


@contextmanager
def unrecorded_saves() -> Iterator[None]:
    pre_save.disconnect(dispatch_uid="auditlog.before_save")
    post_save.disconnect(dispatch_uid="auditlog.after_save")
    try:
        yield
    finally:
        pre_save.connect(receivers.before_save, dispatch_uid="auditlog.before_save")
        post_save.connect(receivers.after_save, dispatch_uid="auditlog.after_save")


def groups(rows: int) -> list[Model]:
    return [UserGroup(name=f"group {number}", description="before") for number in range(rows)]


def plain() -> QuerySet[Any]:
    unrecorded: QuerySet[Any] = UserGroup.objects.filter(name__startswith="group ")._unrecorded()
    return unrecorded


def bulk_create(rows: int) -> tuple[Call, Call]:
    return (
        lambda: UserGroup.objects.bulk_create(groups(rows)),
        lambda: QuerySet.bulk_create(plain(), groups(rows)),
    )


def update(rows: int) -> tuple[Call, Call]:
    QuerySet.bulk_create(plain(), groups(rows))
    return (
        lambda: UserGroup.objects.filter(name__startswith="group ").update(description="after"),
        lambda: QuerySet.update(plain(), description="after"),
    )


def save(rows: int) -> tuple[Call, Call]:
    QuerySet.bulk_create(plain(), groups(rows))
    found = list(plain())

    def recorded() -> None:
        for group in found:
            group.description += "x"
            group.save()

    def unrecorded() -> None:
        with unrecorded_saves():
            recorded()

    return recorded, unrecorded


class RolledBackError(Exception):
    """Ends a measurement."""


def seconds(make: Callable[[int], tuple[Call, Call]], rows: int, which: int) -> float:
    """One measurement: the call in a transaction of its own, without the commit."""
    taken = 0.0
    try:
        with transaction.atomic(), acting_as("benchmark"):
            call = make(rows)[which]
            start = time.perf_counter()
            call()
            taken = time.perf_counter() - start
            raise RolledBackError
    except RolledBackError:
        return taken


def measure(make: Callable[[int], tuple[Call, Call]], rows: int, times: int) -> str:
    taken = [[seconds(make, rows, which) for which in (0, 1)] for _time in range(times)]
    recorded, unrecorded = (statistics.median(column) for column in zip(*taken, strict=True))
    micro = recorded / rows * 1_000_000
    return (
        f"| {make.__name__} | {rows:,} | {recorded * 1000:.1f} ms | {unrecorded * 1000:.1f} ms "
        f"| {recorded / unrecorded:.1f} | {micro:.0f} µs |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="What recording costs.")
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 100, 10_000, 100_000])
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    made = setup_databases(verbosity=0, interactive=False)
    try:
        lines = [f"{connection.display_name}", "| call | rows | recorded | unrecorded | ratio | recorded, per row |"]
        lines.append("|---|---|---|---|---|---|")
        for make in (bulk_create, update, save):
            # Ten thousand single saves tell nothing that a hundred do not.
            lines += [measure(make, rows, options.times) for rows in options.rows if make is not save or rows <= 100]
        sys.stdout.write("\n".join(lines) + "\n")
    finally:
        teardown_databases(made, verbosity=0)


if __name__ == "__main__":
    main()
