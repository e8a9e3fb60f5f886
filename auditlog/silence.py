"""Which areas are not being recorded just now."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models.sql import Query
from django.db.models.sql.constants import SINGLE

from .areas import Switch, all_areas


def silent_areas(using: str = "default") -> list[str]:
    """Names of the areas whose switch is off, in one statement."""
    areas = [(area.name, area.switch) for area in all_areas() if area.switch is not None]
    switches = list(dict.fromkeys(switch for _name, switch in areas))
    on = dict(zip(switches, _evaluate(switches, using), strict=True))
    return [name for name, switch in areas if not on[switch]]


def _evaluate(switches: Sequence[Switch], using: str) -> list[bool]:
    """What the switches say; they are expressions that need no table of their own."""
    if not switches:
        return []
    query = Query(None)
    for number, switch in enumerate(switches):
        query.add_annotation(switch(), f"switch_{number}")
    row = query.get_compiler(using=using).execute_sql(SINGLE)
    return [bool(value) for value in row]
