"""What of a text was taken out and what was put in: words, and letters where two words are much alike.

The work is bounded, whatever the texts are: what is too long to be compared counts as exchanged as a whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

#: How many words on each side are compared, once what both begin and end with is taken off.
MOST_WORDS = 300
#: Which share of the shorter text has to be in both, for one to read as a change of the other.
ALIKE = 0.35
#: Which share of the longer word has to be in both, at its beginning and end.
WORDS_ALIKE = 0.5

WORDS = re.compile(r"\w+|\s+|[^\w\s]")

#: Whether both texts have it, and how it reads in the old and in the new one.
Run = tuple[bool, str, str]


@dataclass(frozen=True)
class Piece:
    """A piece of one of two texts, and whether the other one has it too."""

    text: str
    same: bool


def difference(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces: those of the old one that were taken out, those of the new one that were put in."""
    runs = [finer for run in _tidy(list(_runs(_words(old), _words(new)))) for finer in _finer(run)]
    in_both = sum(len(text) for same, text, _new in runs if same)
    if in_both < ALIKE * min(len(old), len(new)):
        runs = [(False, old, new)]
    return (
        [Piece(text, same) for same, text, _new in runs if text],
        [Piece(text, same) for same, _old, text in runs if text],
    )


def _words(text: str) -> list[str]:
    """The text in words, spaces and signs."""
    return _with_accents(WORDS.findall(text))


def _with_accents(pieces: Iterable[str]) -> list[str]:
    """Pieces of a text, an accent that stands apart put to its letter again."""
    whole: list[str] = []
    for piece in pieces:
        if whole and unicodedata.combining(piece[0]):
            whole[-1] += piece
        else:
            whole.append(piece)
    return whole


def _runs(old: Sequence[str], new: Sequence[str]) -> Iterator[Run]:
    """The words of both in runs that differ or do not."""
    start, end = _common(old, new)
    yield True, "".join(old[:start]), "".join(new[:start])
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(before), len(after)) > MOST_WORDS:
        yield False, "".join(before), "".join(after)
    else:
        for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            yield kind == "equal", "".join(before[a:b]), "".join(after[c:d])
    yield True, "".join(old[len(old) - end :]), "".join(new[len(new) - end :])


def _common(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How much both begin with, and how much of the rest both end with."""
    shorter = min(len(old), len(new))
    start = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    left = shorter - start
    return start, next((n for n in range(left) if old[-1 - n] != new[-1 - n]), left)


def _tidy(runs: Sequence[Run]) -> list[Run]:
    """The runs with no lone space or sign called the same between two that differ."""
    tidy: list[Run] = []
    for number, (same, old, new) in enumerate(runs):
        inside = 0 < number < len(runs) - 1
        same = same and not (inside and not any(map(str.isalnum, old)))
        if tidy and tidy[-1][0] == same:
            _same, old_before, new_before = tidy.pop()
            old, new = old_before + old, new_before + new
        tidy.append((same, old, new))
    return tidy


def _finer(run: Run) -> list[Run]:
    """A word that became a word much like it, in runs of letters."""
    same, *texts = run
    if same or not all(WORDS.fullmatch(text) and not text.isnumeric() for text in texts):
        return [run]
    old, new = map(_with_accents, texts)
    start, end = _common(old, new)
    if start + end < WORDS_ALIKE * max(len(old), len(new)):
        return [run]
    ends = "".join(old[:start]), "".join(old[len(old) - end :])
    changed = ["".join(letters[start : len(letters) - end]) for letters in (old, new)]
    return [(True, ends[0], ends[0]), (False, changed[0], changed[1]), (True, ends[1], ends[1])]
