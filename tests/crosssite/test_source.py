"""Folders and zips as sources: what is refused, what is counted, and that nothing changes unnoticed."""

from __future__ import annotations

import hashlib
import io
import os
import random
import shutil
import stat
import struct
import zipfile
import zlib

import pytest

from crosssite.sync.archive import Door
from crosssite.sync.bundle import read_bundle
from crosssite.sync.findings import BundleError, Findings
from crosssite.sync.limits import Limits
from crosssite.sync.source import open_source

FILES = {"manifest.csv": b"propertyName,value\n", "users.csv": b"sourcedId\nana\n", "notes.txt": b"passed over"}


def folder_of(folder, files=FILES):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def zip_of(folder, entries, method=zipfile.ZIP_DEFLATED):
    """A zip with these entries: pairs of a name or ZipInfo and the content."""
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


@pytest.fixture(params=["folder", "zip"])
def bundle(request, tmp_path):
    return folder_of(tmp_path / "night") if request.param == "folder" else zip_of(tmp_path, FILES.items())


def read_all(path, limits=None):
    """Every file of a source to its end; the bytes by name."""
    with open_source(path, limits or Limits()) as source:
        found = {}
        for file in source.files:
            with source.open(file) as stream:
                found[file] = stream.read()
        source.verify()
        return found


def refusal(path, limits=None) -> BundleError:
    with pytest.raises(BundleError) as caught:
        read_all(path, limits)
    assert str(path.parent) not in str(caught.value)
    return caught.value


def test_known_files_are_read_and_others_passed_over(bundle):
    with open_source(bundle) as source:
        assert source.name == bundle.name
        assert (source.files, source.others) == ({"manifest.csv", "users.csv"}, {"notes.txt"})
        assert source.size("users.csv") == len(FILES["users.csv"])
        with source.open("users.csv") as stream:
            assert list(stream) == [b"sourcedId\n", b"ana\n"]
        assert source.bytes_read == len(FILES["users.csv"])
        with pytest.raises(BundleError, match=r"^notes\.txt: The file is missing"), source.open("notes.txt"):
            pass


def test_a_path_that_leads_nowhere_or_to_no_bundle_is_refused(tmp_path):
    assert refusal(tmp_path / "missing").code == "not_found"
    for content in (b"", b"sourcedId,status\n", b"PK\x03\x04"):
        (tmp_path / "users.zip").write_bytes(content)
        assert refusal(tmp_path / "users.zip").code == "unreadable"


def test_a_bundle_may_be_reached_by_a_link(bundle, tmp_path):
    link = tmp_path / "current"
    link.symlink_to(bundle)
    assert read_all(link) == {"manifest.csv": FILES["manifest.csv"], "users.csv": FILES["users.csv"]}


# The digest


def test_the_digest_of_a_zip_is_that_of_its_file(tmp_path):
    path = zip_of(tmp_path, FILES.items())
    with open_source(path) as source:
        assert source.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_digest_of_a_folder_depends_on_known_names_and_contents_alone(tmp_path):
    def digest(name, files):
        with open_source(folder_of(tmp_path / name, files)) as source:
            return source.digest

    first = digest("a", FILES)
    parts = "".join(f"{name} {hashlib.sha256(FILES[name]).hexdigest()}\n" for name in ("manifest.csv", "users.csv"))
    assert first == hashlib.sha256(parts.encode()).hexdigest()
    assert digest("b", dict(reversed(FILES.items())) | {"notes.txt": b"other"}) == first
    assert digest("c", FILES | {"users.csv": b"sourcedId\nben\n"}) != first
    assert digest("d", {("orgs.csv" if name == "users.csv" else name): text for name, text in FILES.items()}) != first


def test_what_was_read_of_a_folder_is_not_read_again_for_the_digest(tmp_path):
    path = folder_of(tmp_path / "night")
    with open_source(path) as source:
        for file in source.files:
            with source.open(file) as stream:
                stream.read()
            (path / file).unlink()
        assert len(source.digest) == 64


def test_a_file_of_which_only_the_beginning_was_read_is_hashed_whole(tmp_path):
    path = folder_of(tmp_path / "night", {"users.csv": b"sourcedId\n" + b"x\n" * 1_000_000})
    with open_source(path) as source:
        with source.open("users.csv") as stream:
            stream.readline()
        touched = source.digest
    with open_source(path) as source:
        assert source.digest == touched


# Changes while it is read


def replace(path):
    path.rename(path.with_suffix(".old"))
    shutil.copy2(path.with_suffix(".old"), path)


