"""The bundles that the other tests feed: they are what the binding says, or nothing proved by them holds."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile

import pytest

from .tables import COLUMNS, Dialect

AT = datetime.datetime(2026, 9, 2, 3, 0, tzinfo=datetime.UTC)


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def kinds(content: bytes) -> dict[str, str]:
    return {row["propertyName"]: row["value"] for row in rows(content)}


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.2.1"])
def test_a_bulk_bundle_has_each_file_with_its_columns_and_blank_stamps(serving, version):
    files = serving.files(version)
    columns = COLUMNS[version[:3]]
    assert set(files) == {"manifest.csv", *(f"{name}.csv" for name in columns)}
    for name, expected in columns.items():
        found = rows(files[f"{name}.csv"])
        assert list(found[0]) == expected
        assert {(row["status"], row["dateLastModified"]) for row in found} == {("", "")}
    said = kinds(files["manifest.csv"])
    assert said["oneroster.version"] == version
    assert {said[f"file.{name}"] for name in columns} == {"bulk"}


def test_every_reference_leads_to_a_record(serving):
    tables = serving.tables
    for enrollment in tables["enrollments"].values():
        assert enrollment["classSourcedId"] in tables["classes"]
        assert enrollment["userSourcedId"] in tables["users"]
        assert enrollment["schoolSourcedId"] in tables["orgs"]
    for section in tables["classes"].values():
        assert section["courseSourcedId"] in tables["courses"]
        assert set(section["termSourcedIds"].split(",")) <= set(tables["academicSessions"])


def test_a_delta_holds_what_differs_and_nothing_else(serving):
    before = serving.snapshot()
    serving.move("ana-algebra", end="2026-12-05")
    serving.drop("ben-algebra")
    files = serving.delta(before, AT)
    assert set(files) == {"manifest.csv", "enrollments.csv"}
    assert kinds(files["manifest.csv"])["file.enrollments"] == "delta"
    assert kinds(files["manifest.csv"])["file.users"] == "absent"
    found = {row["sourcedId"]: (row["status"], row["endDate"]) for row in rows(files["enrollments.csv"])}
    assert found == {"ana-algebra": ("active", "2026-12-05"), "ben-algebra": ("tobedeleted", "2026-12-19")}
    assert {row["dateLastModified"] for row in rows(files["enrollments.csv"])} == {"2026-09-02T03:00:00.000Z"}


def test_a_zip_holds_the_same_files_as_the_folder(serving, tmp_path):
    folder, packed = serving.write(tmp_path / "a", "1.2"), serving.write(tmp_path / "b", "1.2", zipped=True)
    with zipfile.ZipFile(packed) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in folder.iterdir()
        }


def test_a_dialect_changes_the_bytes_and_not_the_cells(serving):
    dialect = Dialect(quote_all=True, newline="\r\n", mark=True, extra=("metadata.note",))
    plain, other = serving.files(), serving.files(dialect=dialect)
    for name in COLUMNS["1.1"]:
        content = other[f"{name}.csv"]
        assert content.startswith(b'\xef\xbb\xbf"sourcedId","status"')
        assert content.count(b"\r\n") == plain[f"{name}.csv"].count(b"\n")
        assert [row | {"metadata.note": "x"} for row in rows(plain[f"{name}.csv"])] == rows(content)


def test_an_override_replaces_a_file_or_leaves_it_out(serving, tmp_path):
    folder = serving.write(tmp_path, override={"users.csv": b"raw", "courses.csv": None})
    assert (folder / "users.csv").read_bytes() == b"raw"
    assert not (folder / "courses.csv").exists()
    assert kinds((folder / "manifest.csv").read_bytes())["file.courses"] == "bulk"


def test_a_cancelled_section_and_an_ended_term_take_their_enrollments_along(serving):
    serving.add_class("band", course="Band", terms=("s1", "s2"))
    kept = serving.enroll("band", "user-dan", end="2027-06-05")
    serving.cancel("welding")
    assert serving.enrollments_of("welding") == []
    serving.end_term("s1")
    assert set(serving.tables["enrollments"]) == {kept}
    assert serving.tables["classes"]["band"]["termSourcedIds"] == "s2"


def test_the_home_side_is_set_up_under_the_names_that_the_bundle_uses(home, serving):
    assert serving.tables["orgs"][home.lakeside.identifier]["type"] == "district"
    numbers = {user["identifier"] for user in serving.tables["users"].values() if user["orgSourcedIds"] == "maplewood"}
    assert {student.number for student in home.students.values()} == numbers
