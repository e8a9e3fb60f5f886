"""Known lines, met in the order of the last file or in any other."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosssite.sync import lines
from crosssite.sync.lines import KnownLines

HASHES = st.lists(st.integers(0, 2**60 - 1), unique=True, max_size=300)


def known_of(held: list[int]) -> KnownLines:
    return KnownLines(array("Q", held))


def met_again(known: KnownLines, met: list[int], by: int = 1_000) -> list[int]:
    """Those of the lines met that are known, asked for as many at once."""
    found = []
    for start in range(0, len(met), by):
        batch = met[start : start + by]
        found += [line for line, is_held in zip(batch, known.held(batch), strict=True) if is_held]
    return found


@given(held=HASHES, data=st.data())
def test_what_was_not_held_is_never_known_and_of_the_others_only_a_few_may_be_missed(held, data):
    met = data.draw(st.permutations(held)) + data.draw(HASHES)
    found = met_again(known_of(held), met, by=data.draw(st.integers(1, 50)))
    truly = [line for line in met if line in set(held)]
    assert set(found) <= set(truly)
    assert len(truly) - len(found) <= len(held) // lines.RARELY


@given(held=HASHES, data=st.data())
def test_in_the_same_order_with_some_gone_and_some_new_every_line_is_known(held, data):
    new = {line for line in data.draw(HASHES) if line not in set(held)}
    gone = {line for line in held if data.draw(st.booleans())} if len(held) < lines.WINDOW else set()
    met = [line for line in held if line not in gone]
    for line in new:
        met.insert(data.draw(st.integers(0, len(met))), line)
    assert met_again(known_of(held), met) == [line for line in met if line not in new]


def test_a_night_with_few_changes_does_without_sorting():
    known = known_of(list(range(10_000)))
    met = [line if line % 100 else 20_000 + line for line in range(10_000)]
    assert len(met_again(known, met)) == 9_900
    assert known._sorted is None


def test_a_large_piece_that_went_is_stepped_over():
    known = known_of(list(range(10_000)))
    met = [*range(100), *range(5_000, 10_000)]
    assert met_again(known, met) == [*range(100), *range(5_000 + 10_000 // lines.RARELY, 10_000)]
    assert known._searches == 1, "the place was found anew once, not for every line"


@pytest.mark.parametrize("count", [30, 3_000])
def test_a_file_in_the_reverse_order_is_known_but_for_a_few(count):
    met = list(reversed(range(count)))
    assert len(met_again(known_of(list(range(count))), met)) >= count - count // lines.RARELY


def test_whether_a_line_was_held_at_all_is_told_at_any_time():
    known = known_of([5, 3, 9])
    assert [line in known for line in (3, 5, 9, 4)] == [True, True, True, False]
    assert known.held([9, 4]) == [True, False]
