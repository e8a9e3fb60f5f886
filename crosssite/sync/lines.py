"""The lines that the last applied bundle held, by their hashes in the order of its file.

Tonight's file is mostly in the same order, so the next hash is nearly always the one that is met: a walk along an
array costs a tenth of the memory of a set, and no jumps through it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence

#: How far ahead a hash is looked for: rows that went leave a gap.
WINDOW = 64

#: All hashes are sorted once one line in so many was not found there: looking closely at those took as long as sorting.
RARELY = 40

#: After so many known lines that stand elsewhere, the place in the file is sought anew; and how often at most.
ASTRAY = 8
SEARCHES = 1_000


class KnownLines:
    """Ask of all lines of a file, as they follow each other."""

    def __init__(self, hashes: array[int]) -> None:
        self._hashes = hashes
        self._here = 0
        self._missed = 0
        self._sorted: array[int] | None = None
        self._astray = 0
        self._searches = 0

    def held(self, line_hashes: Sequence[int]) -> list[bool]:
        """Whether the last bundle held each of these lines; False also for some that stood elsewhere, if they are few.

        Who looks at such a line closely finds what is known of it.
        """
        hashes, here, count = self._hashes, self._here, len(self._hashes)
        if not count:
            return [False] * len(line_hashes)
        found = []
        for line_hash in line_hashes:
            if here < count and hashes[here] == line_hash:
                here += 1
                found.append(True)
            else:
                place = self._find(line_hash, here)
                found.append(place is not None)
                here = here if place is None else place
        self._here = here
        return found

    def __contains__(self, line_hash: int) -> bool:
        if self._sorted is None:
            self._sorted = array("Q", sorted(self._hashes))
        place = bisect_left(self._sorted, line_hash)
        return place < len(self._sorted) and self._sorted[place] == line_hash

    def _find(self, line_hash: int, here: int) -> int | None:
        """Where to go on after a line that is not the next one; None for one that was not held."""
        try:
            ahead = self._hashes.index(line_hash, here, here + WINDOW) + 1
        except ValueError:
            self._missed += 1
            is_elsewhere = self._missed * RARELY > len(self._hashes) and line_hash in self
            return self._elsewhere(line_hash, here) if is_elsewhere else None
        self._astray = 0
        return ahead

    def _elsewhere(self, line_hash: int, here: int) -> int:
        """A known line out of order: where many follow each other, a larger piece of the file went or moved."""
        self._astray += 1
        if self._astray < ASTRAY or self._searches == SEARCHES:
            return here
        self._astray = 0
        self._searches += 1
        return self._hashes.index(line_hash) + 1