CHANGES = {
    "grown": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "written again": lambda path: os.utime(path, ns=(1, 1)),
    "replaced by its like": replace,
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_bundle_that_changes_under_way_is_refused(bundle, change, when):
    with open_source(bundle) as source:
        source.verify()
        if when == "after":
            with source.open("users.csv") as stream:
                stream.read()
        change(bundle / "users.csv" if bundle.is_dir() else bundle)
        with pytest.raises(BundleError) as caught:
            source.verify()
        assert caught.value.code == "changed"


def test_a_file_that_comes_late_is_a_change_and_one_that_is_passed_over_is_none(tmp_path):
    path = folder_of(tmp_path / "night")
    with open_source(path) as source:
        (path / "more.txt").write_bytes(b"")
        source.verify()
        (path / "orgs.csv").write_bytes(b"")
        with pytest.raises(BundleError, match="changed while it was read"):
            source.verify()


def test_a_file_cut_or_gone_before_its_turn_is_refused_at_once(tmp_path):
    path = folder_of(tmp_path / "night")
    with open_source(path) as source:
        (path / "users.csv").write_bytes(b"")
        with pytest.raises(BundleError, match="changed while it was read"), source.open("users.csv") as stream:
            stream.read()
        (path / "manifest.csv").unlink()
        with pytest.raises(BundleError, match="changed while it was read"), source.open("manifest.csv"):
            pass


# Folders


def test_a_link_that_leaves_the_folder_is_refused_and_one_inside_is_read(tmp_path):
    (tmp_path / "secret").write_bytes(b"root:x:0:0\n")
    path = folder_of(tmp_path / "night", {"manifest.csv": b"", "data": b"sourcedId\n"})
    (path / "orgs.csv").symlink_to("data")
    assert read_all(path)["orgs.csv"] == b"sourcedId\n"
    for target in ("../secret", tmp_path / "secret", "/etc/passwd"):
        (path / "users.csv").unlink(missing_ok=True)
        (path / "users.csv").symlink_to(target)
        assert (refusal(path).code, refusal(path).file) == ("outside", "users.csv")


def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path):
    path = folder_of(tmp_path / "night")
    os.mkfifo(path / "orgs.csv")
    assert refusal(path).code == "not_a_file"
    (path / "orgs.csv").unlink()
    (path / "orgs.csv").mkdir()
    assert refusal(path).code == "not_a_file"
    (path / "orgs.csv").rmdir()
    (path / "orgs.csv").symlink_to("nowhere")
    assert refusal(path).code == "not_found"


def test_two_files_that_differ_by_letter_case_alone_are_refused(tmp_path):
    twins = [("users.csv", b"1"), ("Users.csv", b"2")]
    assert refusal(zip_of(tmp_path, twins)).code == "duplicate_file"
    assert refusal(folder_of(tmp_path / "night", dict(twins))).code == "duplicate_file"


# Attacks by zip


@pytest.mark.parametrize(
    "name",
    [
        "../users.csv",
        "a/../../users.csv",
        "/users.csv",
        "/etc/cron.d/x",
        "..\\users.csv",
        "C:/users.csv",
        "a\\users.csv",
    ],
)
def test_a_path_that_leads_out_of_the_zip_is_refused(tmp_path, name):
    assert refusal(zip_of(tmp_path, [*FILES.items(), (name, b"")])).code == "outside"


def test_a_name_with_a_nul_is_refused(tmp_path):
    path = zip_of(tmp_path, [("users.csv", b"1"), ("usersX.csv", b"2")])
    path.write_bytes(path.read_bytes().replace(b"usersX.csv", b"users\0.csv"))
    assert refusal(path).code == "outside"


def test_a_symbolic_link_in_a_zip_is_refused(tmp_path):
    link = zipfile.ZipInfo("users.csv")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    assert refusal(zip_of(tmp_path, [(link, b"/etc/passwd")])).code == "outside"


def test_an_encrypted_file_is_refused(tmp_path):
    path = zip_of(tmp_path, FILES.items())
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(b"users.csv"))
    content[entry + 8] |= 1
    path.write_bytes(content)
    assert (refusal(path).code, refusal(path).file) == ("encrypted", "users.csv")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["users.csv", "USERS.csv"])
def test_two_files_of_one_name_are_refused(tmp_path, second):
    assert refusal(zip_of(tmp_path, [("users.csv", b"1"), (second, b"2")])).code == "duplicate_file"


def test_too_many_files_are_refused(tmp_path):
    many = [(f"{number}.csv", b"") for number in range(50)]
    assert read_all(zip_of(tmp_path, many)) == {}
    assert refusal(zip_of(tmp_path, [*many, ("users.csv", b"")])).code == "too_many_files"


