"""What reading the Audit Log costs: ``DATABASE_URL=... python -m benchmarks.viewer [--entries 10000 1000000]``.

Makes a test database beside the one that DATABASE_URL names, fills it with an invented history (``fill_log``) of
each size in turn, and removes it at the end. Each search is made as the page makes it, look-ups of names included;
what is printed are medians. Needs SECRET_KEY or DEBUG=1, as every command does.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
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
from auditlog.filters import AuditLogFilterSet  # noqa: E402
from auditlog.models import AuditLogEntry  # noqa: E402
from district.models import UserAccount  # noqa: E402

SHOWN = 501


def searches() -> dict[str, str]:
    """Searches by what they are an example of; names are taken from the history."""
    entry = AuditLogEntry.objects.filter(table="UserGroupMember")[0]
    user, group = entry.affected_object.split(", ")[:2]
    oldest = AuditLogEntry.objects.filter(channel="generated").order_by("timestamp")[0].timestamp.date()
    next_day = oldest + timedelta(days=1)
    signed_in = AuditLogEntry.objects.filter(table="UserGroupMember", changed_by_id__isnull=False)[0]
    group_key = signed_in.subjects.filter(subject__startswith="UserGroup:")[0].subject
    return {
        "no criteria": "",
        "the oldest days": f"end_date={oldest.isoformat()}",
        "one table": "table=UserToolRights",
        "a table with few entries": "table=Preference",
        "three tables": "table=UserAccount&table=UserGroup&table=UserToolRights",
        "one action": "action=delete",
        "changed by one person": f"changed_by={entry.changed_by}",
        "changed by, a letter": "changed_by=a",
        "changed by, table and action": f"changed_by={entry.changed_by}&table=UserGroup&action=delete",
        "one user as object": f"affected_object={user}",
        "one group as object": f"affected_object={group}",
        "user and group": f"affected_object={user}, {group}",
        "object, a letter": "affected_object=e",
        "object, a letter, and table": "affected_object=e&table=UserGroup",
        "nothing found": "affected_object=nobody at all",
        "all but one table": "not_table=UserToolRights",
        "all but one person": f"not_actor={signed_in.changed_by}",
        "all but one object": f"not_object={signed_in.affected_object.partition(', ')[2]}",
        "by one account": f"by={signed_in.changed_by_id}",
        "about one group, by identity": f"subject={group_key}",
        "one group by one account": f"subject={group_key}&by={signed_in.changed_by_id}",
        "one change set": f"change_set={signed_in.change_set.hex}",
        "one mark": "mark=hours",
        "two marks of one person": f"mark=hours&mark=many&actor={signed_in.changed_by}",
        "a property": "property=modifyRights",
        "a property that became true": "property=modifyRights&new_value=true",
        "a property with many values": "property=userID",
        "a value of any property": "new_value=true",
        "all but one property": "not_property=toolID",
        "last school year": "range=last_school_year",
        "one night": f"start_date={oldest.isoformat()}&start_time=18:00&end_date={next_day.isoformat()}&end_time=05:59",
    }


def newest(query: str) -> int:
    filterset = AuditLogFilterSet(QueryDict(query))
    assert filterset.is_valid(), f"{query}: {filterset.form.errors}"
    return len(filterset.newest(SHOWN))


def median(call: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Milliseconds, and what the call gave."""
    taken, given = [], None
    for _time in range(times):
        start = time.perf_counter()
        given = call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000, given


def page(client: Client) -> int:
    response = client.get("/audit-log/", secure=True)
    assert response.status_code == 200
    return min(response.content.count(b"<tr"), SHOWN)


def measure(entries: int, queries: dict[str, str], times: int) -> dict[str, tuple[float, int]]:
    there = AuditLogEntry.objects.filter(channel="generated").count()
    call_command("fill_log", entries=entries - there, seed=entries, stdout=io.StringIO())
    queries.update({} if queries else searches())
    found = {name: median(partial(newest, query), times) for name, query in queries.items()}
    client = Client()
    client.force_login(UserAccount.objects.get(username="reader"))
    with override_settings(ALLOWED_HOSTS=["*"]):
        found["the whole page, 500 rows"] = median(partial(page, client), times)
    return found


def report(sizes: list[int], times: int) -> str:
    """A table of medians by size, with the ratio of the last to the first."""
    queries: dict[str, str] = {}
    by_size = [measure(size, queries, times) for size in sizes]
    heads = " | ".join(f"{size:,} entries" for size in sizes)
    lines = [connection.display_name, f"| search | {heads} | ratio |", "|---" * (len(sizes) + 2) + "|"]
    for name in by_size[-1]:
        found = [of_size[name] for of_size in by_size]
        cells = " | ".join(f"{taken:.1f} ms, {rows} rows" for taken, rows in found)
        lines.append(f"| {name} | {cells} | {found[-1][0] / found[0][0]:.1f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="What reading the Audit Log costs.")
    parser.add_argument("--entries", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--times", type=int, default=9)
    options = parser.parse_args()
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
