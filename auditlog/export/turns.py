"""How many exports are made at once.

An export keeps a thread of the server until its last byte is on its way, however slow the line is. With all threads
taken nobody else would be answered, so each export holds one of a few turns. A turn is the operating system's lock on
a file, shared by all workers of this machine: whatever becomes of a worker or of who downloads, the kernel gives it
back. The database has no part in it, since a pooler would hand its locks round.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connections, router

from ..models import AccessLogEntry

logger = logging.getLogger(__name__)


class NoTurn(Exception):
    """As many exports are being made as may be at once; ``own``: as many of this person's."""

    def __init__(self, *, own: bool) -> None:
        super().__init__()
        self.own = own


class Turn:
    """A turn, as the file that is locked. It ends when that is said, and at the latest when nobody knows of it."""

    def __init__(self, file: int | None) -> None:
        self._file = file

    def end(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    __del__ = end


def take_turn(person: object) -> Turn:
    """A turn for an account, named by its id; raises ``NoTurn`` where there is none left for it.

    Where the files cannot be used there is no limit: a full disk keeps no auditor from the log.
    """
    try:
        with _alone() as folder:
            return _first_free(folder, str(person).encode())
    except OSError:
        logger.exception("Exports are made without a limit: the files in %s cannot be used.", _folder())
        return Turn(None)


def _first_free(folder: Path, person: bytes) -> Turn:
    files = [_open(folder / str(number)) for number in range(settings.EXPORTS_AT_ONCE)]
    free = [file for file in files if _locked(file)]
    own = sum(os.pread(file, 32, 0) == person for file in files if file not in free) >= settings.EXPORTS_PER_PERSON
    granted = [] if own else free[:1]
    for file in set(files).difference(granted):
        os.close(file)
    if not granted:
        raise NoTurn(own=own)
    turn = Turn(*granted)
    # Whose it is, for those who come later.
    os.truncate(granted[0], 0)
    os.pwrite(granted[0], person, 0)
    return turn


@contextmanager
def _alone() -> Iterator[Path]:
    """The folder of the files. One after the other looks for a turn, so that nobody's look takes one away."""
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid != os.getuid():
        raise PermissionError("It belongs to somebody else.")
    gate = _open(folder / "gate")
    try:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(gate)


def _folder() -> Path:
    """Of this database and this account of the machine, where every service may write."""
    database = connections[router.db_for_read(AccessLogEntry)].settings_dict
    place = "\0".join(str(database.get(name, "")) for name in ("HOST", "PORT", "NAME"))
    digest = hashlib.sha256(place.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"chalkline-exports-{os.getuid()}-{digest}"


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def _locked(file: int) -> bool:
    """Whether the lock is ours now: it is the open file's, so threads of one process keep each other out as well."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