def test_a_directory_of_entries_that_would_fill_the_memory_is_never_read(tmp_path):
    entries = [(f"{number:0200}.csv", b"") for number in range(Door.LARGEST // 240)]
    assert refusal(zip_of(tmp_path, entries), Limits(entries=10**9)).code == "too_many_files"


def test_files_in_a_folder_inside_the_zip_are_refused_with_a_hint(tmp_path):
    fault = refusal(zip_of(tmp_path, [(f"bundle/{name}", content) for name, content in FILES.items()]))
    assert fault.code == "in_folder"
    assert "not their folder" in str(fault)


def test_what_systems_leave_in_a_zip_is_passed_over(tmp_path):
    noise = [
        "__MACOSX/._users.csv",
        "__MACOSX/users.csv",
        ".DS_Store",
        ".hidden/users.csv",
        "docs/",
        "docs/read me.txt",
    ]
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as inner:
        inner.writestr("../users.csv", b"")
    path = zip_of(tmp_path, [*FILES.items(), *((name, b"") for name in noise), ("more.zip", nested.getvalue())])
    assert read_all(path) == {"manifest.csv": FILES["manifest.csv"], "users.csv": FILES["users.csv"]}


def test_a_zip_bomb_is_refused_while_it_is_read(tmp_path):
    path = zip_of(tmp_path, [("users.csv", bytes(20 * 1024**2))])
    with open_source(path) as source:
        with pytest.raises(BundleError, match="as a zip bomb does"), source.open("users.csv") as stream:
            shutil.copyfileobj(stream, io.BytesIO(), 1 << 16)
        assert source.bytes_read < 9 * 1024**2


def test_a_small_file_of_like_lines_may_pack_well(tmp_path):
    content = b"a,b,c\n" * 1_000_000
    assert read_all(zip_of(tmp_path, [("users.csv", content)]))["users.csv"] == content


def test_an_unknown_way_of_packing_is_refused(tmp_path):
    for method in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        assert refusal(zip_of(tmp_path, FILES.items(), method)).code == "unreadable"


def test_limits_hold_for_a_file_and_for_all_together(tmp_path):
    files = {"users.csv": b"x" * 600, "orgs.csv": b"x" * 600}
    for path in (folder_of(tmp_path / "night", files), zip_of(tmp_path, files.items(), zipfile.ZIP_STORED)):
        assert len(read_all(path, Limits(file_bytes=600, total_bytes=1200))) == 2
        assert refusal(path, Limits(file_bytes=599)).code == "too_large"
        assert refusal(path, Limits(total_bytes=1199)).code == "too_large"


def sized(path, name, size):
    """The zip with another unpacked size for a file in both of its places."""
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.index(mark) if mark == b"PK\x03\x04" else content.rindex(mark, 0, content.rindex(name))
        content[place + offset : place + offset + 4] = struct.pack("<I", size)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("size", [0, 10, 999_999, 1_000_001, 2**32 - 2])
def test_a_size_that_lies_is_refused(tmp_path, size):
    content = random.Random(1).randbytes(1_000_000)
    assert refusal(sized(zip_of(tmp_path, [("users.csv", content)]), b"users.csv", size)).code == "unreadable"


def test_bytes_are_counted_whatever_the_size_says(tmp_path):
    path = sized(zip_of(tmp_path, [("users.csv", bytes(20 * 1024**2))]), b"users.csv", 2**32 - 2)
    assert refusal(path).code == "zip_bomb"
    assert refusal(path, Limits(file_bytes=1024**2)).code == "too_large"


def test_files_that_share_their_packed_bytes_are_refused(tmp_path):
    path = zip_of(tmp_path, [("users.csv", random.Random(1).randbytes(10_000)), ("orgs.csv", b"")])
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02")
    content[place + 20 : place + 24] = struct.pack("<I", 10_000)
    path.write_bytes(content)
    assert refusal(path).code == "zip_bomb"


def test_a_wrong_checksum_is_refused(tmp_path):
    path = zip_of(tmp_path, FILES.items(), zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"sourcedId\nana", b"sourcedId\nben"))
    assert zlib.crc32(b"ana") != zlib.crc32(b"ben")
    assert refusal(path).code == "unreadable"


# Damage


def attempt(path) -> bool:
    """Reads a whole bundle; whether it was refused. Nothing but a BundleError comes out."""
    try:
        with open_source(path) as source:
            bundle = read_bundle(source, Findings())
            for _ in bundle.users():
                pass
            table = bundle.enrollments()
            for line, record in table.lines() if table else ():
                table.cells(line, record)
            source.verify()
    except BundleError:
        return True
    return False


def test_a_zip_cut_at_any_byte_is_refused(tmp_path):
    path = zip_of(tmp_path, FILES.items())
    content = path.read_bytes()
    assert read_all(path)
    for kept in range(len(content)):
        path.write_bytes(content[:kept])
        assert refusal(path).code == "unreadable"


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("seed", range(2))
def test_flipped_bytes_raise_nothing_but_bundle_errors(tmp_path, serving, zipped, seed):
    path = serving.write(tmp_path, "1.2", zipped=zipped)
    paths = [path] if zipped else sorted(path.iterdir())
    chance, refused = random.Random(seed), 0
    for _ in range(100):
        chosen = chance.choice(paths)
        sound = chosen.read_bytes()
        spoilt = bytearray(sound)
        for _ in range(chance.choice([1, 1, 2, 8])):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        chosen.write_bytes(spoilt)
        refused += attempt(path)
        chosen.write_bytes(sound)
    assert refused > 0
