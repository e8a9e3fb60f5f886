"""A whole bundle as the sync reads it."""

from __future__ import annotations

import datetime
from contextlib import contextmanager

import pytest

from crosssite.sync.bundle import Bundle, read_bundle, refuse_cycles
from crosssite.sync.findings import BundleError, Findings
from crosssite.sync.records import FaultyUser, Org, User
from crosssite.sync.source import open_source

from .tables import COLUMNS, Dialect, table

AT = datetime.datetime(2026, 9, 2, 3, 0, tzinfo=datetime.UTC)
NOW = datetime.datetime(2026, 9, 3, tzinfo=datetime.UTC)


@contextmanager
def reading(path):
    with open_source(path) as source:
        yield read_bundle(source, Findings(), now=NOW)
        source.verify()


def found(bundle: Bundle) -> list[tuple[str, str, str, int]]:
    listed = bundle.findings.listed()
    return [(finding["severity"], finding["code"], finding["file"], finding["line"]) for finding in listed]


def users_of(bundle: Bundle) -> dict[str, User | FaultyUser]:
    return {user.sourced_id: user for user in bundle.users()}


def refusal(path) -> BundleError:
    with pytest.raises(BundleError) as caught, reading(path) as bundle:
        list(bundle.users())
    return caught.value


def doubled(serving, name: str, key: str, /, **cells: str) -> dict[str, bytes]:
    """An override by which a record comes twice, the second time with these cells."""
    records = serving.tables[name]
    twice = [*records.values(), records[key] | cells]
    return {f"{name}.csv": table(COLUMNS["1.1"][name], twice)}


# Bundles without faults


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("version", ["1.1", "1.2", "1.2.1"])
def test_a_bundle_is_read_without_findings(tmp_path, serving, version, zipped):
    with reading(serving.write(tmp_path, version, zipped=zipped)) as bundle:
        users = users_of(bundle)
        assert bundle.version == version
        assert (bundle.orgs["lakeside-high"].type, bundle.orgs["lakeside-high"].parent) == ("school", "lakeside")
        assert bundle.orgs["lakeside"].identifier == "lakeside-4711"
        assert bundle.sessions["s1"].start == datetime.date(2026, 8, 17)
        assert bundle.sessions["s1"].last_day == datetime.date(2026, 12, 18)
        assert bundle.courses["course-algebra-ii"].title == "Algebra II"
        welding = bundle.classes["welding"]
        assert (welding.periods, welding.location, welding.code) == ("5, 6", "Shop", "1")
        assert (welding.course_id, welding.school_id, welding.term_ids) == ("course-welding", "lakeside-high", ("s1",))
        ana = users["user-ana"]
        assert (ana.number, ana.family, ana.given, ana.middle) == ("104417", "Rivera", "Ana", "Maria")
        assert ana.org_ids == ("maplewood",)
        assert not ana.deleted
        assert len(list(bundle.enrollments().lines())) == len(serving.tables["enrollments"])
        assert bundle.counts == {
            f"{name}.csv": len(records) for name, records in serving.tables.items() if name != "enrollments"
        } | ({} if version == "1.1" else {"roles.csv": len(users)})
        assert (bundle.newest_change, bundle.header_only, found(bundle)) == (None, set(), [])
        assert not any(bundle.faulty.values())


@pytest.mark.parametrize(
    "dialect", [Dialect(quote_all=True), Dialect(newline="\r\n"), Dialect(extra=("metadata.a", "metadata.b"))]
)
def test_how_a_bundle_is_written_makes_no_difference(tmp_path, serving, dialect):
    with reading(serving.write(tmp_path / "plain")) as bundle:
        plain = [bundle.orgs, bundle.sessions, bundle.courses, bundle.classes]
        names = [(user.family, user.given) for user in bundle.users()]
    with reading(serving.write(tmp_path / "other", dialect=dialect)) as bundle:
        assert [bundle.orgs, bundle.sessions, bundle.courses, bundle.classes] == plain
        assert [(user.family, user.given) for user in bundle.users()] == names
        assert found(bundle) == []


