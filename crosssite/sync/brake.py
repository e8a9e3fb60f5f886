"""Whether a plan waits for a person: deletions in an unusual share, per serving district or per school.

OneRoster CSV bundles, Severity, held. No absolute number and nothing per section: one cancelled section holds no run.
What goes because its terms are over is not counted. Beyond that page: a bundle of terms long over, and dates that
would be lost in an unusual share, are held as well, since both come from a wrong file and would be applied silently.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import repeat

from django.utils.translation import gettext as _

from district.catalogue import SYNC_HOLD_MINIMUM, SYNC_HOLD_PERCENT
from district.preferences import number_of

from ..models import Section
from .bundle import Bundle
from .compare import Comparison, Known

#: Files of which a header alone, in bulk, means that something broke where there were rosters.
WATCHED = ("orgs.csv", "academicSessions.csv", "courses.csv", "classes.csv", "users.csv", "enrollments.csv")


#: A term that was shortened by some days is no old bundle yet.
LONG_OVER = datetime.timedelta(days=30)


@dataclass(frozen=True)
class Limits:
    """More than ``percent`` and at least ``minimum`` deletions hold a run."""

    percent: int
    minimum: int

    @classmethod
    def in_force(cls) -> Limits:
        """The two preferences."""
        return cls(number_of(SYNC_HOLD_PERCENT), number_of(SYNC_HOLD_MINIMUM))

    def passed_by(self, deletions: int, of: int) -> bool:
        return deletions >= max(self.minimum, 1) and deletions * 100 > self.percent * of

    def describe(self, deletions: int, of: int) -> str:
        return _("%(share).1f %%, the limit is %(limit)d %%") % {
            "share": 100 * deletions / max(of, 1),
            "limit": self.percent,
        }


def reasons_to_hold(comparison: Comparison, bundle: Bundle, limits: Limits) -> list[str]:
    """Why the plan has to wait, in sentences with numbers; empty where it need not."""
    reasons = [*_empty_files(comparison, bundle), *_long_over(comparison), *_dates_lost(comparison, limits)]
    schools: dict[str, list[Known]] = defaultdict(list)
    for known in comparison.known.values():
        schools[known.school].append(known)
    reasons += _too_many(comparison, limits, comparison.known.values(), _("of the district"))
    for school, sections in sorted(schools.items()):
        name = comparison.school_name(school)
        reasons += _too_many(comparison, limits, sections, _("of %(school)s") % {"school": name})
        reasons += _emptied(comparison, limits, sections, name)
    return reasons


def _empty_files(comparison: Comparison, bundle: Bundle) -> Iterator[str]:
    if not _live_rosters(comparison):
        return
    for file in WATCHED:
        if file in bundle.header_only and bundle.modes.get(file) == "bulk":
            yield _("%(file)s has a header and no rows, while there were rosters.") % {"file": file}


def _long_over(comparison: Comparison) -> Iterator[str]:
    """An old bundle: its newest term is long over, while rosters of running terms are here."""
    last, live = comparison.catalog.last_day, _live_rosters(comparison)
    if live and last is not None and last < comparison.day - LONG_OVER:
        yield _(
            "All terms in the bundle are over since %(last)s, while %(live)d rosters of running terms are here."
        ) % {
            "last": last.isoformat(),
            "live": live,
        }


def _dates_lost(comparison: Comparison, limits: Limits) -> Iterator[str]:
    """Dates that become blank, as when a column is missing: nothing would be deleted, and all of them gone."""
    moved = ((change.start_moved, change.end_moved) for change in comparison.plan.changed)
    lost = sum(any(pair is not None and pair[1] is None for pair in pairs) for pairs in moved)
    there = comparison.rosters.total() - comparison.ended.total()
    if limits.passed_by(lost, there):
        yield _("%(lost)d of %(there)d rosters would lose their start or end date (%(share)s).") % {
            "lost": lost,
            "there": there,
            "share": limits.describe(lost, there),
        }


def _live_rosters(comparison: Comparison) -> int:
    """Rosters whose terms are not over."""
    rosters = comparison.rosters
    return sum(rosters[known.pk] for known in comparison.known.values() if not comparison.is_over(known))


def _too_many(comparison: Comparison, limits: Limits, sections: Collection[Known], whose: str) -> Iterator[str]:
    gone, over = set(comparison.plan.invalid), set(comparison.plan.over)
    going = gone | over
    still = [known.pk for known in sections if known.pk not in going]
    there = _sum(comparison.rosters, still) - _sum(comparison.ended, still)
    removed = _sum(comparison.removed, still)
    if limits.passed_by(removed, there):
        yield _("%(removed)d of %(there)d rosters %(whose)s would be removed (%(share)s).") % {
            "removed": removed,
            "there": there,
            "whose": whose,
            "share": limits.describe(removed, there),
        }
    valid = [known.pk for known in sections if known.state == Section.State.VALID and known.pk not in over]
    invalid = len(gone.intersection(valid))
    if limits.passed_by(invalid, len(valid)):
        yield _("%(invalid)d of %(valid)d sections %(whose)s would be invalidated (%(share)s).") % {
            "invalid": invalid,
            "valid": len(valid),
            "whose": whose,
            "share": limits.describe(invalid, len(valid)),
        }


def _emptied(comparison: Comparison, limits: Limits, sections: list[Known], name: str) -> Iterator[str]:
    before = {known.pk: comparison.rosters[known.pk] - comparison.ended[known.pk] for known in sections}
    there = sum(before.values())
    left = there - _sum(comparison.removed, before) + comparison.created[sections[0].school]
    if there >= max(limits.minimum, 1) and left == 0 and not _one_cancelled(comparison, sections, before):
        yield _("%(school)s has %(there)d rosters and would have none.") % {"school": name, "there": there}


def _one_cancelled(comparison: Comparison, sections: list[Known], before: dict[int, int]) -> bool:
    """Whether all that goes is one section that was cancelled."""
    filled = [known.pk for known in sections if before[known.pk]]
    return len(filled) == 1 and filled[0] in comparison.plan.invalid


def _sum(counts: Counter[int], keys: list[int] | dict[int, int]) -> int:
    return sum(map(counts.get, keys, repeat(0)))
