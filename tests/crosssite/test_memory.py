"""What is remembered makes a run quicker, and never another one."""

from __future__ import annotations

import datetime
import random

import pytest
from django.db import transaction

from crosssite.models import BundleMemory, Roster, Section, SyncLogEntry
from crosssite.sync.run import sync

TODAY = datetime.date(2026, 10, 1)

pytestmark = pytest.mark.django_db

#: What makes a run quicker only.
SHORTCUTS = ("lines", "user lines", "fine")


def outcome(run) -> tuple:
    """The copy, the entries of a run, and what it counted of people and rows."""
    rosters = Roster.objects.order_by("sourced_id").values_list(
        "sourced_id", "section__sourced_id", "student__number", "begin_date", "last_day", "ended"
    )
    sections = Section.objects.order_by("sourced_id").values_list("sourced_id", "title", "location", "state")
    entries = sorted(
        SyncLogEntry.objects.filter(run=run).values_list(
            "action", "home_school", "student_number", "section_number", "old_value", "new_value"
        )
    )
    return list(rosters), list(sections), entries, run.outcome, run.finding_counts, run.reason


def activate(student) -> None:
    student.active = not student.active
    student.save()


def mutate(serving, home, chance: random.Random, night: int) -> None:
    """Something that happens overnight, on either side."""
    one, pick = chance.choice(list(serving.tables["enrollments"])), chance.choice
    section = pick(list(serving.tables["classes"]))
    users = ["user-ana", "user-ben", "user-cleo", "user-dan", "stranger"]
    pick(
        (
            lambda: serving.move(one, end=pick(("2026-11-01", "2026-12-01", ""))),
            lambda: serving.drop(one),
            lambda: serving.rekey(one, f"rekeyed-{night}"),
            lambda: serving.enroll(section, pick(users), key=f"new-{night}"),
            lambda: serving.change("classes", section, location=f"Room {night}"),
            lambda: serving.change("enrollments", one, role=pick(("student", "teacher"))),
            lambda: serving.change("enrollments", one, beginDate=pick(("2026-13-01", "2026-09-01"))),
            lambda: serving.change("users", "stranger", familyName=pick(("Rivera", "Quackenbush"))),
            lambda: serving.change("users", "user-ben", identifier=pick(("104418", "999999"))),
            lambda: activate(home.students["ben"]),
            lambda: serving.change("enrollments", one, userSourcedId=pick(("user-ana", "user-dan", "nobody"))),
            lambda: serving.change("academicSessions", "s1", endDate=pick(("2026-12-19", "2026-12-12"))),
        )
    )()


@pytest.mark.parametrize("seed", range(6))
def test_a_run_that_remembers_does_what_one_that_looks_at_everything_does(home, serving, tmp_path, seed, no_brake):
    chance = random.Random(seed)
    sync(serving.write(tmp_path / "first"), today=TODAY)
    for night in range(12):
        mutate(serving, home, chance, night)
        bundle = serving.write(tmp_path / f"night-{night}")
        with transaction.atomic():
            BundleMemory.objects.filter(kind__in=SHORTCUTS).delete()
            thorough = outcome(sync(bundle, today=TODAY))
            transaction.set_rollback(True)
        assert outcome(sync(bundle, today=TODAY)) == thorough, f"seed {seed}, night {night}"


def test_unchanged_lines_are_passed_by(home, serving, tmp_path):
    sync(serving.write(tmp_path / "first"), today=TODAY)
    again = sync(serving.write(tmp_path / "second"), today=TODAY)
    assert again.figures["enrollments passed by unchanged"] == again.figures["enrollments"] == 6


def test_a_student_who_becomes_ours_is_met_although_no_line_changed(home, serving, tmp_path):
    ana = home.students["ana"]
    ana.active = False
    ana.save()
    sync(serving.write(tmp_path / "first"), today=TODAY)
    ana.active = True
    ana.save()
    run = sync(serving.write(tmp_path / "second"), today=TODAY)
    assert {(row.action, row.count) for row in run.counts.all()} == {("Created Roster", 2)}


