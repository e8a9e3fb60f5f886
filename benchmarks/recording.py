"""What recording costs: ``DATABASE_URL=... python -m benchmarks.recording [--rows 1 100 10000] [--times 5]``.

Makes a test database beside the one that DATABASE_URL names, and removes it at the end. Each call runs recorded
and, through Django's own code, unrecorded, by turns in one run, each in a transaction that is rolled back; what is
printed are medians. Needs SECRET_KEY or DEBUG=1, as every command does.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, product
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Model, QuerySet  # noqa: E402
from django.db.models.signals import post_save, pre_save  # noqa: E402
from django.test.utils import override_settings, setup_databases, teardown_databases  # noqa: E402

from auditlog import receivers  # noqa: E402
from auditlog.context import acting_as  # noqa: E402
from auditlog.generated import filling  # noqa: E402
from district.models import Tool, UserAccount, UserGroup, UserGroupToolRights, UserToolRights  # noqa: E402

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


def rights(model: type[Model], holder: str, rows: int) -> list[Model]:
    """So many tool rights of accounts or groups, four on each tool, of as many of them as it takes."""
    boxes = list(product(Tool.objects.all(), ("Read", "Write", "Add", "Delete")))
    kind: Any = {"user": UserAccount, "group": UserGroup}[holder]
    named = {"user": "username", "group": "name"}[holder]
    holders = [kind(**{named: f"holder {number}"}) for number in range(-(-rows // len(boxes)))]
    QuerySet.bulk_create(kind.objects.all()._unrecorded(), holders)
    return [
        model(**{holder: whose}, tool=tool, right=right)
        for whose, (tool, right) in islice(product(holders, boxes), rows)
    ]


def give(rows: int) -> tuple[Call, Call]:
    made = rights(UserToolRights, "user", rows)
    unrecorded = UserToolRights.objects.all()._unrecorded()
    return lambda: UserToolRights.objects.bulk_create(made), lambda: QuerySet.bulk_create(unrecorded, made)


def give_group(rows: int) -> tuple[Call, Call]:
    made = rights(UserGroupToolRights, "group", rows)
    unrecorded = UserGroupToolRights.objects.all()._unrecorded()
    return lambda: UserGroupToolRights.objects.bulk_create(made), lambda: QuerySet.bulk_create(unrecorded, made)


def take(rows: int) -> tuple[Call, Call]:
    unrecorded = UserToolRights.objects.all()._unrecorded()
    QuerySet.bulk_create(unrecorded, rights(UserToolRights, "user", rows))
    return lambda: UserToolRights.objects.all().delete(), lambda: QuerySet._raw_delete(unrecorded, "default")


#: A Wednesday morning: working hours are looked up and are not left.
AT_WORK = datetime.datetime(2026, 3, 4, 16, 0, tzinfo=datetime.UTC)


class RolledBackError(Exception):
    """Ends a measurement."""


def seconds(
    make: Callable[[int], tuple[Call, Call]], rows: int, which: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """One measurement: the call in a transaction of its own, without the commit."""
    taken = 0.0
    try:
        with transaction.atomic(), acting_as("benchmark", user_id=1, at=AT_WORK):
            call = make(rows)[which]
            # Clearing up what others left falls to whoever comes by at the moment: not within a measurement.
            gc.collect()
            gc.disable()
            start = clock()
            call()
            taken = clock() - start
            raise RolledBackError
    except RolledBackError:
        return taken
    finally:
        gc.enable()


def measure(make: Callable[[int], tuple[Call, Call]], rows: int, times: int) -> str:
    taken = [[seconds(make, rows, which) for which in (0, 1)] for _time in range(times)]
    recorded, unrecorded = (statistics.median(column) for column in zip(*taken, strict=True))
    micro = recorded / rows * 1_000_000
    return (
        f"| {make.__name__} | {rows:,} | {recorded * 1000:.1f} ms | {unrecorded * 1000:.1f} ms "
        f"| {recorded / unrecorded:.1f} | {micro:.0f} µs |"
    )


class Clock:
    """Processor time of this process and of the database server's for this connection, where it can be seen."""

    def __init__(self) -> None:
        info = getattr(connection.connection, "info", None)
        self.server = Path(f"/proc/{info.backend_pid}/schedstat") if info else Path()

    def __call__(self) -> float:
        served = int(self.server.read_text().split()[0]) / 1e9 if self.server.is_file() else 0.0
        return time.process_time() + served


def marked(make: Callable[[int], tuple[Call, Call]], rows: int, times: int) -> str:
    """What marks cost: the recorded call with and without them, by turns, in processor time.

    The ratio is the median of those of neighbours in time: who else is at work on the machine slows both of them.
    """
    rules, clock = settings.AUDITLOG_MARKS, Clock()
    taken: dict[str, list[float]] = {rules: [], "": []}
    for time_ in range(2 * times):
        # Turn and turn about: whoever comes first is not always the same.
        which = (rules, "", "", rules)[time_ % 4]
        with override_settings(AUDITLOG_MARKS=which):
            taken[which].append(seconds(make, rows, 0, clock))
    with_marks, without = (statistics.median(taken[which]) for which in (rules, ""))
    ratio = statistics.median(marked / plain for marked, plain in zip(taken[rules], taken[""], strict=True))
    return f"| {make.__name__} | {rows:,} | {with_marks * 1000:.1f} ms | {without * 1000:.1f} ms | {ratio:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description="What recording costs.")
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 100, 10_000, 100_000])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--marks", action="store_true", help="only what marks cost")
    parser.add_argument("--entries", type=int, default=20_000, help="how many the log holds when marks are measured")
    options = parser.parse_args()
    made = setup_databases(verbosity=0, interactive=False)
    try:
        lines = [f"{connection.display_name}", "| call | rows | recorded | unrecorded | ratio | recorded, per row |"]
        lines.append("|---|---|---|---|---|---|")
        for make in () if options.marks else (bulk_create, update, save):
            # Ten thousand single saves tell nothing that a hundred do not.
            lines += [measure(make, rows, options.times) for rows in options.rows if make is not save or rows <= 100]
        lines += ["", "| call | rows | with marks | without | ratio |", "|---|---|---|---|---|"]
        # On a log in use: of empty tables PostgreSQL reads the whole instead of an index, dead rows and all.
        filling.fill(options.entries, 1, lambda _done, _of: None)
        for make in (bulk_create, update, save, give, take, give_group):
            lines += [marked(make, rows, options.times) for rows in options.rows if make is not save or rows <= 100]
        sys.stdout.write("\n".join(lines) + "\n")
    finally:
        teardown_databases(made, verbosity=0)


if __name__ == "__main__":
    main()
