"""The lines that the last applied bundle held, by their hashes in the order of its file.

Tonight's file is mostly in the same order, so the next hash is nearly always the one that is met: a walk along an
array costs a tenth of the memory of a set, and no jumps through it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

#: How far ahead a hash is looked for: rows that went leave a gap.
WINDOW = 64

#: After so many known lines that stand elsewhere, the place in the file is sought anew; and how often at most.
ASTRAY = 8
SEARCHES = 1_000

UNKNOWN = -1


class KnownLines:
    """Ask ``find`` where the hash at ``hashes[here]`` is not the one that was met."""

    def __init__(self, hashes: array[int]) -> None:
        self.hashes = hashes
        self._sorted: array[int] | None = None
        self._astray = 0
        self._searches = 0

    def __contains__(self, line_hash: int) -> bool:
        if self._sorted is None:
            self._sorted = array("Q", sorted(self.hashes))
        place = bisect_left(self._sorted, line_hash)
        return place < len(self._sorted) and self._sorted[place] == line_hash

    def find(self, line_hash: int, here: int) -> int:
        """Where to go on after a line; UNKNOWN for one that the last bundle did not hold."""
        try:
            ahead = self.hashes.index(line_hash, here, here + WINDOW) + 1
        except ValueError:
            return self._elsewhere(line_hash, here) if line_hash in self else UNKNOWN
        self._astray = 0
        return ahead

    def _elsewhere(self, line_hash: int, here: int) -> int:
        """A known line out of order: where many follow each other, a larger piece of the file went or moved."""
        self._astray += 1
        if self._astray < ASTRAY or self._searches == SEARCHES:
            return here
        self._astray = 0
        self._searches += 1
        return self.hashes.index(line_hash) + 1