def test_a_changed_password_alone_is_no_change_and_is_remembered_nowhere(home, serving, tmp_path):
    sync(serving.write(tmp_path / "first"), today=TODAY)
    before = {memory.kind: bytes(memory.data) for memory in BundleMemory.objects.all()}
    serving.change("users", "user-ana", password="entirely-different")
    run = sync(serving.write(tmp_path / "second"), today=TODAY)
    assert run.outcome == "unchanged"
    after = {memory.kind: bytes(memory.data) for memory in BundleMemory.objects.all()}
    assert after == before


def test_a_row_with_a_finding_is_told_every_night(home, serving, tmp_path):
    serving.change("enrollments", "cleo-algebra", beginDate="2026-02-30")
    counts = [sync(serving.write(tmp_path / str(night)), today=TODAY).finding_counts for night in range(3)]
    assert counts == [{"error": 1, "exception": 1}] * 3


def test_after_a_delta_the_next_bulk_is_looked_at_in_full(home, serving, tmp_path):
    first = serving.write(tmp_path / "monday")
    sync(first, today=TODAY)
    monday = serving.snapshot()
    serving.move("ana-algebra", end="2026-11-01")
    sync(
        serving.write_delta(tmp_path / "delta", monday, datetime.datetime(2026, 10, 2, tzinfo=datetime.UTC)),
        today=TODAY,
    )
    assert str(Roster.objects.get(sourced_id="ana-algebra").last_day) == "2026-10-31"
    serving.move("ana-algebra", end="2026-12-19")
    sync(serving.write(tmp_path / "wednesday"), today=TODAY)
    assert str(Roster.objects.get(sourced_id="ana-algebra").last_day) == "2026-12-18"


def test_a_bundle_without_files_changes_nothing_that_is_remembered(home, serving, tmp_path):
    sync(serving.write(tmp_path / "first"), today=TODAY)
    before = {memory.kind: bytes(memory.data) for memory in BundleMemory.objects.all()}
    empty = tmp_path / "empty"
    empty.mkdir()
    lines = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.1"]
    manifest = (tmp_path / "first" / "manifest.csv").read_text().splitlines()[1:]
    lines += [line.replace("bulk", "absent") for line in manifest if line.startswith("file.")]
    (empty / "manifest.csv").write_text("\n".join(lines) + "\n")
    run = sync(empty, today=TODAY)
    assert (run.outcome, run.kind) == ("unchanged", "empty")
    assert {memory.kind: bytes(memory.data) for memory in BundleMemory.objects.all()} == before


def test_a_file_in_another_order_is_no_change(home, serving, tmp_path):
    for number in range(200):
        serving.enroll("algebra", "stranger", key=f"x{number}")
    sync(serving.write(tmp_path / "first"), today=TODAY)
    lines = serving.files()["enrollments.csv"].splitlines()
    turned = b"\n".join([lines[0], *reversed(lines[1:])]) + b"\n"
    run = sync(serving.write(tmp_path / "turned", override={"enrollments.csv": turned}), today=TODAY)
    assert run.outcome == "unchanged"
    assert run.figures["enrollments passed by unchanged"] > 190
    again = sync(serving.write(tmp_path / "again", override={"enrollments.csv": turned}), today=TODAY)
    assert again.figures["enrollments passed by unchanged"] == again.figures["enrollments"] == 206


@pytest.mark.parametrize("column", range(6))
def test_a_cell_in_quotes_is_the_same_cell_in_unchanged_lines(home, serving, tmp_path, no_brake, column):
    lines = serving.files()["enrollments.csv"].splitlines()
    quoted = [lines[0], *(in_quotes(line, column) for line in lines[1:])]
    for night in ("first", "second"):
        file = b"\r\n".join(quoted) + b"\r\n"
        run = sync(serving.write(tmp_path / night, override={"enrollments.csv": file}), today=TODAY)
    assert run.outcome == "unchanged"
    assert run.figures["enrollments passed by unchanged"] == run.figures["enrollments"] == 6


def in_quotes(line: bytes, column: int) -> bytes:
    """A line of which one cell stands in quotes."""
    cells = line.split(b",")
    cells[column] = b'"%s"' % cells[column]
    return b",".join(cells)
