"""A whole bundle as the sync reads it."""

from __future__ import annotations

import datetime
from contextlib import contextmanager

import pytest

from crosssite.sync.bundle import read_bundle
from crosssite.sync.findings import Findings
from crosssite.sync.records import FaultyUser
from crosssite.sync.source import open_source

from .bundles import Serving

AT = datetime.datetime(2026, 9, 2, 3, 0, tzinfo=datetime.UTC)
NOW = datetime.datetime(2026, 9, 3, tzinfo=datetime.UTC)


@pytest.fixture
def serving() -> Serving:
    """Two students of ours and a teacher in one class."""
    serving = Serving()
    serving.add_class("alg-1", course="Algebra II", periods="10,2")
    serving.enroll("alg-1", serving.add_student("104417", "Rivera", "Ana", "Maria"), key="ana")
    serving.enroll("alg-1", serving.add_student("104418", "Chen", "Ben"), key="ben")
    serving.enroll("alg-1", serving.add_teacher("t-1", "Adams", "Tom"), role="teacher")
    return serving


@contextmanager
def reading(path):
    findings = Findings()
    with open_source(path) as source:
        yield read_bundle(source, findings, now=NOW)
        source.verify()


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("version", ["1.1", "1.2", "1.2.1"])
def test_a_bundle_without_faults_is_read_without_findings(tmp_path, serving, version, zipped):
    with reading(serving.write(tmp_path, version, zipped=zipped)) as bundle:
        users = {user.sourced_id: user for user in bundle.users()}
        assert bundle.version == version
        assert bundle.orgs["lakeside-high"].parent == "lakeside"
        assert bundle.sessions["s1"].last_day == datetime.date(2026, 12, 18)
        assert bundle.courses["course-algebra-ii"].title == "Algebra II"
        assert bundle.classes["alg-1"].periods == "2, 10"
        assert bundle.classes["alg-1"].term_ids == ("s1",)
        assert (users["user-104417"].number, users["user-104417"].family) == ("104417", "Rivera")
        assert users["user-104417"].org_ids == ("maplewood",)
        assert len(list(bundle.enrollments().lines())) == 3
        assert bundle.newest_change is None
        assert (bundle.findings.counts, bundle.findings.listed()) == (dict.fromkeys(bundle.findings.counts, 0), [])
        assert bundle.header_only == set()


def test_a_delta_brings_its_changes_and_their_time(tmp_path, serving):
    before = serving.snapshot()
    serving.change("users", "user-104418", familyName="Chen-Lopez")
    serving.drop("ana")
    with reading(serving.write_delta(tmp_path, before, AT)) as bundle:
        assert [user.family for user in bundle.users()] == ["Chen-Lopez"]
        table = bundle.enrollments()
        reader = bundle.reader(table)
        rows = [reader.read(line, table.cells(line, record)) for line, record in table.lines()]
        assert [(row["sourcedId"], row.deleted, row.modified) for row in rows] == [("ana", True, AT)]
        assert bundle.orgs is None
        assert bundle.newest_change == AT
        assert bundle.findings.counts["warning"] == 0


def test_a_user_whose_row_is_out_comes_with_its_id_alone(tmp_path, serving):
    serving.change("users", "user-104418", familyName="")
    with reading(serving.write(tmp_path)) as bundle:
        assert FaultyUser("user-104418") in list(bundle.users())
