"""What the pages show of a whole entry, ready to be printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import Action, AuditLogEntryDetail
from ..texts import moment, visible
from .affected import Person, affected
from .change_set import Together, together
from .history import History, history
from .narrowing import Narrowing, narrowings
from .now import Now, ValueNow, now
from .sentence import Sentence, sentence_of
from .stored import stored
from .values import Value, before_and_after
from .whose import Whose, whose


@dataclass(frozen=True)
class Property:
    """A property with its values: what it was and what it became, or the one it had when added or deleted.

    ``now`` is its value today; None where the record is gone.
    """

    name: str
    before: Value | None
    after: Value | None
    now: ValueNow | None


@dataclass(frozen=True)
class EntryPage:
    """A whole entry. ``values_heading`` is empty for a change.

    ``together`` and ``people`` (whom it reached besides) are for the entry's own page, None beside the list.
    """

    id: int
    sentence: Sentence
    area: str
    timestamp: str
    action: str
    changed_by: str
    person: str
    description: Sequence[tuple[str, str]]
    values_heading: str
    properties: Sequence[Property]
    now: Now | None
    history: History
    together: Together | None
    people: Sequence[Person] | None
    whose: Sequence[Whose]
    narrowings: Sequence[Narrowing]
    channel: str
    address: str
    change_set: str


def entry_page(pk: int, using: str = "default", *, beside: bool = False, kept: str = "") -> EntryPage | None:
    """The entry with this id; None where there is none. ``beside``: as it stands beside the list, in short.
    ``kept`` is the query of that list, which its links go on from.

    A fixed number of statements, whatever the log holds.
    """
    told = stored(pk, using)
    if told is None:
        return None
    entry = told.entry
    headings: dict[str, str] = {Action.ADD: _("Initial values"), Action.DELETE: _("Final values")}
    today = now(told, told.subject, using, beside=beside)
    return EntryPage(
        id=entry.pk,
        sentence=sentence_of(told),
        area=entry.table,
        timestamp=moment(entry.timestamp),
        action=entry.get_action_display(),
        changed_by=visible(entry.changed_by),
        person=visible(entry.changed_by_name),
        description=[(line.name, visible(line.value)) for line in told.lines],
        values_heading=headings.get(entry.action, ""),
        properties=[_property(detail, entry.action, today, beside) for detail in told.details],
        now=today,
        history=history(told, using, exists=today is not None and today.exists),
        together=None if beside else together(entry, using),
        people=None if beside else affected(told, using),
        whose=whose(told),
        narrowings=narrowings(told, kept),
        channel=entry.channel,
        address=entry.address,
        change_set=str(entry.change_set),
    )


def _property(detail: AuditLogEntryDetail, action: str, today: Now | None, beside: bool) -> Property:
    before, after = before_and_after(detail, action, beside=beside)
    value_now = today.values.get(detail.property_name) if today else None
    return Property(visible(detail.property_name), before, after, value_now)
