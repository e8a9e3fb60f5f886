"""Rows with errors: counted, listed, and never taken for a deletion."""

from __future__ import annotations

import pytest

from crosssite.models import Roster, Section, SyncLogEntry
from crosssite.sync import source, table
from crosssite.sync.run import sync

pytestmark = pytest.mark.django_db

HEADER = (
    b"sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate"
)


@pytest.fixture
def second_night(home, serving, tmp_path, no_brake):
    """Monday's bundle is applied; then enrollments.csv with some lines replaced. The run, and how many rosters left."""
    sync(serving.write(tmp_path / "monday"))

    def follow(replaced: dict[str, bytes | None], more: bytes = b"", name: str = "tuesday"):
        lines = []
        for line in serving.files()["enrollments.csv"].splitlines():
            key = line.split(b",")[0].decode()
            line = replaced.get(key, line)
            lines += [] if line is None else [line]
        run = sync(serving.write(tmp_path / name, override={"enrollments.csv": b"\n".join(lines) + b"\n" + more}))
        return run, set(Roster.objects.values_list("sourced_id", flat=True))

    return follow


ALL = {"ana-algebra", "ben-algebra", "cleo-algebra", "ana-welding"}
BEN = b"ben-algebra,,,algebra,lakeside-high,user-ben,student,,2026-08-17,2026-12-19"
OTHER = BEN.replace(b"2026-12-19", b"2026-11-01")


@pytest.mark.parametrize(
    "line",
    [
        BEN.replace(b"2026-08-17", b"2026-02-30"),
        BEN.replace(b"2026-08-17", b"08/17/2026"),
        BEN.replace(b"2026-12-19", b"2025-12-19"),
        BEN.replace(b"algebra,lakeside", b"no-such-class,lakeside"),
        BEN.replace(b"user-ben", b"user-nobody"),
        BEN.replace(b"user-ben", b""),
        BEN.replace(b",student,", b",pupil,"),
        BEN + b",one,too,many",
        b"ben-algebra,,,algebra",
        BEN.replace(b"student", b"stu\0dent"),
        BEN.replace(b"ben-algebra", b""),
        BEN.replace(b"ben-algebra", b"ben algebra!"),
        BEN.replace(b"ben-algebra", b"x" * 256),
    ],
    ids=lambda line: line[:60].decode("ascii", "replace"),
)
def test_a_roster_whose_row_cannot_be_read_stays_as_it_is(second_night, line):
    run, left = second_night({"ben-algebra": line})
    assert run.outcome == "unchanged", run.reason
    assert run.finding_counts["error"] >= 1
    assert left == ALL
    assert "Okafor" not in str(run.findings)


def test_a_row_of_which_nothing_can_be_read_keeps_every_roster_that_is_missing(second_night):
    run, left = second_night({"ben-algebra": b"??", "cleo-algebra": None})
    assert left == ALL
    assert "no roster was deleted" in str(run.findings)


def test_without_such_a_row_what_is_missing_is_deleted(second_night):
    _run, left = second_night({"ben-algebra": None})
    assert left == ALL - {"ben-algebra"}


def test_a_class_that_is_missing_while_ours_still_refer_to_it_stays(home, serving, tmp_path, no_brake):
    sync(serving.write(tmp_path / "monday"))
    serving.remove("classes", "welding")
    run = sync(serving.write(tmp_path / "tuesday"))
    assert run.outcome == "unchanged"
    assert run.finding_counts["error"] == 1
    assert Section.objects.get(sourced_id="welding").state == "valid"
    assert Roster.objects.filter(sourced_id="ana-welding").exists()


def test_the_same_row_twice_is_a_warning_night_after_night(second_night):
    for name in ("tuesday", "wednesday"):
        run, left = second_night({}, more=BEN + b"\n", name=name)
        assert run.finding_counts["warning"] == 1
        assert left == ALL


def test_two_rows_of_one_id_that_contradict_each_other_change_nothing_in_either_order(second_night):
    for name, first, last in (("tuesday", BEN, OTHER), ("wednesday", OTHER, BEN)):
        run, left = second_night({"ben-algebra": first}, more=last + b"\n", name=name)
        assert run.finding_counts["error"] == 1, name
        assert left == ALL
        assert str(Roster.objects.get(sourced_id="ben-algebra").last_day) == "2026-12-18"


@pytest.mark.parametrize(("first", "last"), [(BEN, OTHER), (OTHER, BEN), (BEN, BEN), (OTHER, OTHER)])
def test_what_stands_twice_is_told_alike_however_the_file_is_cut_into_blocks(second_night, monkeypatch, first, last):
    told = []
    for name, block in (("tuesday", 64 * 1024), ("wednesday", 50)):
        monkeypatch.setattr(table, "CHUNK", block)
        monkeypatch.setattr(source, "CHUNK", block)
        run, left = second_night({"ben-algebra": first}, more=last + b"\n", name=name)
        assert left == ALL
        told.append((run.figures["enrollments"], run.findings))
    assert told[0][1]
    assert told[0] == told[1]


def test_a_student_who_becomes_a_teacher_of_the_class_leaves_the_roster(second_night):
    run, left = second_night({"ben-algebra": BEN.replace(b",student,", b",teacher,")})
    assert left == ALL - {"ben-algebra"}
    assert SyncLogEntry.objects.get(run=run).action == "Deleted Roster"


def test_ids_that_change_hands_between_rosters_follow_their_students(second_night):
    ana = b"ben-algebra,,,algebra,lakeside-high,user-ana,student,,2026-08-17,2026-12-19"
    ben = b"ana-algebra,,,algebra,lakeside-high,user-ben,student,,2026-08-17,2026-12-19"
    run, left = second_night({"ana-algebra": ana, "ben-algebra": ben})
    assert left == ALL
    assert Roster.objects.get(sourced_id="ana-algebra").student.number == "104418"
    assert not SyncLogEntry.objects.filter(run=run).exists()


def test_a_header_in_another_order_means_the_same(second_night, serving, tmp_path):
    text = [line.split(b",") for line in serving.files()["enrollments.csv"].splitlines()]
    turned = b"\n".join(b",".join(reversed(cells)) for cells in text) + b"\n"
    run = sync(serving.write(tmp_path / "turned", override={"enrollments.csv": turned}))
    assert run.outcome == "unchanged"
    assert run.figures.get("enrollments passed by unchanged", 0) == 0


def test_dates_outside_the_term_are_a_warning(second_night):
    run, _left = second_night({"ben-algebra": BEN.replace(b"2026-12-19", b"2027-03-01")})
    assert run.finding_counts["warning"] == 1
    assert str(Roster.objects.get(sourced_id="ben-algebra").last_day) == "2027-02-28"
