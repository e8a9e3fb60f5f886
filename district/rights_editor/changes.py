"""Saving an editor's page: only what this person changed, as few rows as that takes, in a fixed number of statements.

A page is compared three ways: what it showed, what is ticked now, what the database holds by now. A box this
person did not touch stays as the database has it, whoever changed it in between.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, transaction

from auditlog.rows import with_ids

from ..rights import Rights
from .holders import Holder
from .tree import Box, Tree


@dataclass(frozen=True)
class Edit:
    """A page as it comes back: the boxes that were ticked when it was shown, and those that are now."""

    shown: frozenset[Box]
    ticked: frozenset[Box]

    @property
    def gives(self) -> frozenset[Box]:
        return self.ticked - self.shown

    @property
    def revokes(self) -> frozenset[Box]:
        return self.shown - self.ticked

    def beyond(self, editor: Rights, tree: Tree) -> list[Box]:
        """The boxes that this person wants to give and may not, in the order of the tree."""
        return [box for box in _in_order(self.gives, tree) if not editor.holds(tree.paths[box[0]], box[1])]


@dataclass(frozen=True)
class Outcome:
    """What saving did, and what others had done in between and stays; in the order of the tree."""

    given: list[Box]
    revoked: list[Box]
    given_meanwhile: list[Box]
    revoked_meanwhile: list[Box]


def save(holder: Holder, edit: Edit, tree: Tree) -> Outcome:
    """Write the difference, all of it or nothing. 404 where the record is gone by now."""
    with transaction.atomic():
        holder.lock()
        rows = holder.rows_by_box()
        now = frozenset(rows)
        given = _in_order(edit.gives - now, tree)
        revoked = _in_order(edit.revokes & now, tree)
        if revoked:
            with_ids(holder.rights_model, DEFAULT_DB_ALIAS, [rows[box] for box in revoked]).delete()
        if given:
            holder.rights_model.objects.bulk_create(map(holder.new_row, given), ignore_conflicts=True)
    return Outcome(
        given,
        revoked,
        given_meanwhile=_in_order(now - edit.shown - edit.gives, tree),
        revoked_meanwhile=_in_order(edit.shown - now - edit.revokes, tree),
    )


def _in_order(boxes: frozenset[Box], tree: Tree) -> list[Box]:
    return [box for box in tree.boxes.values() if box in boxes]
