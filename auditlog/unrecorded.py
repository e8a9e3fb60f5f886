"""The times in which a log kept silent: what is missing there did not necessarily not happen."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .areas import Switch, all_areas
from .models import AuditLogEntryName
from .search import fold_name
from .texts import moment


@dataclass(frozen=True)
class Period:
    """A time in which ``what`` was not recorded. No start: since before the log; no end: still."""

    what: str
    start: datetime.datetime | None
    end: datetime.datetime | None

    @property
    def sentence(self) -> str:
        """The period as a notice says it."""
        told = {
            "what": self.what,
            "start": moment(self.start) if self.start else "",
            "end": moment(self.end) if self.end else "",
        }
        if self.start and self.end:
            return _("%(what)s were not recorded from %(start)s to %(end)s.") % told
        if self.start:
            return _("%(what)s have not been recorded since %(start)s.") % told
        if self.end:
            return _("%(what)s were not recorded until %(end)s.") % told
        return _("%(what)s have never been recorded.") % told


def unrecorded_periods(
    start: datetime.datetime | None,
    end: datetime.datetime | None,
    using: str = "default",
    tables: Collection[str] | None = None,
) -> list[Period]:
    """The periods that touch a range, told by the log itself; None is an open end of the range.

    ``tables`` names the areas that matter, None for all.
    One statement for each switch: its entries are found by their name along an index, and only their details read.
    """
    areas = [area for area in all_areas() if tables is None or area.name in tables]
    switches = dict.fromkeys(area.switch for area in areas if area.switch is not None)
    return [
        period
        for switch in switches
        for period in _periods(switch, using)
        if (end is None or period.start is None or period.start < end)
        and (start is None or period.end is None or period.end > start)
    ]


def _periods(switch: Switch, using: str) -> Iterator[Period]:
    what, off, since, first = str(switch.what), False, None, True
    for at, existing, new in _switchings(switch, using):
        if first:
            off, first = existing == switch.off, False
        if off and new != switch.off:
            yield Period(what, since, at)
        if not off and new == switch.off:
            since = at
        off = new == switch.off
    if off:
        yield Period(what, since, None)


def _switchings(switch: Switch, using: str) -> Iterator[tuple[datetime.datetime, str | None, str | None]]:
    """When the switch was changed, from what, to what, in the order in which it happened."""
    table, affected_object, property_name = switch.record
    named = AuditLogEntryName.objects.using(using).filter(
        folded=fold_name(affected_object), entry__details__property_name=property_name
    )
    columns = ("timestamp", "entry__details__existing_value", "entry__details__new_value")
    of_entry = ("entry__table", "entry__affected_object")
    # What else bears the name is left out here: asked for in SQL, its table would lead along another, longer index.
    for *found, area, name in named.order_by("timestamp", "entry_id").values_list(*columns, *of_entry):
        if (area, name) == (table, affected_object):
            at, existing, new = found
            yield at, existing, new
