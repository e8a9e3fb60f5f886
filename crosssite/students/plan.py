"""What differs between the students that the bundle lists and those that are here. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..models import Student
from .roll import Listed, Roll


class Here(NamedTuple):
    """A student as the database has it."""

    pk: int
    sourced_id: str
    number: str
    family: str
    given: str
    middle: str
    school: int
    active: bool


COLUMNS = ("pk", "sourced_id", "number", "family_name", "given_name", "middle_name", "school_id", "active")


def students_here() -> list[Here]:
    return [Here._make(row) for row in Student.objects.order_by("pk").values_list(*COLUMNS).iterator(chunk_size=5_000)]


@dataclass
class StudentPlan:
    """``left``: those who are active and will not be."""

    new: list[Listed] = field(default_factory=list)
    changed: list[tuple[Here, Listed]] = field(default_factory=list)
    left: list[Here] = field(default_factory=list)
    unchanged: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.left)

    @property
    def returned(self) -> int:
        return sum(not here.active for here, _listed in self.changed)

    @property
    def renamed(self) -> int:
        """How many were found by their number, and had another sourcedId so far."""
        ids = ((here.sourced_id, listed.sourced_id) for here, listed in self.changed)
        return sum(before not in ("", after) for before, after in ids)

    @property
    def renumbered(self) -> int:
        """How many would get another student number, by which the serving districts' bundles find them."""
        return sum(here.number != listed.number for here, listed in self.changed)


def compare(roll: Roll, here: list[Here]) -> StudentPlan:
    """Students are the same by the bundle's sourcedId, else by their number."""
    matched = match(roll, here)
    settle_numbers(roll, here, matched)
    plan = StudentPlan()
    for key, listed in roll.students.items():
        one = matched.get(key)
        if one is None:
            plan.new.append(listed)
        elif differs(one, listed):
            plan.changed.append((one, listed))
        else:
            plan.unchanged += 1
    plan.left = [one for one in who_left(roll, here, matched) if one.active]
    return plan


def match(roll: Roll, here: Iterable[Here]) -> dict[str, Here]:
    """The students here by the sourcedId they have in the bundle."""
    by_id = {one.sourced_id: one for one in here if one.sourced_id}
    matched = {key: by_id[key] for key in roll.students if key in by_id}
    taken = {one.pk for one in matched.values()}
    free = {one.number: one for one in here if one.pk not in taken and may_be_another(roll, one)}
    for key, listed in roll.students.items():
        if key not in matched and listed.number in free:
            matched[key] = free[listed.number]
    return matched


def may_be_another(roll: Roll, one: Here) -> bool:
    """Whether a student could come under a new id: one whose own id is in the bundle, or outside a delta, does not."""
    if one.sourced_id in roll.faulty or one.sourced_id in roll.gone:
        return False
    return roll.is_bulk or not one.sourced_id


def settle_numbers(roll: Roll, here: Iterable[Here], matched: dict[str, Here]) -> None:
    """Leave out, with an error, whoever would take a number that somebody else keeps.

    Who is left out keeps his own number, which another may have wanted in turn: it is gone through until all agree.
    """
    while True:
        movers = {one.pk for key, one in matched.items() if one.number != roll.students[key].number}
        kept = {one.number for one in here if one.pk not in movers}
        staying = {key for key, one in matched.items() if one.pk not in movers}
        wanting = [listed for key, listed in roll.students.items() if key not in staying]
        refused = [listed for listed in wanting if listed.number in kept]
        for listed in refused:
            roll.leave_out(listed)
            matched.pop(listed.sourced_id, None)
        if not refused:
            return


def differs(one: Here, listed: Listed) -> bool:
    wanted = (listed.sourced_id, listed.number, listed.family, listed.given, listed.middle, listed.school.pk, True)
    return wanted != one[1:]


def who_left(roll: Roll, here: Iterable[Here], matched: dict[str, Here]) -> Iterable[Here]:
    """Of a bulk who is missing, of a delta who is named; never one of whom a row could not be read.

    A row without an id may be anybody's, and one with an unknown id that of a student whose id nobody knows yet.
    """
    if not roll.is_bulk:
        return [one for one in here if one.sourced_id in roll.gone]
    if roll.nameless:
        return []
    taken = {one.pk for one in matched.values()}
    ids = {one.sourced_id for one in here}
    strange = not roll.faulty <= ids
    return [
        one
        for one in here
        if one.pk not in taken
        and one.sourced_id not in roll.faulty
        and one.number not in roll.numbers
        and not (strange and not one.sourced_id)
    ]
