"""Users whose line is the one of the last applied bundle: what they are to us is known without looking.

It holds only while everything that decides it is unchanged: the home students, their numbers elsewhere, which orgs are
ours, and the header. A line that gave rise to any finding is looked at again each time, so that it is told each time.
"""

from __future__ import annotations

import csv
from array import array

from .memory import hash_of
from .table import Table


class KnownUsers:
    """``students``: those of the last bundle, by user id. ``settled``: the ids of lines passed by, as bytes."""

    def __init__(self, table: Table, students: dict[str, int], lines: set[int]) -> None:
        self._at = table.columns["sourcedId"]
        self._secret = table.columns.get("password")
        self._before, self._lines = students, lines
        #: Ids of those passed by who are not students of ours.
        self.others: set[str] = set()
        self.settled: set[bytes] = set()
        #: Hashes of the lines passed by, and of those looked at by user id, until something is found about one.
        self._kept = array("Q")
        self._looked_at: dict[str, int] = {}
        self._latest = 0
        #: Ids of lines that were not passed by.
        self._met: set[bytes] = set()

    def is_known(self, record: bytes) -> bool:
        """Whether a line can be passed by; notes what it says if so."""
        cells = record.split(b",") if b'"' not in record else _quoted(record)
        if self._secret is not None and self._secret < len(cells):
            cells[self._secret] = b""
        self._latest = hash_of(b"\x1f".join(cells))
        key = cells[self._at] if self._at < len(cells) else b""
        if self._latest not in self._lines or key in self.settled or key in self._met:
            self._met.add(key)
            return False
        self._pass_by(key)
        return True

    def _pass_by(self, key: bytes) -> None:
        self.settled.add(key)
        self._kept.append(self._latest)
        if (user_id := key.decode()) not in self._before:
            self.others.add(user_id)

    def students(self) -> dict[str, int]:
        """Those of the last bundle whose lines were passed by."""
        return {key: student for key, student in self._before.items() if key.encode() in self.settled}

    def repeats(self, user_id: str) -> bool | None:
        """Whether a line that was not passed by says the same as one that was; None where none was of this id."""
        return self._latest in self._lines if user_id.encode() in self.settled else None

    def look_at(self, user_id: str) -> None:
        """The latest line was parsed, and is fine so far."""
        self._looked_at[user_id] = self._latest

    def forget(self, user_id: str) -> None:
        """Something is found about a user."""
        self._looked_at.pop(user_id, None)

    def done(self) -> None:
        """All lines were read: what the last bundle held is of no further use."""
        self._before, self._lines = {}, set()

    def hashes(self) -> array[int]:
        """Hashes of all lines that were fine."""
        return self._kept + array("Q", self._looked_at.values())


def _quoted(record: bytes) -> list[bytes]:
    """The cells of a line with quotes; the whole line where they do not fit together."""
    try:
        return [cell.encode() for cell in next(csv.reader([record.decode()], strict=True))]
    except (csv.Error, UnicodeDecodeError):
        return [record]
