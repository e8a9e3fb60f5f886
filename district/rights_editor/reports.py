"""Saying in words what saving did, and what it did not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Right
from .changes import Outcome
from .tree import Box, Tree

#: How many boxes a message names before it only counts the rest.
NAMED = 8


def told(outcome: Outcome, tree: Tree) -> Iterator[tuple[int, str]]:
    """(level, message) for what was saved and for what another person had done meanwhile."""
    if outcome.given or outcome.revoked:
        yield messages.SUCCESS, _summary(len(outcome.given), len(outcome.revoked))
    else:
        yield messages.INFO, _("Nothing was changed.")
    if boxes := outcome.given_meanwhile:
        text = ngettext(
            "%(boxes)s was given by another person meanwhile and stays.",
            "%(boxes)s were given by another person meanwhile and stay.",
            len(boxes),
        )
        yield messages.WARNING, text % {"boxes": named(boxes, tree)}
    if boxes := outcome.revoked_meanwhile:
        text = ngettext(
            "%(boxes)s was revoked by another person meanwhile and stays revoked.",
            "%(boxes)s were revoked by another person meanwhile and stay revoked.",
            len(boxes),
        )
        yield messages.WARNING, text % {"boxes": named(boxes, tree)}


def named(boxes: Iterable[Box], tree: Tree, most: int = NAMED) -> str:
    """``Write on Behavior; Read on Grades; 12 more``; a name that repeats in the tree says where it stands."""
    boxes = list(boxes)
    leaves = {leaf.tool.pk: leaf for leaf in tree.leaves()}
    names = [
        _("%(right)s on %(tool)s%(where)s")
        % {"right": Right(right).label, "tool": leaves[tool].name, "where": leaves[tool].where}
        for tool, right in boxes[:most]
    ]
    if rest := len(boxes) - len(names):
        names.append(ngettext("%(count)d more", "%(count)d more", rest) % {"count": rest})
    return "; ".join(names)


def _summary(given: int, revoked: int) -> str:
    parts = []
    if given:
        parts.append(ngettext("%(count)d right given", "%(count)d rights given", given) % {"count": given})
    if revoked:
        parts.append(ngettext("%(count)d revoked", "%(count)d revoked", revoked) % {"count": revoked})
    return f"{', '.join(parts)}."
