"""docs/operations.md itself: all its commands are executed by some test, and its query answers what it says."""

from __future__ import annotations

import datetime
import re

import pytest
from django.db import connection
from django.utils import timezone

from crosssite.models import ServingDistrict, SyncRun

from .page import PAGE

FOLLOWED = {
    "tests/operations/test_sqlite.py": {
        "Backup on SQLite",
        "Restore on SQLite",
        "Compare on SQLite",
        "The last administrator is locked out",
    },
    "tests/install/test_operations.py": {
        "Backup on PostgreSQL",
        "Every night",
        "Restore on PostgreSQL",
        "The database from a backup",
        "On the same machine",
        "Upgrade",
        "Roll back",
        "Compare on PostgreSQL",
        "The triggers of the log are gone",
        "A password has become known",
    },
}


def test_every_section_with_commands_is_followed_by_a_test():
    parts = re.split(r"^##+ (.+)\n", PAGE.read_text(), flags=re.MULTILINE)
    commanding = {heading for heading, text in zip(parts[1::2], parts[2::2], strict=True) if "```sh" in text}
    assert commanding == set().union(*FOLLOWED.values())
    for path, headings in FOLLOWED.items():
        text = (PAGE.parents[1] / path).read_text()
        assert [heading for heading in sorted(headings) if f'"{heading}"' not in text] == []


@pytest.mark.django_db
def test_when_each_serving_district_was_last_followed_is_told_by_the_query():
    now = timezone.now()
    lakeside, _fernhill = (
        ServingDistrict.objects.create(name=name, identifier=name) for name in ("Lakeside", "Fernhill")
    )
    for days, outcome in ((3, "applied"), (2, "unchanged"), (1, "failed"), (0, "held")):
        started = now - datetime.timedelta(days=days)
        SyncRun.objects.create(district=lakeside, started=started, outcome=outcome, source_name="x", started_by="x")
    [query] = re.findall(r"```sql\n(.+?)\n```", PAGE.read_text(), re.DOTALL)
    with connection.cursor() as cursor:
        cursor.execute(query)
        told = [tuple(str(value)[:10] for value in row) for row in cursor.fetchall()]
    done = str(now.astimezone(datetime.UTC) - datetime.timedelta(days=2))[:10]
    assert told == [("Fernhill", "None", "None"), ("Lakeside", str(now.astimezone(datetime.UTC))[:10], done)]