def test_a_delta_brings_its_changes_and_the_time_of_the_newest(tmp_path, serving):
    before = serving.snapshot()
    serving.change("users", "user-ben", familyName="Okafor-Chen")
    serving.cancel("welding")
    with reading(serving.write_delta(tmp_path, before, AT)) as bundle:
        assert bundle.newest_change == AT
        assert [user.family for user in bundle.users()] == ["Okafor-Chen"]
        assert [(section.sourced_id, section.deleted) for section in bundle.classes.values()] == [("welding", True)]
        enrollments = bundle.enrollments()
        reader = bundle.reader(enrollments)
        rows = [reader.read(line, enrollments.cells(line, record)) for line, record in enrollments.lines()]
        assert [(row["sourcedId"], row.deleted, row.modified) for row in rows] == [("ana-welding", True, AT)]
        assert (bundle.orgs, bundle.sessions, bundle.courses) == (None, None, None)
        assert found(bundle) == []


def test_a_later_row_of_the_enrollments_counts_for_the_newest_change(tmp_path, serving):
    before = serving.snapshot()
    serving.drop("ana-algebra")
    with reading(serving.write_delta(tmp_path, before, AT)) as bundle:
        assert bundle.newest_change is None
        enrollments = bundle.enrollments()
        reader = bundle.reader(enrollments)
        for line, record in enrollments.lines():
            reader.read(line, enrollments.cells(line, record))
        assert bundle.newest_change == AT


def test_a_manifest_alone_holds_nothing(tmp_path, serving):
    files = serving.delta(serving.snapshot(), AT)
    (tmp_path / "manifest.csv").write_bytes(files["manifest.csv"])
    with reading(tmp_path) as bundle:
        assert (bundle.orgs, bundle.sessions, bundle.courses, bundle.classes) == (None, None, None, None)
        assert (list(bundle.users()), bundle.enrollments(), bundle.counts) == ([], None, {})


def test_files_with_their_header_alone_are_told(tmp_path, serving):
    headers = {name: serving.files()[name].splitlines()[0] + b"\r\n\r\n" for name in ("enrollments.csv", "classes.csv")}
    with reading(serving.write(tmp_path, override=headers)) as bundle:
        assert bundle.header_only == {"enrollments.csv", "classes.csv"}
        assert bundle.classes == {}


# Users


@pytest.mark.parametrize(
    ("cells", "number"),
    [
        ({"identifier": "007", "userIds": "{SIS:1}", "username": "ana"}, "007"),
        ({"identifier": "", "userIds": "{SIS:1},{LDAP:2}", "username": "ana"}, "1"),
        ({"identifier": " ", "userIds": "", "username": "ana"}, "ana"),
    ],
)
def test_the_number_is_the_identifier_or_the_first_id_or_the_user_name(tmp_path, serving, cells, number):
    serving.change("users", "user-ana", **cells)
    with reading(serving.write(tmp_path)) as bundle:
        assert users_of(bundle)["user-ana"].number == number


def test_a_password_is_nowhere_in_what_was_read(tmp_path, serving):
    serving.change("users", "user-ana", role="janitor")
    with reading(serving.write(tmp_path)) as bundle:
        kept = f"{list(bundle.users())} {bundle.findings.listed()} {vars(bundle)}"
        assert "secret-of" in (tmp_path / "users.csv").read_text()
        assert "secret-of" not in kept


def test_doubled_users_come_twice_and_their_tokens_tell_whether_they_agree(tmp_path, serving):
    def tokens(folder, **cells: str) -> set[int]:
        path = serving.write(tmp_path / folder, override=doubled(serving, "users", "user-ana", **cells))
        with reading(path) as bundle:
            return {user.token for user in bundle.users() if user.sourced_id == "user-ana"}

    assert len(tokens("a")) == 1
    assert len(tokens("b", password="another")) == 1
    assert len(tokens("c", identifier="1")) == 2
    assert all(0 <= token < 1 << 60 for token in tokens("d", identifier="1"))


