"""Known lines, met in the order of the last file or in any other."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from crosssite.sync.lines import UNKNOWN, KnownLines

HASHES = st.lists(st.integers(0, 2**60 - 1), unique=True, max_size=300)


def walk(known: KnownLines, met: list[int]) -> list[int]:
    """Those of the lines met that are known, as the reader asks for them."""
    here, found = 0, []
    for line in met:
        if here < len(known.hashes) and known.hashes[here] == line:
            here += 1
        elif (place := known.find(line, here)) == UNKNOWN:
            continue
        else:
            here = place
        found.append(line)
    return found


@given(held=HASHES, data=st.data())
def test_exactly_the_lines_that_were_held_are_known_in_any_order(held, data):
    met = data.draw(st.permutations(held)) + data.draw(HASHES)
    assert walk(KnownLines(array("Q", held)), met) == [line for line in met if line in set(held)]


def test_a_large_piece_that_went_is_stepped_over():
    known = KnownLines(array("Q", range(10_000)))
    met = [*range(100), *range(5_000, 10_000)]
    assert walk(known, met) == met
    assert known._searches == 1, "the place was found anew once, not for every line"


def test_a_file_in_the_reverse_order_is_known_all_the_same():
    met = list(reversed(range(3_000)))
    assert walk(KnownLines(array("Q", range(3_000))), met) == met
