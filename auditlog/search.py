"""How texts are folded for searching: the same for what is stored and for what is asked."""

from __future__ import annotations

import unicodedata

#: What a database index can hold of a name, in characters.
LONGEST = 255


def fold(text: str) -> str:
    """Text without regard to case, in every script, composed letters and separate accents made alike."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def fold_name(text: str) -> str:
    """A folded name, cut to what an index can hold."""
    return fold(text)[:LONGEST]
