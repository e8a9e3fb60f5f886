"""What a bundle says of itself, against what it holds."""

from __future__ import annotations

import datetime

import pytest

from crosssite.sync.findings import BundleError, Findings
from crosssite.sync.manifest import Manifest, read_manifest
from crosssite.sync.source import open_source

from .tables import manifest

AT = datetime.datetime(2026, 9, 2, 3, 0, tzinfo=datetime.UTC)
DATA = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
BULK = dict.fromkeys(DATA, "bulk")


def read(path) -> tuple[Manifest, list[tuple[str, str]]]:
    findings = Findings()
    with open_source(path) as source:
        found = read_manifest(source, findings)
    return found, [(finding["code"], finding["file"]) for finding in findings.listed()]


def refusal(path) -> BundleError:
    with pytest.raises(BundleError) as caught:
        read(path)
    return caught.value


def saying(kinds, version="1.1", **replaced: str) -> dict[str, bytes]:
    """An override of the manifest; ``replaced``: texts in it."""
    text = manifest(kinds, version).decode()
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    return {"manifest.csv": text.encode()}


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.2.1"])
def test_a_bulk_bundle_is_bulk_in_each_file_of_its_version(tmp_path, serving, version):
    found, findings = read(serving.write(tmp_path, version))
    files = DATA if version == "1.1" else (*DATA, "roles")
    assert found == Manifest(version, {f"{name}.csv": "bulk" for name in files})
    assert findings == []


def test_a_delta_leaves_out_what_did_not_change(tmp_path, serving):
    before = serving.snapshot()
    serving.drop("ana-algebra")
    found, findings = read(serving.write_delta(tmp_path, before, AT))
    assert found.modes == {f"{name}.csv": "absent" for name in DATA} | {"enrollments.csv": "delta"}
    assert findings == []


def test_a_manifest_alone_means_no_updates(tmp_path):
    (tmp_path / "manifest.csv").write_bytes(manifest({}, "1.1"))
    found, findings = read(tmp_path)
    assert set(found.modes.values()) == {"absent"}
    assert findings == []


# The manifest itself


def test_a_bundle_without_manifest_is_refused(tmp_path, serving):
    fault = refusal(serving.write(tmp_path, override={"manifest.csv": None}))
    assert (fault.code, fault.file) == ("missing_file", "manifest.csv")


def test_a_file_of_another_letter_case_is_missing_with_a_hint(tmp_path, serving):
    path = serving.write(tmp_path)
    (path / "users.csv").rename(path / "Users.csv")
    assert "letter case counts" in str(refusal(path))


@pytest.mark.parametrize("version", ["1.0", "1.3", "2.0", "", "one"])
def test_an_unknown_version_is_refused(tmp_path, serving, version):
    assert refusal(serving.write(tmp_path, override=saying(BULK, version))).code == "unknown_version"


