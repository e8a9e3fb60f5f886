"""Zips that mean no good, or came only in part, through ``sync_rosters``: refused, and nothing is changed."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile

import pytest

from .command import FAILED, sync_rosters
from .copies import entries


def packed(files, *more: tuple[zipfile.ZipInfo | str, bytes], method=zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of the files and of further entries, whatever these are called."""
    whole = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(whole, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, content in [*files.items(), *more]:
            archive.writestr(name, content)
    return whole.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def encrypted(content: bytes) -> bytes:
    """The flag of the first entry set, in its own header and in the directory."""
    whole = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = whole.index(mark) + place
        whole[at : at + 2] = struct.pack("<H", struct.unpack("<H", whole[at : at + 2])[0] | 1)
    return bytes(whole)


def lying(content: bytes) -> bytes:
    """The directory says of every file that it holds 10 bytes."""
    whole = bytearray(content)
    at = whole.find(b"PK\x01\x02")
    while at >= 0:
        whole[at + 24 : at + 28] = struct.pack("<I", 10)
        at = whole.find(b"PK\x01\x02", at + 4)
    return bytes(whole)


ATTACKS = {
    "a path upwards": lambda files: packed(files, ("../../users.csv", b"x")),
    "an absolute path": lambda files: packed(files, ("/etc/users.csv", b"x")),
    "a path of Windows": lambda files: packed(files, ("..\\users.csv", b"x")),
    "a drive": lambda files: packed(files, ("C:/users.csv", b"x")),
    "a name twice": lambda files: packed(files, ("users.csv", files["users.csv"])),
    "a name twice in another case": lambda files: packed(files, ("Users.csv", files["users.csv"])),
    "a link": lambda files: packed(
        {name: content for name, content in files.items() if name != "users.csv"}, (link("users.csv"), b"/etc/passwd")
    ),
    "an encrypted file": lambda files: encrypted(packed(files)),
    "a lie about sizes": lambda files: lying(packed(files)),
    "too many files": lambda files: packed(files, *((f"note-{number}.txt", b"") for number in range(200))),
    "all in a folder": lambda files: packed({f"bundle/{name}": content for name, content in files.items()}),
    "an unknown method": lambda files: packed(files, method=zipfile.ZIP_LZMA),
    "no zip at all": lambda files: b"sourcedId,status\n" * 10,
    "nothing": lambda files: b"",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_zip_that_means_no_good_is_refused(synced, bad_night, attack):
    assert bad_night(ATTACKS[attack](synced.files())).outcome == "failed"


def test_a_bomb_is_refused_while_it_is_read(synced, bad_night):
    """Thirty megabytes of one line in thirty kilobytes."""
    files = synced.files()
    files["enrollments.csv"] += b"e" * (30 * 1024 * 1024)
    run = bad_night(packed(files))
    assert run.outcome == "failed"
    assert "enrollments.csv" in f"{run.reason} {run.findings}"


def test_a_zip_cut_anywhere_is_refused(synced, bad_night):
    whole = packed(synced.files())
    for end in range(0, len(whole) - 1, max(1, len(whole) // 25)):
        assert bad_night(whole[:end]).outcome == "failed", end


def test_a_zip_with_a_byte_turned_is_refused_or_says_the_same(synced, bad_night):
    """Wherever it is turned: never half of a bundle, never a roster deleted."""
    whole = packed(synced.files())
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        run = bad_night(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        actions = {entry["action"] for entry in entries(run)}
        assert run.outcome == "failed" or actions <= {"Updated Roster End Date"}, place


def test_a_zip_inside_the_zip_is_passed_over(synced, bad_night):
    run = bad_night(packed(synced.files(), ("more.zip", packed({"users.csv": b"x"}))))
    assert run.outcome == "applied"


def test_a_path_where_nothing_is_fails(synced, tmp_path):
    assert sync_rosters(tmp_path / "nothing here").code == FAILED
