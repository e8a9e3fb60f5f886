"""Which entries of a zip are the bundle's files, and what a zip may not hold."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

from django.utils.translation import gettext as _

from .findings import BundleError
from .limits import Limits
from .schema import KNOWN_FILES

#: What macOS puts beside the files.
_RESOURCE_FORKS = "__MACOSX"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1 | 0x40 | 0x2000


class Door(io.BufferedReader):
    """The zip's file. Refuses to read a directory of entries that alone would fill the memory."""

    LARGEST = 1024 * 1024

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self.LARGEST:
            raise too_many_entries()
        return super().read(size)


def entries_of(
    entries: list[zipfile.ZipInfo], size: int, limits: Limits
) -> tuple[dict[str, zipfile.ZipInfo], set[str]]:
    """The known files at the root of a zip of ``size`` bytes, and the names passed over. Raises BundleError."""
    if len(entries) > limits.entries:
        raise too_many_entries()
    for entry in entries:
        _refuse_dangerous(entry)
    found = [entry for entry in entries if not _is_noise(entry)]
    _refuse_doubled(found)
    _refuse_overlapping(entries, size)
    for entry in found:
        _refuse_in_folder(entry)
    known = {entry.filename: entry for entry in found if entry.filename in KNOWN_FILES}
    for entry in known.values():
        _refuse_unreadable(entry)
    return known, {entry.filename for entry in found} - known.keys()


def too_many_entries() -> BundleError:
    return BundleError("too_many_files", _("The zip holds too many files. Pack the bundle's files only."))


def _refuse_dangerous(entry: zipfile.ZipInfo) -> None:
    """Nothing is ever unpacked to a disk, but who packs such names means no good."""
    name = entry.orig_filename
    parts = name.replace("\\", "/").split("/")
    if parts[0] == "" or ".." in parts or "\\" in name or "\0" in name or parts[0][1:2] == ":":
        message = _("The zip holds a path that leads out of it. Pack the files anew, without folders.")
        raise BundleError("outside", message)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BundleError("outside", _("The zip holds a symbolic link. Pack the files themselves."))


def _is_noise(entry: zipfile.ZipInfo) -> bool:
    parts = entry.filename.split("/")
    return entry.is_dir() or parts[0] == _RESOURCE_FORKS or any(part.startswith(".") for part in parts)


def _refuse_doubled(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename.casefold() for entry in entries]
    if len(set(names)) < len(names):
        message = _("The zip holds two files of the same name. Pack the files anew, each once.")
        raise BundleError("duplicate_file", message)


def _refuse_overlapping(entries: list[zipfile.ZipInfo], size: int) -> None:
    if sum(entry.compress_size for entry in entries) > size:
        message = _("The files in the zip add up to more than the zip. Pack the files anew.")
        raise BundleError("zip_bomb", message)


def _refuse_in_folder(entry: zipfile.ZipInfo) -> None:
    _folder, slash, name = entry.filename.rpartition("/")
    if slash and name in KNOWN_FILES:
        message = _("The file lies in a folder inside the zip. Pack the files themselves, not their folder.")
        raise BundleError("in_folder", message, file=name)


def _refuse_unreadable(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise BundleError("encrypted", _("The file is encrypted. Pack it without a password."), file=entry.filename)
    if entry.compress_type not in _METHODS:
        message = _("The file is packed by an unknown method. Pack it with deflate.")
        raise BundleError("unreadable", message, file=entry.filename)
