"""Users whose line is the one of the last applied bundle: what they are to us is known without looking.

It holds only while everything that decides it is unchanged: the home students, their numbers elsewhere, which orgs are
ours, and the header. A line that gave rise to any finding is looked at again each time, so that it is told each time.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

from .memory import hashes_of
from .table import Table


class KnownUsers:
    """``students``: those of the last bundle, by user id. ``settled``: the ids of lines passed by, as bytes."""

    def __init__(self, table: Table, students: dict[str, int], lines: set[int]) -> None:
        self._table = table
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

    def to_look_at(self, lines: Sequence[int], records: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
        """Those of a file's next lines that cannot be passed by; notes what the others say."""
        rows = [self._cells(record) for record in records]
        hashes = hashes_of(map(b"\x1f".join, rows))
        for line, record, cells, line_hash in zip(lines, records, rows, hashes, strict=True):
            key = cells[self._at] if self._at < len(cells) else b""
            if line_hash in self._lines and key not in self.settled and key not in self._met:
                self.settled.add(key)
                self._kept.append(line_hash)
                if (user_id := key.decode()) not in self._before:
                    self.others.add(user_id)
            else:
                self._met.add(key)
                self._latest = line_hash
                yield line, record

    def _cells(self, record: bytes) -> list[bytes]:
        """The cells of a line, the password blanked."""
        cells = record.split(b",") if b'"' not in record else self._table.quoted_cells(record)
        if self._secret is not None and self._secret < len(cells):
            cells[self._secret] = b""
        return cells

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
