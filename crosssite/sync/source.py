"""Where a bundle's files come from: a folder or a zip, read as streams, within limits, and watched for changes."""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import stat
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from django.utils.translation import gettext as _

from .archive import Door, entries_of
from .findings import BundleError
from .limits import STANDARD, Limits
from .schema import KNOWN_FILES

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: Bytes read at once: what is made of them fits a processor's nearest memory.
CHUNK = 64 * 1024

#: All that reading a damaged file or archive was seen to raise (LookupError, RuntimeError: unknown methods).
_FAULTS = (
    OSError,
    EOFError,
    LookupError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)

#: Size, time of the last change, inode and device.
Stamp = tuple[int, int, int, int]


@contextmanager
def open_source(path: Path, limits: Limits = STANDARD) -> Iterator[Source]:
    """The bundle at a path: a folder, or else a zip. Raises BundleError for what cannot be one."""
    source = _opened(path, limits)
    try:
        yield source
    finally:
        source.close()


def _opened(path: Path, limits: Limits) -> Source:
    try:
        path = path.resolve(strict=True)
        if path.is_dir():
            return FolderSource(path, limits)
        if not path.is_file():
            # A pipe would wait for a writer, a device never end.
            raise BundleError("not_a_file", _("This is neither a folder nor a zip. Give the bundle’s own path."))
        return ZipSource(path, limits)
    except FileNotFoundError as fault:
        message = _("There is no such folder or zip. Check the path and whether the transfer has come.")
        raise BundleError("not_found", message) from fault
    except _FAULTS as fault:
        message = _("The bundle is neither a folder nor a zip that can be read. Transfer it again.")
        raise BundleError("unreadable", message) from fault


class Source(ABC):
    """The files of a bundle. ``name``: of the folder or zip, without its path. ``files``: known ones that it holds."""

    #: Whether each file is hashed while it is read.
    hashes_files = False

    def __init__(self, path: Path, limits: Limits) -> None:
        self.name = path.name.encode(errors="replace").decode()
        self.files: set[str] = set()
        #: Names that are passed over, for hints.
        self.others: set[str] = set()
        self._path = path
        self._limits = limits
        self._read: dict[str, int] = {}
        self._held = ExitStack()

    @contextmanager
    def open(self, file: str) -> Iterator[BinaryIO]:
        """A file as a stream. Reading raises BundleError past a limit and wherever the file is damaged."""
        if file not in self.files:
            raise BundleError("missing_file", _("The file is missing."), file=file)
        try:
            raw = self._raw(file)
        except _FAULTS as fault:
            raise unreadable(file) from fault
        with raw, io.BufferedReader(_Counted(self, file, raw), CHUNK) as stream:
            yield stream

    @property
    def bytes_read(self) -> int:
        """Of all files, unpacked; what is read twice counts once."""
        return sum(self._read.values())

    def count(self, file: str, position: int) -> None:
        """Told how far a file has been read; refuses more than the limits."""
        self._read[file] = max(position, self._read.get(file, 0))
        if position > self._limits.file_bytes or self.bytes_read > self._limits.total_bytes:
            message = _("The bundle is too large; at most %(file)d MB a file and %(total)d MB in all are read.")
            sizes = {"file": self._limits.file_bytes >> 20, "total": self._limits.total_bytes >> 20}
            raise BundleError("too_large", message % sizes, file=file)

    def close(self) -> None:
        self._held.close()

    @property
    @abstractmethod
    def digest(self) -> str:
        """SHA-256, hexadecimal: of the zip, or of a folder's known files and their names, in the order of names."""

    @abstractmethod
    def size(self, file: str) -> int:
        """Bytes, as the folder or zip says; to show progress by."""

    @abstractmethod
    def verify(self) -> None:
        """Raises BundleError where the bundle is not what it was when it was opened."""

    @abstractmethod
    def ended(self, file: str, position: int, digest: str) -> None:
        """Told that a file has been read to its end."""

    @abstractmethod
    def _raw(self, file: str) -> BinaryIO: ...


