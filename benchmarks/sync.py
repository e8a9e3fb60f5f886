"""What a sync run costs: ``DATABASE_URL=... python -m benchmarks.sync [--enrollments 10000 100000] [--ours 100]``.

For each size: a test database beside the one that DATABASE_URL names, removed at the end, with the home district's
students in it; the first import of an invented bundle, and the run of the next night, in which 1 % of the
enrollments changed. Each run is a process of its own: seconds of each step and of all, seconds of the processor in
this process (without a server's), the most memory that it had (and what it had before), number of SQL statements.
Machines, and the days of one, differ by more than a factor of two. So each size begins with a yardstick: reading the
enrollments of both nights with Python's csv into dicts and comparing those, before any rule is looked at or anything
is written. "of csv" is how often that fits into a run.
``--ours`` is the share of the bundle's students that are ours, in percent. Needs Linux, and SECRET_KEY or DEBUG=1 as
every command does.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import override_settings, setup_databases, teardown_databases  # noqa: E402

from auditlog.context import acting_as  # noqa: E402
from benchmarks.bundles import DISTRICT, OURS, Size, student_of_ours, write  # noqa: E402
from crosssite.models import ServingDistrict, Student  # noqa: E402
from district.catalogue import HOME_ORGS  # noqa: E402
from district.models import School  # noqa: E402
from district.preferences import set_value  # noqa: E402

TODAY = datetime.date(2026, 10, 1)
COLUMNS = "engine, enrollments, run, reading, planning, applying, all, of csv, processor, memory, before, SQL, entries"
HEADING = f"| {COLUMNS.replace(', ', ' | ')} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enrollments", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--ours", type=int, default=100)
    parser.add_argument("--measure", nargs=4, metavar=("DATABASE", "BUNDLE", "NAME", "CSV"), help=argparse.SUPPRESS)
    parser.add_argument("--yardstick", nargs=2, metavar="BUNDLE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.yardstick:
        say(yardstick(*map(Path, options.yardstick)))
        return
    if options.measure:
        database, bundle, name, csv_seconds = options.measure
        connection.settings_dict["NAME"] = database
        say(f"| {connection.display_name} | {name} | {measure(Path(bundle), float(csv_seconds))} |")
        return
    say(HEADING)
    say("|---" * HEADING.count(" |") + "|")
    for enrollments in options.enrollments:
        compare(Size(enrollments, options.ours))


def compare(size: Size) -> None:
    """Both runs of one size, in a database of their own."""
    # In memory, which is Django's choice for SQLite, the other processes would not find it.
    connection.settings_dict["TEST"]["NAME"] = f"{connection.settings_dict['NAME']}_benchmark"
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        set_up_home(size)
        with tempfile.TemporaryDirectory() as folder:
            nights = [write(Path(folder) / f"night-{night}", size, night) for night in range(2)]
            seconds, memory_used = started("--yardstick", *map(str, nights)).split()
            cells = ["", f"{size.enrollments:,}", "csv into dicts, both nights", "", "", "", f"{float(seconds):.2f} s"]
            say(f"| {' | '.join([*cells, '1.00', '', f'{memory_used} MB', '', '', ''])} |")
            for bundle, name in zip(nights, ("first import", "nightly, 1 % changed"), strict=True):
                database = str(connection.settings_dict["NAME"])
                say(started("--measure", database, str(bundle), f"{size.enrollments:,} | {name}", seconds))
    finally:
        teardown_databases(databases, verbosity=0)


def set_up_home(size: Size) -> None:
    """The serving district, and the students of ours that its bundles hold, in twenty schools."""
    with acting_as("benchmark", channel="generated"):
        set_value(HOME_ORGS, OURS)
    ServingDistrict.objects.create(name="Lakeside District", identifier=DISTRICT)
    schools = School.objects.bulk_create(School(name=f"Maplewood School {number}") for number in range(20))
    ours = filter(size.is_ours, range(size.students))
    Student.objects.bulk_create(_students(ours, schools), batch_size=10_000)


def _students(numbers: Iterator[int], schools: list[School]) -> Iterator[Student]:
    for student in numbers:
        number, family, given = student_of_ours(student)
        yield Student(number=number, family_name=family, given_name=given, school=schools[student % len(schools)])


def started(*arguments: str) -> str:
    """What a process of its own prints."""
    command = [sys.executable, "-m", "benchmarks.sync", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()  # noqa: S603


def yardstick(before: Path, after: Path) -> str:
    """Seconds and megabytes."""
    begin = time.perf_counter()
    was, becomes = rows_of(before), rows_of(after)
    changed = [key for key, row in becomes.items() if was.get(key) != row]
    gone = was.keys() - becomes.keys()
    assert changed
    assert gone
    return f"{time.perf_counter() - begin:.3f} {memory() / 1000:.0f}"


def rows_of(bundle: Path) -> dict[str, list[str]]:
    """The enrollments by their sourcedId."""
    with (bundle / "enrollments.csv").open(encoding="utf-8", newline="") as file:
        return {row[0]: row for row in csv.reader(file)}


def measure(bundle: Path, csv_seconds: float) -> str:
    """One run in this process. Each step lasts until the next one is called."""
    from crosssite.sync.compare import Comparison
    from crosssite.sync.run import Running, sync

    statements: list[int] = []

    def counted(execute: Callable[..., Any], *arguments: Any) -> Any:
        statements.append(1)
        return execute(*arguments)

    before, marks, processor = memory(), [time.perf_counter()], time.process_time()
    with (
        # With DEBUG every statement is kept, its values written into it.
        override_settings(DEBUG=False),
        noted(Comparison, "compare", marks),
        noted(Running, "_apply", marks),
        connection.execute_wrapper(counted),
        acting_as("benchmark", channel="generated"),
    ):
        done = sync(bundle, today=TODAY)
    marks.append(time.perf_counter())
    assert done.outcome == done.Outcome.APPLIED, done.reason
    cells = [f"{end - begin:.2f} s" for begin, end in [*pairwise(marks), (marks[0], marks[-1])]]
    cells += [
        f"{(marks[-1] - marks[0]) / csv_seconds:.2f}",
        f"{time.process_time() - processor:.2f} s",
        f"{memory() / 1000:.0f} MB",
        f"{before / 1000:.0f} MB",
        f"{len(statements):,}",
    ]
    return " | ".join([*cells, f"{done.entries.count():,}"])


@contextmanager
def noted(owner: type, name: str, marks: list[float]) -> Iterator[None]:
    """Note when a method is called."""
    original = getattr(owner, name)

    def method(*arguments: Any) -> Any:
        marks.append(time.perf_counter())
        return original(*arguments)

    with mock.patch.object(owner, name, method):
        yield


def memory() -> int:
    """The most memory that this process ever had, in kilobytes. getrusage would count its parent's in (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
