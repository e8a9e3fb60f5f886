"""Whoever is not ours never enters: no roster, and no trace in any table, nor in the bytes of the database file.

A serving district's own students reuse our numbers; their names, their numbers beside their names, and everybody's
passwords may not be found anywhere afterwards.
"""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from crosssite.models import BundleMemory, Roster, SyncLogEntry, SyncPlan
from crosssite.sync.run import sync

from .bundles import Serving
from .tables import COLUMNS

TODAY = datetime.date(2026, 9, 2)
AT = datetime.datetime(2026, 9, 2, 4, 0, tzinfo=datetime.UTC)

#: What is not ours, and every password: nothing of it may be kept.
TRACES = ("Quackenbush", "Zebediah", "quackenbush", "zebediah", "990001", "zq@lakeside", "secret-of-", "+1555")


@pytest.fixture
def crowded(serving) -> Serving:
    """The example with strangers of many kinds in every section, some of them wrong in some way."""
    cells = {"email": "zq@lakeside.example", "phone": "+15550100", "userIds": "{SIS:990001}"}
    for key, number, given in (
        ("zebediah-ana", "104417", "Zebediah"),
        ("zebediah-other", "990001", "Zebediah"),
        ("zebediah-dan", "000520", "Zebediah O’Brien"),
    ):
        user = serving.add_student(number, "Quackenbush", given, org=serving.high, key=key, **cells)
        for section in ("algebra", "welding"):
            serving.enroll(section, user, key=f"{key}-{section}")
    serving.change("enrollments", "zebediah-other-algebra", endDate="never")
    serving.enroll("algebra", "zebediah-dan", "2026-10-01", "2026-09-01")
    serving.add_student("990001", "", "Zebediah", org=serving.high, key="zebediah-nameless", **cells)
    serving.enroll("algebra", "zebediah-nameless")
    return serving


def texts() -> Iterator[tuple[str, str]]:
    """Every value of every table, with the table's name; what is packed unpacked."""
    for model in apps.get_models():
        if model._meta.app_label in {"crosssite", "auditlog", "district"}:
            for row in model._base_manager.values_list():
                yield model.__name__, repr(row)
    for data in [
        *BundleMemory.objects.values_list("data", flat=True),
        *SyncPlan.objects.values_list("data", flat=True),
    ]:
        content = bytes(data)
        with suppress(zlib.error):
            content = zlib.decompress(content)
        yield "packed", content.decode("latin-1")


def traces() -> set[tuple[str, str]]:
    return {(table, trace) for table, text in texts() for trace in TRACES if trace in text}


def in_the_file() -> set[str]:
    """The traces in the bytes of the database file and of its write-ahead log."""
    if connection.vendor != "sqlite":
        return set()
    name = Path(connection.settings_dict["NAME"])
    content = b"".join(path.read_bytes() for path in name.parent.glob(f"{name.name}*"))
    return {trace for trace in TRACES if trace.encode() in content}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_after_bulk_delta_failed_and_held_nothing_of_a_stranger_is_found(home, crowded, tmp_path, version):
    outcomes = [sync(crowded.write(tmp_path / "first", version), today=TODAY).outcome]
    before = crowded.snapshot()
    crowded.move("zebediah-ana-algebra", end="2026-12-05")
    crowded.move("ana-algebra", end="2026-12-05")
    crowded.change("users", "zebediah-ana", familyName="Quackenbush-Jones")
    outcomes.append(sync(crowded.write_delta(tmp_path / "delta", before, AT, version), today=TODAY).outcome)
    raw = crowded.files(version)["users.csv"] + b'"Quackenbush'
    outcomes.append(sync(crowded.write(tmp_path / "failed", version, override={"users.csv": raw}), today=TODAY).outcome)
    crowded.tables["enrollments"] = {
        key: cells for key, cells in crowded.tables["enrollments"].items() if key.startswith("zebediah-")
    }
    header = crowded.files(version)["classes.csv"].partition(b"\n")[0] + b"\n"
    outcomes.append(
        sync(crowded.write(tmp_path / "held", version, override={"classes.csv": header}), today=TODAY).outcome
    )
    assert outcomes == ["applied", "applied", "failed", "held"]
    assert SyncPlan.objects.exists()
    assert traces() == set()
    assert in_the_file() == set()


def test_the_search_finds_what_is_there(home, crowded, tmp_path):
    """Else the test above would prove nothing."""
    sync(crowded.write(tmp_path), today=TODAY)
    found = " ".join(text for _table, text in texts())
    assert "Rivera" in found
    assert "Algebra II" in found
    assert "user-ana" in found


@pytest.mark.parametrize("name", sorted(COLUMNS["1.1"]))
def test_no_stranger_gets_a_roster_or_an_entry(home, crowded, tmp_path, name):
    """Whatever file comes in another order."""
    crowded.tables[name] = dict(reversed(crowded.tables[name].items()))
    sync(crowded.write(tmp_path), today=TODAY)
    assert set(Roster.objects.values_list("sourced_id", flat=True)) == {
        "ana-algebra",
        "ana-welding",
        "ben-algebra",
        "cleo-algebra",
    }
    assert SyncLogEntry.objects.count() == 4


@pytest.mark.parametrize(
    ("family", "given", "taken"),
    [
        ("Rivera", "Ana", True),
        ("RIVERA", "Anna", True),
        ("rivera", "A.", True),
        ("Rivera", "Bob", False),
        ("Riviera", "Ana", False),
        ("Rivera-Lopez", "Ana", False),
    ],
)
def test_a_number_alone_is_nobody_but_number_and_name_are(home, serving, tmp_path, family, given, taken):
    """Where the bundle does not say that the student's organization is ours."""
    serving.change("users", "user-ana", orgSourcedIds=serving.high, familyName=family, givenName=given)
    run = sync(serving.write(tmp_path), today=TODAY)
    assert Roster.objects.filter(student=home.students["ana"]).exists() is taken
    told = [finding for finding in run.findings if finding["severity"] == "exception"]
    assert len(told) == (1 if taken else 2)


def test_our_organization_may_be_a_school_of_ours(home, serving, tmp_path):
    serving.add("orgs", "maplewood-north", name="Maplewood North", type="school", parentSourcedId="maplewood")
    serving.change("users", "user-ana", orgSourcedIds="maplewood-north", familyName="Other", givenName="Name")
    sync(serving.write(tmp_path), today=TODAY)
    names = set(SyncLogEntry.objects.filter(student_number="104417").values_list("student_name", flat=True))
    assert names == {"Rivera, Ana Maria"}


def test_a_link_finds_a_student_whose_number_differs_there(home, serving, tmp_path):
    home.lakeside.links.create(student=home.students["ana"], number="LK-1")
    serving.change("users", "user-ana", identifier="LK-1", orgSourcedIds=serving.high, familyName="Other")
    sync(serving.write(tmp_path), today=TODAY)
    assert set(SyncLogEntry.objects.filter(student_number="104417").values_list("student_name", flat=True)) == {
        "Rivera, Ana Maria"
    }
    assert Roster.objects.filter(student=home.students["ana"]).count() == 2
