"""What a run is going to do to the home copy: plain data that can be applied now, or kept and applied later."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from .catalog import SectionRecord
from .spool import Spool

#: What a section is compared by, in the order in which the differences are shown.
SECTION_FIELDS = ("course_number", "course_name", "number", "title", "location", "periods", "terms", "school")

#: One changed field of a section: name, old text, new text.
FieldChange = tuple[str, str, str]


@dataclass(slots=True)
class SectionChange:
    """A section that is there and differs. ``record``: what it becomes; ``changes`` what is logged of it."""

    pk: int
    record: SectionRecord
    changes: list[FieldChange]


@dataclass(slots=True)
class RosterChange:
    """A roster that stays. ``moved``: (old, new) start date and (old, new) last day, where they differ.

    ``renamed``: its enrollment had another id before.
    """

    pk: int
    student: int
    section: int
    sourced_id: str
    renamed: bool
    begin: str | None
    last: str | None
    start_moved: tuple[str | None, str | None] | None
    end_moved: tuple[str | None, str | None] | None


#: A roster that goes, or is closed: its id, its student, its section.
Leaving = tuple[int, int, int]


@dataclass
class Plan:
    """All differences between a bundle and the home copy. Rosters to come are (id, class id, student, begin, last).

    ``schools``: names by identifier of the serving schools that the sections need. ``invalid``: sections that are
    gone; ``over``: sections whose terms were over when they went. ``removed``: rosters that are gone; ``ended``:
    rosters whose terms were over when they went. ``freed``: rosters that stay while another takes their id.
    """

    schools: dict[str, str] = field(default_factory=dict)
    new_sections: dict[str, SectionRecord] = field(default_factory=dict)
    changed_sections: list[SectionChange] = field(default_factory=list)
    invalid: list[int] = field(default_factory=list)
    over: list[int] = field(default_factory=list)
    created: Spool = field(default_factory=Spool)
    changed: list[RosterChange] = field(default_factory=list)
    removed: list[Leaving] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    freed: list[int] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is to be done."""
        lists = (self.new_sections, self.changed_sections, self.invalid, self.over)
        return not any(len(one) for one in (*lists, self.created, self.changed, self.removed, self.ended))

    def packed(self, memory: dict[str, bytes]) -> bytes:
        """The plan with what is to be remembered once it is applied, as bytes that ``unpacked`` reads."""
        data = asdict_of(self)
        data["memory"] = {kind: content.hex() for kind, content in memory.items()}
        return zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 1)


def asdict_of(plan: Plan) -> dict[str, Any]:
    """The plan as JSON takes it."""
    return {
        "schools": plan.schools,
        "new_sections": [record._asdict() for record in plan.new_sections.values()],
        "changed_sections": [asdict(change) | {"record": change.record._asdict()} for change in plan.changed_sections],
        "invalid": plan.invalid,
        "over": plan.over,
        "created": list(plan.created),
        "changed": [asdict(change) for change in plan.changed],
        "removed": plan.removed,
        "ended": plan.ended,
        "freed": plan.freed,
    }


def unpacked(data: bytes) -> tuple[Plan, dict[str, bytes]]:
    """A kept plan, and what is to be remembered once it is applied."""
    kept = json.loads(zlib.decompress(data))
    plan = Plan(
        schools=kept["schools"],
        new_sections={row["sourced_id"]: SectionRecord(**row) for row in kept["new_sections"]},
        changed_sections=[_section_change(row) for row in kept["changed_sections"]],
        invalid=kept["invalid"],
        over=kept["over"],
        created=_spooled(kept["created"]),
        changed=[_roster_change(row) for row in kept["changed"]],
        removed=[(pk, student, section) for pk, student, section in kept["removed"]],
        ended=kept["ended"],
        freed=kept["freed"],
    )
    return plan, {kind: bytes.fromhex(content) for kind, content in kept["memory"].items()}


def _section_change(row: dict[str, Any]) -> SectionChange:
    changes = [(name, old, new) for name, old, new in row["changes"]]
    return SectionChange(row["pk"], SectionRecord(**row["record"]), changes)


def _roster_change(row: dict[str, Any]) -> RosterChange:
    for moved in ("start_moved", "end_moved"):
        row[moved] = tuple(row[moved]) if row[moved] else None
    return RosterChange(**row)


def _spooled(rows: Iterable[list[Any]]) -> Spool:
    spool = Spool()
    for row in rows:
        spool.append(tuple(row))
    return spool
