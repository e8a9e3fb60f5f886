"""An entry in a sentence of plain words: “admin gave the group Teacher the right to Write in Behavior.”"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ..areas import area_named
from ..texts import shortened, visible

if TYPE_CHECKING:
    from .stored import Stored

#: How much of a name or value a sentence quotes; the entry shows all of it.
LONGEST = 80

PLACE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Part:
    """A piece of a sentence. A name comes from outside and is set apart, so that it turns no words around it."""

    text: str
    is_name: bool = False


Sentence = list[Part]


def compose(template: str, **names: str | Sentence) -> Sentence:
    """The template with names, or parts of sentences, in its places ``%(like_this)s``.

    A name that is empty says so, one that is long is cut, and what hides in it is made visible.
    """
    pieces = PLACE.split(template)
    sentence: Sentence = []
    for number, piece in enumerate(pieces):
        if number % 2:
            value = names[piece]
            sentence += value if isinstance(value, list) else [_name(value)]
        elif piece:
            sentence.append(Part(piece))
    return sentence


def _name(text: str) -> Part:
    return Part(visible(shortened(text, LONGEST)), is_name=True) if text else Part(_("(empty)"))


def sentence_of(told: Stored) -> Sentence:
    """What the entry says, in the words of its area."""
    area = area_named(told.entry.table)
    return area.sentence(told) if area is not None and area.sentence is not None else plainly(told)


def plainly(told: Stored) -> Sentence:
    """The sentence of an entry that nobody has better words for."""
    templates = {
        "add": _("%(who)s added %(object)s (%(table)s)."),
        "change": _("%(who)s changed %(object)s (%(table)s)."),
        "delete": _("%(who)s deleted %(object)s (%(table)s)."),
    }
    entry = told.entry
    return compose(templates[entry.action], who=entry.changed_by, object=entry.affected_object, table=entry.table)