def test_a_manifest_of_another_version_is_refused_and_one_without_is_odd(tmp_path, serving):
    other = {"manifest.version,1.0": "manifest.version,2.0"}
    assert refusal(serving.write(tmp_path, override=saying(BULK, **other))).code == "unknown_version"
    none = {"manifest.version,1.0": "source.note,x"}
    assert read(serving.write(tmp_path, override=saying(BULK, **none)))[1] == [("manifest_version", "manifest.csv")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("file.users,bulk", "file.users,everything"),
        ("file.users,bulk", "file.users,"),
        ("file.users,bulk", "file.users,bulk\nfile.users,absent"),
        ("file.users,bulk", "file.users,bulk,more"),
        ("file.users,bulk", "file.users"),
        ("oneroster.version,1.1", "oneroster.version,1.1\noneroster.version,1.2"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(tmp_path, serving, old, new):
    fault = refusal(serving.write(tmp_path, override=saying(BULK, **{old: new})))
    assert (fault.code, fault.file) == ("bad_manifest", "manifest.csv")
    assert fault.line


@pytest.mark.parametrize(
    ("old", "new", "findings"),
    [
        ("file.users,bulk", "file.users*,bulk", []),
        ("file.users,bulk", "File.Users, bulk ", []),
        ("file.users,bulk", "file.users,bulk\nfile.users,bulk", []),
        ("file.users,bulk", "file.users,Bulk", [("letter_case", "manifest.csv")]),
        ("file.results,absent", "file.results,delta\nfile.shoes,bulk\nfile.shoes,delta", []),
        ("source.systemCode,lessons", "source.systemCode,a\nsource.systemCode,b", []),
        ("source.systemName,Lessons", "source.systemName,Lessons, Inc.", [("cells", "manifest.csv")]),
    ],
)
def test_a_manifest_written_oddly_is_taken(tmp_path, serving, old, new, findings):
    found, met = read(serving.write(tmp_path, override=saying(BULK, **{old: new})))
    assert set(found.modes.values()) == {"bulk"}
    assert met == findings


def test_a_manifest_may_have_its_columns_the_other_way_round(tmp_path, serving):
    pairs = (line.split(",") for line in manifest(BULK, "1.1").decode().splitlines())
    turned = "".join(f"{value},{name}\n" for name, value in pairs).encode()
    found, findings = read(serving.write(tmp_path, override={"manifest.csv": turned}))
    assert set(found.modes.values()) == {"bulk"}
    assert findings == [("column_order", "manifest.csv")]


def test_producers_of_1_2_may_mark_roles_with_a_star(tmp_path, serving):
    kinds = {**BULK, "roles": "bulk"}
    star = saying(kinds, "1.2", **{"file.roles,": "file.roles*,"})
    assert read(serving.write(tmp_path, "1.2", override=star))[0].modes["roles.csv"] == "bulk"


# The manifest against the files


@pytest.mark.parametrize("name", DATA)
def test_a_listed_file_that_is_missing_is_refused(tmp_path, serving, name):
    fault = refusal(serving.write(tmp_path, override={f"{name}.csv": None}))
    assert (fault.code, fault.file) == ("missing_file", f"{name}.csv")


@pytest.mark.parametrize("name", [*DATA, "roles"])
def test_a_bulk_bundle_without_a_needed_file_is_refused_whatever_its_manifest_says(tmp_path, serving, name):
    kinds = {**BULK, "roles": "bulk", name: "absent"}
    override = saying(kinds, "1.2") | {f"{name}.csv": None}
    fault = refusal(serving.write(tmp_path, "1.2", override=override))
    assert (fault.code, fault.file) == ("missing_file", f"{name}.csv")


def test_a_delta_that_lists_a_missing_file_is_refused(tmp_path, serving):
    before = serving.snapshot()
    serving.drop("ana-algebra")
    fault = refusal(serving.write_delta(tmp_path, before, AT, override={"enrollments.csv": None}))
    assert (fault.code, fault.file) == ("missing_file", "enrollments.csv")


def test_1_1_knows_no_roles_and_passes_them_over(tmp_path, serving):
    found, findings = read(serving.write(tmp_path, override={"roles.csv": b"whatever"}))
    assert "roles.csv" not in found.modes
    assert findings == []


def test_a_file_that_the_manifest_calls_absent_is_read_all_the_same(tmp_path, serving):
    path = serving.write(tmp_path, override=saying(BULK | {"users": "absent"}))
    found, findings = read(path)
    assert found.modes["users.csv"] == "bulk"
    assert findings == [("unlisted", "users.csv")]


def test_a_file_that_the_manifest_does_not_name_is_what_its_rows_look_like(tmp_path, serving):
    before = serving.snapshot()
    serving.drop("ana-algebra")
    found, findings = read(serving.write_delta(tmp_path, before, AT, override=saying({})))
    assert found.modes["enrollments.csv"] == "delta"
    assert findings == [("unlisted", "enrollments.csv")]


def test_an_unlisted_file_with_its_header_alone_says_nothing(tmp_path, serving):
    header = serving.files()["users.csv"].splitlines()[0]
    (tmp_path / "users.csv").write_bytes(header + b"\n")
    (tmp_path / "manifest.csv").write_bytes(manifest({}, "1.1"))
    found, findings = read(tmp_path)
    assert set(found.modes.values()) == {"absent"}
    assert findings == [("unlisted", "users.csv")]


def test_an_unlisted_file_of_rows_of_both_sorts_is_refused(tmp_path, serving):
    serving.change("users", "user-ana", status="active", dateLastModified="2026-09-02T03:00:00Z")
    path = serving.write(tmp_path, override=saying(BULK | {"users": "absent"}))
    assert (refusal(path).code, refusal(path).file) == ("mode_unclear", "users.csv")


# Bulk or delta


def test_a_bulk_file_whose_rows_are_all_stamped_is_bulk_all_the_same(tmp_path, serving):
    """Many systems stamp every row; each is a warning."""
    before = serving.snapshot()
    for enrollment in serving.tables["enrollments"]:
        serving.move(enrollment, end="2026-12-05")
    delta = serving.delta(before, AT)
    path = serving.write(tmp_path, override={"enrollments.csv": delta["enrollments.csv"]})
    assert read(path)[0].modes["enrollments.csv"] == "bulk"


def test_a_bulk_that_calls_itself_a_delta_is_refused(tmp_path, serving):
    path = serving.write(tmp_path, override=saying(dict.fromkeys(DATA, "delta")))
    assert refusal(path).code == "bulk_as_delta"


@pytest.mark.parametrize("cells", [{"status": "active"}, {"dateLastModified": "2026-09-02T03:00:00Z"}])
def test_single_rows_and_single_marks_make_no_delta(tmp_path, serving, cells):
    for enrollment in serving.tables["enrollments"]:
        serving.change("enrollments", enrollment, **cells)
    assert read(serving.write(tmp_path))[0].modes["enrollments.csv"] == "bulk"
    stamped = {"status": "active", "dateLastModified": "2026-09-02T03:00:00Z"}
    for enrollment in list(serving.tables["enrollments"])[1:]:
        serving.change("enrollments", enrollment, **stamped)
    serving.change("enrollments", next(iter(serving.tables["enrollments"])), status="")
    assert read(serving.write(tmp_path))[0].modes["enrollments.csv"] == "bulk"


def test_a_delta_with_a_header_alone_is_one(tmp_path, serving):
    header = serving.files()["users.csv"].splitlines()[0]
    (tmp_path / "users.csv").write_bytes(header)
    (tmp_path / "manifest.csv").write_bytes(manifest({"users": "delta"}, "1.1"))
    assert read(tmp_path)[0].modes["users.csv"] == "delta"
