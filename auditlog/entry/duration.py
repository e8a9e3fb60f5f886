"""How long something lasted, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86_400, 365 * 86_400


def lasted(start: datetime, end: datetime) -> str:
    """The time between two moments by its two largest units: “2 days 3 hours”.

    What a clock on the wall would have counted is no matter: a day is 24 hours, also where the clocks change.
    """
    seconds = int((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds())
    said = list(_said(seconds))
    for number, text in enumerate(said):
        if text:
            return " ".join(filter(None, said[number : number + 2]))
    return _("less than a minute")


def _said(seconds: int) -> Iterator[str]:
    """Years, days, hours and minutes, nothing for what there is none of."""
    years, rest = divmod(seconds, YEAR)
    days, rest = divmod(rest, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes = rest // MINUTE
    yield ngettext("%(count)d year", "%(count)d years", years) % {"count": years} if years else ""
    yield ngettext("%(count)d day", "%(count)d days", days) % {"count": days} if days else ""
    yield ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours} if hours else ""
    yield ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes} if minutes else ""
