"""Whether a bundle changes so much that a person should look first: it may be cut short, misspelt, or another's."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext as _

from district.models import School

from ..sync.brake import Limits
from ..sync.bundle import Bundle
from ..sync.schema import USERS
from .plan import Here, StudentPlan


def reasons_to_wait(plan: StudentPlan, here: list[Here], bundle: Bundle, limits: Limits) -> list[str]:
    """In sentences with numbers; empty where there is none. Limits are those of the sync (system preferences)."""
    active = [one for one in here if one.active]
    numbers = other_numbers(plan, len(active), limits)
    if bundle.modes[USERS] != "bulk" or not active:
        return numbers
    if USERS in bundle.header_only:
        return [_("%(file)s has a header and no rows, while there are students.") % {"file": USERS}]
    unusual = (
        (len(plan.left), _("%(count)d of %(active)d active students would be marked as left (%(share)s).")),
        (plan.renamed, _("%(count)d of %(active)d students would get another sourcedId (%(share)s).")),
    )
    reasons = [
        sentence % {"count": count, "active": len(active), "share": limits.describe(count, len(active))}
        for count, sentence in unusual
        if limits.passed_by(count, len(active))
    ]
    return numbers + (reasons or emptied(plan, active, limits))


def other_numbers(plan: StudentPlan, active: int, limits: Limits) -> list[str]:
    """A column that is misspelt or missing makes usernames of all student numbers, in a delta of those it names.

    A district smaller than the limit's minimum would never pass it: there it is every number of those who stay.
    """
    known, count = active + plan.returned, plan.renumbered
    is_small = known < limits.minimum
    whole = is_small and count > 1 and count == known - len(plan.left)
    if not (whole or limits.passed_by(count, known)):
        return []
    sentence = _(
        "%(count)d of %(known)d known students would get another student number (%(share)s): does the header of "
        "%(file)s name the column identifier?"
    )
    return [sentence % {"count": count, "known": known, "share": limits.describe(count, known), "file": USERS}]


def emptied(plan: StudentPlan, active: list[Here], limits: Limits) -> list[str]:
    """Schools of which every student is missing."""
    before, left = Counter(one.school for one in active), Counter(one.school for one in plan.left)
    lost = [school for school, count in left.items() if count == before[school] >= max(limits.minimum, 1)]
    names = School.objects.filter(pk__in=lost).order_by("name").values_list("name", "pk")
    sentence = _("All %(count)d students of %(school)s would be marked as left.")
    return [sentence % {"school": name, "count": before[pk]} for name, pk in names]
