"""The stored values of a property, ready to be printed: before and after, with the difference marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Action, AuditLogEntryDetail
from ..texts import visible
from .difference import Piece, difference

#: Beside the list, a piece is shown whole up to this many characters; of longer ones, this much of either end.
LONGEST_BESIDE = 240
END = 80


@dataclass(frozen=True)
class Shown:
    """A piece of a value. ``kind``: ``same`` in both values, ``changed``, or ``left_out``, which says how much."""

    text: str
    kind: str


@dataclass(frozen=True)
class Value:
    """A stored value. ``absent`` says in words why there is no text: no value at all, empty, or a secret.

    ``whole`` says that nothing of it is in the other value, so that no piece needs to be told from the rest.
    """

    pieces: Sequence[Shown] = ()
    absent: str = ""

    @property
    def whole(self) -> bool:
        return all(piece.kind != "same" for piece in self.pieces)


def before_and_after(
    detail: AuditLogEntryDetail, action: str, *, beside: bool = False
) -> tuple[Value | None, Value | None]:
    """The values of a property; of an add there is none before, of a delete none after.

    ``beside``: beside the list, where long texts are shown in part.
    """
    old, new = detail.existing_value, detail.new_value
    if action == Action.CHANGE and old and new and detail.existing_name is None and detail.new_name is None:
        before, after = difference(old, new)
        return Value(_shown(before, beside)), Value(_shown(after, beside))
    kind = "changed" if action == Action.CHANGE else "same"
    more: dict[str, Any] = {"masked": detail.masked, "beside": beside, "kind": kind}
    return (
        None if action == Action.ADD else value_of(old, detail.existing_name, **more),
        None if action == Action.DELETE else value_of(new, detail.new_name, **more),
    )


def value_of(
    text: str | None, name: str | None = None, *, masked: bool = False, beside: bool = False, kind: str = "same"
) -> Value:
    """One value by itself, with the name that its id stood for."""
    if masked:
        return Value(absent=_("not shown"))
    if text is None:
        return Value(absent=_("no value"))
    if text == "":
        return Value(absent=_("empty text"))
    return Value(_shown([Piece(f"{text} ({name})" if name else text, kind == "same")], beside))


def _shown(pieces: Sequence[Piece], beside: bool) -> list[Shown]:
    return [shown for piece in pieces for shown in _ends(piece, beside)]


def _ends(piece: Piece, beside: bool) -> Iterator[Shown]:
    """The piece, or beside the list the two ends of a long one and how much lies between."""
    kind = "same" if piece.same else "changed"
    between = len(piece.text) - 2 * END
    if not beside or len(piece.text) <= LONGEST_BESIDE:
        yield Shown(visible(piece.text), kind)
        return
    left_out = ngettext("… %(count)d more character …", "… %(count)d more characters …", between)
    yield Shown(visible(piece.text[:END]), kind)
    yield Shown(left_out % {"count": between}, "left_out")
    yield Shown(visible(piece.text[-END:]), kind)
