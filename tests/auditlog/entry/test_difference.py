from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditlog.entry.difference import difference


def marked(old: str, new: str) -> tuple[str, str]:
    """Both texts, with what was taken out in [-…-] and what was put in in {+…+}."""
    before, after = difference(old, new)
    return (
        "".join(piece.text if piece.same else f"[-{piece.text}-]" for piece in before),
        "".join(piece.text if piece.same else f"{{+{piece.text}+}}" for piece in after),
    )


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("Nurses", "Nurses and aides", "Nurses", "Nurses{+ and aides+}"),
        ("Lincoln High", "Lincoln Middle School", "Lincoln [-High-]", "Lincoln {+Middle School+}"),
        ("J45, J46", "J45, J47, J48", "J45, [-J46-]", "J45, {+J47, J48+}"),
        ("Jon", "John", "Jon", "Jo{+h+}n"),
        ("jdoe@example.org", "jdoe2@example.org", "jdoe@example.org", "jdoe{+2+}@example.org"),
        ("2025-06-30", "2026-06-30", "[-2025-]-06-30", "{+2026+}-06-30"),
        ("true", "false", "[-true-]", "{+false+}"),
        ("10", "100", "[-10-]", "{+100+}"),
        ("Title One", "TITLE ONE", "[-Title One-]", "{+TITLE ONE+}"),
        ("a b", "a  b", "a b", "a {+ +}b"),
        ("first\nsecond\n", "first\nsecond", "first\nsecond[-\n-]", "first\nsecond"),
        ("the big dog barked", "the cat barked", "the [-big dog-] barked", "the {+cat+} barked"),
        ("the red fox", "a blue cow", "[-the red fox-]", "{+a blue cow+}"),
        ("Cafe\u0301 Nord", "Cafe\u0300 Nord", "[-Cafe\u0301-] Nord", "{+Cafe\u0300+} Nord"),
        ("", "new", "", "{+new+}"),
    ],
)
def test_words_that_differ_are_told_from_those_that_do_not(old, new, before, after):
    assert marked(old, new) == (before, after)


@given(st.text(alphabet="ab ,.\n1é\u0301", max_size=60), st.text(alphabet="ab ,.\n1é\u0301", max_size=60))
def test_the_pieces_of_a_text_are_the_text_and_what_is_the_same_is_in_both(old, new):
    before, after = difference(old, new)
    assert "".join(piece.text for piece in before) == old
    assert "".join(piece.text for piece in after) == new
    assert [piece for piece in before if piece.same] == [piece for piece in after if piece.same]


@pytest.mark.parametrize("unit", ["a b ", "!", "word ", "x y z "])
def test_texts_of_a_hundred_thousand_characters_are_compared_in_no_time(unit):
    old, new = unit * (100_000 // len(unit)), "start " + unit[::-1] * (100_000 // len(unit)) + " end"
    started = time.process_time()
    before, after = difference(old, new)
    assert time.process_time() - started < 2
    assert ("".join(piece.text for piece in before), "".join(piece.text for piece in after)) == (old, new)


def test_a_word_put_into_the_middle_of_a_long_text_is_the_only_difference():
    words = [f"word{n}" for n in range(20_000)]
    old, new = " ".join(words), " ".join([*words[:10_000], "here", *words[10_000:]])
    before, after = difference(old, new)
    assert all(piece.same for piece in before)
    assert [piece.text for piece in after if not piece.same] == ["here "]