class FolderSource(Source):
    """The known files of a folder. A link that leads out of the folder is refused."""

    hashes_files = True

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__(path, limits)
        names = {entry.name for entry in path.iterdir()}
        self.files, self.others = names & KNOWN_FILES, names - KNOWN_FILES
        self._refuse_twins(names)
        self._paths = {file: self._inside(file) for file in self.files}
        self._stamps = {file: _stamp(inside.stat()) for file, inside in self._paths.items()}
        self._digests: dict[str, str] = {}

    @property
    def digest(self) -> str:
        whole = hashlib.sha256()
        for file in sorted(self.files):
            whole.update(f"{file} {self._digest_of(file)}\n".encode())
        return whole.hexdigest()

    def size(self, file: str) -> int:
        return self._stamps[file][0]

    def verify(self) -> None:
        try:
            now = {file: _stamp((self._path / file).stat()) for file in self._known_now()}
        except OSError as fault:
            raise changed() from fault
        for file in self.files | now.keys():
            if now.get(file) != self._stamps.get(file):
                raise changed(file)

    def ended(self, file: str, position: int, digest: str) -> None:
        if position != self.size(file) or self._digests.setdefault(file, digest) != digest:
            raise changed(file)

    def _known_now(self) -> set[str]:
        return {entry.name for entry in self._path.iterdir()} & KNOWN_FILES

    def _digest_of(self, file: str) -> str:
        """Of a file that was read already, what was read then."""
        if file not in self._digests:
            with self.open(file) as stream:
                while stream.read(CHUNK):
                    pass
        return self._digests[file]

    def _raw(self, file: str) -> BinaryIO:
        try:
            return cast(BinaryIO, self._paths[file].open("rb", buffering=0))
        except FileNotFoundError as fault:
            raise changed(file) from fault

    def _inside(self, file: str) -> Path:
        path = (self._path / file).resolve(strict=True)
        if not path.is_relative_to(self._path):
            raise BundleError("outside", _("The link leads out of the folder. Put the file itself there."), file=file)
        if not stat.S_ISREG(path.stat().st_mode):
            raise BundleError("not_a_file", _("This is not a file. Put the file itself there."), file=file)
        return path

    def _refuse_twins(self, names: set[str]) -> None:
        folded = {file.casefold(): file for file in self.files}
        for name in sorted(names - self.files):
            if name.casefold() in folded:
                raise twins(folded[name.casefold()])


class ZipSource(Source):
    """The files at the root of a zip, none of which is believed to be as long as it says."""

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__(path, limits)
        with self._held:
            door = self._held.enter_context(Door(path))
            self._stamp = _stamp(path.stat())
            self._zip = self._held.enter_context(zipfile.ZipFile(cast(BinaryIO, door)))
            self._entries, self.others = entries_of(self._zip.infolist(), self._stamp[0], limits)
            self._held = self._held.pop_all()
        self.files = set(self._entries)

    @property
    def digest(self) -> str:
        with self._path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def size(self, file: str) -> int:
        return self._entries[file].file_size

    def count(self, file: str, position: int) -> None:
        super().count(file, position)
        packed = self._entries[file].compress_size
        if position > self._limits.ratio_from and position > packed * self._limits.ratio:
            message = _("The file unpacks to more than %d times its packed size, as a zip bomb does.")
            raise BundleError("zip_bomb", message % self._limits.ratio, file=file)

    def verify(self) -> None:
        try:
            now = _stamp(self._path.stat())
        except OSError as fault:
            raise changed() from fault
        if now != self._stamp:
            raise changed()

    def ended(self, file: str, position: int, digest: str) -> None:
        if position != self.size(file):
            raise unreadable(file)

    def _raw(self, file: str) -> BinaryIO:
        return cast(BinaryIO, self._zip.open(self._entries[file]))


class _Counted(io.RawIOBase):
    """A file of a bundle while it is read: counted, hashed, and every fault told as a BundleError."""

    def __init__(self, source: Source, file: str, raw: BinaryIO) -> None:
        self._source = source
        self._file = file
        self._raw = cast(io.RawIOBase, raw)
        self._position = 0
        self._hash = hashlib.sha256() if source.hashes_files else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        try:
            count = self._raw.readinto(buffer) or 0
        except _FAULTS as fault:
            raise unreadable(self._file) from fault
        self._position += count
        self._source.count(self._file, self._position)
        if self._hash:
            self._hash.update(memoryview(buffer)[:count])
        if not count:
            self._source.ended(self._file, self._position, self._hash.hexdigest() if self._hash else "")
        return count


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev


def unreadable(file: str) -> BundleError:
    return BundleError("unreadable", _("The file is damaged. Transfer the bundle again."), file=file)


def changed(file: str = "") -> BundleError:
    message = _("The bundle changed while it was read. Start the run when the transfer is complete.")
    return BundleError("changed", message, file=file)


def twins(file: str) -> BundleError:
    return BundleError("duplicate_file", _("The bundle holds the file twice. Leave one of them out."), file=file)
