"""What of the Audit Log is asked for: the same for the list, the detail and the export."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

#: Up to how many values of a criterion are worth a walk along an index each; more are sure to be frequent.
FEW = 1000


@dataclass(frozen=True)
class Part:
    """One part of a searched object: its folded text, and the folded names in the log that contain it."""

    text: str
    names: tuple[str, ...]

    @property
    def rare(self) -> bool:
        return len(self.names) <= FEW


@dataclass(frozen=True)
class Property:
    """A property by its name and its values: one and the same property of an entry has to meet all of it.

    ``names`` lists exact names; ``existing`` and ``new`` are folded texts that the values contain. ``pairs`` are the
    (name, value) in the log that are meant, no more than one past ``FEW``; ``along`` says of which value, "existing"
    or "new".
    """

    names: tuple[str, ...]
    existing: str = ""
    new: str = ""
    along: str = "new"
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def rare(self) -> bool:
        return len(self.pairs) <= FEW


@dataclass(frozen=True)
class Criteria:
    """Conditions that entries must meet, all of them. None is no condition; nothing listed, nothing matches.

    ``start`` is inclusive, ``end`` is not. ``changed_by`` lists exact values. ``parts``: an entry has, for each
    of them, one name that contains it. ``name``: it has this folded name. ``subject``: it is about this, by
    identity. ``marks``: it has one of them. ``without_...``: it has none of these.
    """

    start: datetime | None = None
    end: datetime | None = None
    tables: tuple[str, ...] | None = None
    actions: tuple[str, ...] | None = None
    changed_by: tuple[str, ...] | None = None
    by: int | None = None
    change_set: UUID | None = None
    parts: tuple[Part, ...] = ()
    name: str | None = None
    subject: str | None = None
    marks: tuple[str, ...] | None = None
    with_property: Property | None = None
    without_names: tuple[str, ...] = ()
    without_subjects: tuple[str, ...] = ()
    without_properties: tuple[str, ...] = ()

    @property
    def impossible(self) -> bool:
        """Whether a condition lists nothing, or the period is none, so that nothing can match."""
        if self.start is not None and self.end is not None and self.start >= self.end:
            return True
        listed = [self.tables, self.actions, self.changed_by, self.marks, *(part.names for part in self.parts)]
        return () in listed or (self.with_property is not None and self.with_property.pairs == ())