def test_a_user_whose_row_is_out_comes_with_its_id_alone(tmp_path, serving):
    serving.change("users", "user-ana", familyName="")
    short = serving.files()["users.csv"] + b"user-short,,,true\n,,,true\n"
    with reading(serving.write(tmp_path, override={"users.csv": short})) as bundle:
        users = list(bundle.users())
        assert FaultyUser("user-ana") in users
        assert users[-1] == FaultyUser("user-short")
        assert bundle.findings.counts["error"] == 3


def test_orgs_of_1_2_are_the_primary_one_and_those_of_the_roles(tmp_path, serving):
    serving.change("users", "user-ana", primaryOrgSourcedId="lakeside-middle", orgSourcedIds="maplewood,lakeside-high")
    with reading(serving.write(tmp_path, "1.2")) as bundle:
        assert users_of(bundle)["user-ana"].org_ids == ("lakeside-middle", "maplewood", "lakeside-high")


ROLE = {"roleType": "primary", "orgSourcedId": "maplewood"}


def roles_of_ana(tmp_path, serving, *rows: dict[str, str]) -> User | FaultyUser:
    records = [ROLE | {"sourcedId": f"r{place}", "userSourcedId": "user-ana"} | row for place, row in enumerate(rows)]
    override = {"roles.csv": table(COLUMNS["1.2"]["roles"], records)}
    with reading(serving.write(tmp_path, "1.2", override=override)) as bundle:
        return users_of(bundle)["user-ana"]


def test_who_is_a_student_somewhere_belongs_where_he_is_a_student(tmp_path, serving):
    student = {"role": "student", "orgSourcedId": "maplewood"}
    aide = {"role": "aide", "orgSourcedId": "lakeside-high"}
    assert roles_of_ana(tmp_path, serving, aide, student).org_ids == ("maplewood",)
    assert roles_of_ana(tmp_path, serving, aide).org_ids == ("lakeside-high",)
    assert roles_of_ana(tmp_path, serving, student, student | {"orgSourcedId": "lakeside"}).org_ids == (
        "maplewood",
        "lakeside",
    )
    assert roles_of_ana(tmp_path, serving, aide, student | {"status": "tobedeleted"}).org_ids == ("lakeside-high",)
    assert roles_of_ana(tmp_path, serving, aide | {"userSourcedId": "user-ben"}).org_ids == ()


def test_the_org_of_the_primary_role_comes_first_and_that_role_makes_the_student(tmp_path, serving):
    student = {"role": "student"}
    elsewhere = student | {"roleType": "secondary", "orgSourcedId": "lakeside-high"}
    ana = roles_of_ana(tmp_path, serving, elsewhere, student)
    assert (ana.org_ids, ana.student) == (("maplewood", "lakeside-high"), True)
    assert not roles_of_ana(tmp_path, serving, elsewhere, {"role": "aide"}).student
    assert not roles_of_ana(tmp_path, serving, student | {"status": "tobedeleted"}).student


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_who_is_a_student_and_when_a_school_year_ends_is_told(tmp_path, serving, version):
    with reading(serving.write(tmp_path, version)) as bundle:
        users = users_of(bundle)
        assert users["user-ana"].student is True
        assert users["teacher"].student is False
        assert bundle.sessions["year"].school_year == 2027


def test_a_role_that_cannot_be_read_makes_its_user_one_of_whom_nothing_is_known(tmp_path, serving):
    sound = {"role": "student"}
    assert roles_of_ana(tmp_path, serving, sound, {"role": "janitor"}) == FaultyUser("user-ana")
    unknown = {"role": "janitor", "userSourcedId": "somebody else"}
    assert roles_of_ana(tmp_path, serving, sound, unknown).org_ids == ("maplewood",)


# Rows that are out


