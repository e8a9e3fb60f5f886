"""The marks of entries as pages show them: what a reader should not miss, and whether somebody has taken note of it.

They are decided when an entry is written (``models.Mark``); nothing here looks at the log to find one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connections
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .acknowledging import Seen
from .engines import engine_of
from .models import AuditLogEntryMark, Mark
from .pages import Text
from .texts import moment, visible

ABOUT: dict[str, Text] = {
    Mark.OWN: _("Somebody gave a right, a role or a membership to her or his own account."),
    Mark.OWN_GROUP: _("Somebody gave a right to a group that she or he was a member of."),
    Mark.SECURITY: _(
        "It touches what decides who may do what: a product security role, an account security preference, or a right "
        "on a tool of user management, preferences or the Audit Log."
    ),
    Mark.HOURS: _(
        "A person did it outside of the working hours that System Preferences give, or on a Saturday or Sunday, in "
        "district time."
    ),
    Mark.MANY: _("One click or one command made more entries than System Preferences call many."),
    Mark.TAKEN_BACK: _("It takes back what was given less than a day before."),
    Mark.SWITCHED_OFF: _("It stopped the recording of changes to people, groups and rights."),
}


@dataclass(frozen=True)
class Badge:
    """A mark with its name and what it means."""

    mark: str
    label: Text
    about: Text


@dataclass(frozen=True)
class Acknowledged:
    """Who has taken note of an entry, and when."""

    by: str
    person: str
    when: str


@dataclass(frozen=True)
class Marks:
    """The marks of an entry, and who has taken note of them."""

    marks: tuple[str, ...]
    acknowledged: Acknowledged | None = None


NO_MARKS = Marks(())


@dataclass(frozen=True)
class EntryMarks:
    """What the page of an entry says of its marks. ``seen`` is what acknowledging them sends."""

    badges: list[Badge]
    acknowledged: Acknowledged | None
    seen: str


def badges(marks: Collection[str]) -> list[Badge]:
    """Some marks with their names and meanings, in the order of ``Mark``."""
    return [Badge(mark, mark.label, ABOUT[mark]) for mark in Mark if mark in marks]


def marks_of(entries: Collection[int], using: str) -> dict[int, Marks]:
    """The marks of those of the entries that have any, in one statement."""
    if not entries:
        return {}
    names = ("acknowledged_by", "acknowledged_by_name", "timestamp")
    taken = [f"entry__acknowledgement__{name}" for name in names]
    wanted = engine_of(connections[using]).id_list(entries)
    found = AuditLogEntryMark.objects.using(using).filter(entry__in=wanted)
    marks, acknowledged = defaultdict(set), {}
    for entry, mark, by, person, when in found.values_list("entry_id", "mark", *taken):
        marks[entry].add(mark)
        acknowledged[entry] = Acknowledged(visible(by), visible(person), moment(when)) if by else None
    return {entry: Marks(in_order(some), acknowledged[entry]) for entry, some in marks.items()}


def entry_marks(entry: int, change_set: UUID, using: str = "default") -> EntryMarks | None:
    """The marks of an entry for its page; None where it has none. One statement."""
    found = marks_of([entry], using).get(entry)
    if found is None:
        return None
    return EntryMarks(badges(found.marks), found.acknowledged, Seen(change_set, entry, entry).text)


def in_order(marks: Iterable[str]) -> tuple[str, ...]:
    """Marks once each, in the order of ``Mark``."""
    some = set(marks)
    return tuple(mark.value for mark in Mark if mark in some)


class Rendered:
    """Marks as a row of the list shows them. What is the same for many rows is rendered once."""

    def __init__(self) -> None:
        self._rendered: dict[tuple[str, ...], SafeString] = {(): SafeString("")}

    def __call__(self, marks: tuple[str, ...]) -> SafeString:
        if marks not in self._rendered:
            self._rendered[marks] = render_to_string("auditlog/_marks.html", {"badges": badges(marks)})
        return self._rendered[marks]
