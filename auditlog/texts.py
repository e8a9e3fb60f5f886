"""How stored texts and moments read on the page and in exports."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

#: Characters that print as nothing although Unicode counts them among the letters, marks and symbols.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\ufe00\ufe01\ufe02\ufe03\uffa0")


def moment(when: datetime) -> str:
    """District time with its offset at that moment: ``05/13/2010 15:00:58 -0500``."""
    return when.astimezone(timezone.get_default_timezone()).strftime("%m/%d/%Y %H:%M:%S %z")


def visible(text: str) -> str:
    """The text with every character that could hide or turn others round shown as a mark: ``⟨U+202E⟩``."""
    if text.isprintable() and BLANK.isdisjoint(text):
        return text
    return "".join(map(_mark, text))


def _mark(character: str) -> str:
    if character == "\n":
        return "⏎\n"
    if character.isprintable() and character not in BLANK:
        return character
    return f"⟨U+{ord(character):04X}⟩"


def shortened(text: str, longest: int) -> str:
    """The text, cut with an ellipsis where it is longer."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