@pytest.mark.parametrize(
    ("name", "key", "cells"),
    [
        ("orgs", "lakeside-high", {"type": "planet"}),
        ("academicSessions", "s1", {"endDate": "2026-02-30"}),
        ("courses", "course-welding", {"title": ""}),
        ("classes", "welding", {"termSourcedIds": ""}),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_and_its_id_is_told(tmp_path, serving, name, key, cells):
    serving.change(name, key, **cells)
    with reading(serving.write(tmp_path)) as bundle:
        whole = {"orgs": bundle.orgs, "academicSessions": bundle.sessions, "courses": bundle.courses}
        assert key not in whole.get(name, bundle.classes)
        assert bundle.faulty == {file: {key} if file == f"{name}.csv" else set() for file in bundle.modes}
        assert bundle.findings.counts == {"error": 1, "warning": 0, "exception": 0}


def test_the_id_of_a_row_with_too_few_cells_is_told(tmp_path, serving):
    short = serving.files()["classes.csv"] + b'"band",,\n'
    with reading(serving.write(tmp_path, override={"classes.csv": short})) as bundle:
        assert bundle.faulty["classes.csv"] == {"band"}
        assert bundle.counts["classes.csv"] == 3


@pytest.mark.parametrize(
    ("name", "key"),
    [("orgs", "lakeside-high"), ("academicSessions", "s1"), ("courses", "course-welding"), ("classes", "welding")],
)
def test_an_identical_second_row_is_a_warning_and_a_contradicting_one_leaves_both_out(tmp_path, serving, name, key):
    file, number = f"{name}.csv", len(serving.tables[name])
    first = 2 + list(serving.tables[name]).index(key)
    title = "name" if name == "orgs" else "title"
    with reading(serving.write(tmp_path / "a", override=doubled(serving, name, key))) as bundle:
        assert found(bundle) == [("warning", "duplicate_row", file, number + 2)]
        assert not bundle.faulty[file]
    with reading(serving.write(tmp_path / "b", override=doubled(serving, name, key, **{title: "Other"}))) as bundle:
        assert sorted(found(bundle)) == sorted(
            [("error", "duplicate_id", file, number + 2), ("error", "duplicate_id", file, first)]
        )
        assert bundle.faulty[file] == {key}
    assert key not in {"orgs": bundle.orgs, "academicSessions": bundle.sessions, "courses": bundle.courses}.get(
        name, bundle.classes
    )


def test_a_good_row_beside_one_of_the_same_id_that_is_out_is_out_too(tmp_path, serving):
    with reading(serving.write(tmp_path, override=doubled(serving, "classes", "welding", title=""))) as bundle:
        assert "welding" not in bundle.classes
        assert bundle.findings.counts["error"] == 2


def test_ids_that_differ_by_letter_case_or_zeros_are_two_with_a_warning(tmp_path, serving):
    serving.add_class("Welding", course="Welding")
    serving.add_class("0welding", course="Welding")
    with reading(serving.write(tmp_path)) as bundle:
        assert {"welding", "Welding", "0welding"} <= bundle.classes.keys()
        assert [code for _severity, code, _file, _line in found(bundle)] == ["like_id", "like_id"]


# Refused as a whole


@pytest.mark.parametrize(
    "parents",
    [
        {"lakeside": "lakeside"},
        {"lakeside": "lakeside-high"},
        {"lakeside": "maplewood", "maplewood": "lakeside-middle"},
    ],
)
def test_an_org_that_is_its_own_ancestor_refuses_the_bundle(tmp_path, serving, parents):
    for org, parent in parents.items():
        serving.change("orgs", org, parentSourcedId=parent)
    fault = refusal(serving.write(tmp_path))
    assert (fault.code, fault.file, fault.column) == ("org_cycle", "orgs.csv", "parentSourcedId")


def test_a_long_line_of_ancestors_is_no_cycle():
    orgs = {str(n): Org(str(n), "", "local", "", str(n + 1), False, n) for n in range(20_000)}
    refuse_cycles(orgs)


@pytest.mark.parametrize("name", ["orgs", "users", "roles"])
def test_a_file_of_which_any_line_is_no_csv_refuses_the_bundle(tmp_path, serving, name):
    content = serving.files("1.2")[f"{name}.csv"] + b'"x\n'
    fault = refusal(serving.write(tmp_path, "1.2", override={f"{name}.csv": content}))
    assert (fault.code, fault.file) == ("unclosed_quote", f"{name}.csv")
