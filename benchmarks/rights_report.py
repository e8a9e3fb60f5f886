"""What the rights report costs: ``DATABASE_URL=... python -m benchmarks.rights_report [--accounts 800 5000]``.

Makes a test database beside the one that DATABASE_URL names, gives it accounts that are in two groups of thirty, each
group with a hundred rights, and have ten rights of their own, and removes it at the end. Everything is recorded, so
that each right has the entry that gave it. Pages: the median of five requests through every middleware, with their
statements. The export runs in a process of its own, to the last byte. Needs Linux, and SECRET_KEY or DEBUG=1 as every
command does.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from itertools import islice

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import (  # noqa: E402
    CaptureQueriesContext,
    setup_databases,
    setup_test_environment,
    teardown_databases,
)

from auditlog.context import acting_as  # noqa: E402
from auditlog.models import AccessLogEntry  # noqa: E402
from benchmarks.export import memory, say  # noqa: E402
from district.models import (  # noqa: E402
    Right,
    Tool,
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserGroupToolRights,
    UserToolRights,
)

TIMES = 5
GROUPS, RIGHTS_OF_GROUP, GROUPS_OF_ACCOUNT, OWN_RIGHTS = 30, 100, 2, 10
URL = "/rights-report/"
PAGES = ("", "?view=group", "?view=tool", "?view=school", "?person=user1", "?view=tool&tool=grades&right=Write")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[800, 5000])
    parser.add_argument("--measure", metavar="DATABASE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    setup_test_environment()
    if options.measure:
        export(options.measure)
    else:
        compare(options.accounts)


def compare(sizes: list[int]) -> None:
    """Grow to each size and measure pages and export."""
    # In memory, which is Django's choice for SQLite, the other process would not find it.
    connection.settings_dict["TEST"]["NAME"] = f"{connection.settings_dict['NAME']}_benchmark"
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with acting_as("benchmark", channel="demo"):
            UserAccount.objects.create_superuser("benchmark")
            found()
        for size in sorted(sizes):
            with acting_as("benchmark", channel="demo"):
                grow_to(size)
            pages(size)
            name = str(connection.settings_dict["NAME"])
            subprocess.run([sys.executable, "-m", "benchmarks.rights_report", "--measure", name], check=True)  # noqa: S603
    finally:
        teardown_databases(databases, verbosity=0)


def boxes() -> list[tuple[Tool, str]]:
    return [(tool, right) for tool in Tool.objects.all() for right in Right.values]


def found() -> None:
    """The groups and their rights."""
    groups = UserGroup.objects.bulk_create(UserGroup(name=f"Group {n:02}") for n in range(GROUPS))
    all_boxes = boxes()
    UserGroupToolRights.objects.bulk_create(
        UserGroupToolRights(group=group, tool=tool, right=right)
        for n, group in enumerate(groups)
        for tool, right in all_boxes[n * 25 : n * 25 + RIGHTS_OF_GROUP]
    )


def grow_to(size: int) -> None:
    begin = UserAccount.objects.count() - 1
    groups, own = list(UserGroup.objects.filter(name__startswith="Group ")), boxes()[:OWN_RIGHTS]
    new = UserAccount.objects.bulk_create(UserAccount(username=f"user{n:05}") for n in range(begin, size))
    UserGroupMember.objects.bulk_create(
        UserGroupMember(user=user, group=groups[(n * 7 + m) % GROUPS])
        for n, user in enumerate(new)
        for m in range(GROUPS_OF_ACCOUNT)
    )
    UserToolRights.objects.bulk_create(
        UserToolRights(user=user, tool=tool, right=right) for user in new for tool, right in own
    )


def signed_in() -> Client:
    client = Client()
    client.force_login(UserAccount.objects.get(username="benchmark"))
    client.get(URL, secure=True)
    return client


def pages(size: int) -> None:
    client = signed_in()
    for page in PAGES:
        taken = []
        for _time in range(TIMES):
            started = time.perf_counter()
            client.get(f"{URL}{page}", secure=True)
            taken.append((time.perf_counter() - started) * 1000)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{URL}{page}", secure=True)
        say(
            f"{connection.vendor:<11} {size:6,} accounts {page or 'no criteria':<36} "
            f"{statistics.median(taken):7.0f} ms {len(queries):3} statements"
        )


def export(name: str) -> None:
    """One export of everything, in this process."""
    connection.settings_dict["NAME"] = name
    client = signed_in()
    before, started = memory(), time.monotonic()
    parts = client.get(f"{URL}export/", secure=True).streaming_content  # type: ignore[attr-defined]
    first = len(b"".join(islice(parts, 1)))
    first_byte, size = time.monotonic() - started, first + sum(map(len, parts))
    seconds = time.monotonic() - started
    rows = AccessLogEntry.objects.filter(event="export finished").order_by("-id")[0].rows
    say(
        f"{connection.vendor:<11} {rows:9,} rows exported, first byte {first_byte:.2f} s, all {seconds:.1f} s, "
        f"{size / 1e6:.1f} MB, memory {memory() / 1000:.0f} MB, before {before / 1000:.0f} MB"
    )


if __name__ == "__main__":
    main()
