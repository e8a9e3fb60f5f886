"""What happened to the same record before and after an entry, and how long what it gave was held.

Entries of a record are found by the key that they alone have (``areas.own_key``), along one index in both directions:
what this costs does not grow with the log, nor with the entries of the record, nor with those about its rights.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext as _

from ..areas import Area, area_named, own_key
from ..models import Action, AuditLogEntry
from ..texts import moment, visible
from .duration import lasted
from .stored import Stored

WALK = 'SELECT s.entry_id FROM "AuditLogEntrySubject" AS s WHERE s.subject = %s {} ORDER BY {} LIMIT 1'
NEWEST_FIRST, OLDEST_FIRST = 's."timestamp" DESC, s.entry_id DESC', 's."timestamp", s.entry_id'
#: The entries just before and just after a moment and an entry, the first one and the last one.
AROUND = "SELECT ({}), ({}), ({}), ({})".format(
    WALK.format('AND (s."timestamp", s.entry_id) < (%s, %s)', NEWEST_FIRST),
    WALK.format('AND (s."timestamp", s.entry_id) > (%s, %s)', OLDEST_FIRST),
    WALK.format("", OLDEST_FIRST),
    WALK.format("", NEWEST_FIRST),
)


@dataclass(frozen=True)
class Around:
    """The entries of the same record just before and after an entry, and its first and last one."""

    before: AuditLogEntry | None = None
    after: AuditLogEntry | None = None
    first: AuditLogEntry | None = None
    last: AuditLogEntry | None = None


@dataclass(frozen=True)
class Other:
    """Another entry, as a link to it reads."""

    id: int
    timestamp: str
    action: str
    changed_by: str


@dataclass(frozen=True)
class Held:
    """How long a right or a membership was held, in a sentence, and the entries that gave it and took it away.

    An entry is None where the log has none, or where it is the one that is shown.
    """

    says: str
    given: Other | None
    taken: Other | None


@dataclass(frozen=True)
class History:
    """The previous and the next entry of the same record, where ``held`` does not name them already.

    ``held`` is None for what is not held by anybody.
    """

    before: Other | None
    after: Other | None
    held: Held | None


def history(told: Stored, using: str, *, exists: bool) -> History:
    """What happened to the record besides. ``exists``: whether it is there today. Two statements."""
    around = around_of(told, using)
    area = area_named(told.entry.table)
    held = _held(area, told.entry, around, exists) if told.subject and area is not None and area.concerns else None
    shown = [other.id for other in (held.given, held.taken) if other] if held else []
    others = [one if one and one.pk not in shown else None for one in (around.before, around.after)]
    return History(_other(others[0]), _other(others[1]), held)


def around_of(told: Stored, using: str) -> Around:
    """The entries around this one; none where the entry is older than the keys of subjects."""
    if not told.subject:
        return Around()
    at = connections[using].ops.adapt_datetimefield_value(told.entry.timestamp)
    # What is about it besides, as the rights of an account, is no change of it.
    own = own_key(told.subject)
    here = [own, at, told.entry.pk]
    with connections[using].cursor() as cursor:
        cursor.execute(AROUND, [*here, *here, own, own])
        ids = cursor.fetchone()
    entries = AuditLogEntry.objects.using(using).order_by().in_bulk({pk for pk in ids if pk is not None})
    return Around(*(entries.get(pk) for pk in ids))


def _held(area: Area, entry: AuditLogEntry, around: Around, exists: bool) -> Held:
    """Where a right that is given again is the same record, what gave it and what took it stand next to each other."""
    ends = (None, None) if area.moves else (around.first, around.last)
    given = next((one for one in (entry, around.before, ends[0]) if _is(one, Action.ADD)), None)
    taken = next((one for one in (entry, around.after, ends[1]) if _is(one, Action.DELETE)), None)
    lost = taken is None and (not exists or _is(around.after, Action.ADD))
    return Held(
        _says(given, taken, lost),
        _other(given) if given != entry else None,
        _other(taken) if taken != entry else None,
    )


def _says(given: AuditLogEntry | None, taken: AuditLogEntry | None, lost: bool) -> str:
    """How long it was held. What happened while recording was off, or before there was a log, has no entry."""
    if given and taken:
        return _("Held for %(time)s.") % {"time": lasted(given.timestamp, taken.timestamp)}
    if given and lost:
        return _("No entry tells when it was taken away: changes were not recorded then.")
    if given:
        return _("Held for %(time)s so far.") % {"time": lasted(given.timestamp, timezone.now())}
    if lost:
        return _("No entry tells when it was given and when it was taken away.")
    return _("No entry tells since when it was held.") if taken else _("Still held. No entry tells since when.")


def _is(entry: AuditLogEntry | None, action: Action) -> bool:
    return entry is not None and entry.action == action


def _other(entry: AuditLogEntry | None) -> Other | None:
    if entry is None:
        return None
    return Other(entry.pk, moment(entry.timestamp), entry.get_action_display(), visible(entry.changed_by))
