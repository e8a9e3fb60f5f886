"""How the criteria stand in the form: the usual ones first, the rarer ones folded away, the rest carried along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.forms import BoundField
from django.http import QueryDict

from .filters import LogFilterSet
from .models import Mark

#: The fields that always stand there, and those under “More criteria”, in the order of the page.
FIRST = ("start_date", "end_date", "affected_object", "changed_by")
FURTHER = ("start_time", "end_time", "property", "existing_value", "new_value")
#: Groups of check boxes.
BOXES = ("table", "action", "mark")


@dataclass(frozen=True)
class Box:
    """A check box of the criteria."""

    value: str
    label: str
    ticked: bool


@dataclass(frozen=True)
class ShownCriteria:
    """``further_used``: one of the rarer ones is in use or has an error. ``kept``: what links gave to the address."""

    first: Sequence[BoundField]
    further: Sequence[BoundField]
    further_used: bool
    marks: Sequence[Box]
    kept: Sequence[tuple[str, str]]


def shown_criteria(filterset: LogFilterSet, query: QueryDict) -> ShownCriteria:
    """The form's fields as the page shows them, for the query that was asked."""
    form = filterset.form
    rarer = {*FURTHER, "mark"}
    shown = {*FIRST, *FURTHER, *BOXES, *filterset.shown_how}
    ticked = query.getlist("mark")
    return ShownCriteria(
        first=[form[name] for name in FIRST],
        further=[form[name] for name in FURTHER],
        further_used=any(query.getlist(name) not in ([], [""]) or name in form.errors for name in rarer),
        marks=[Box(value, str(label), value in ticked) for value, label in Mark.choices],
        kept=[(name, value) for name in form.fields if name not in shown for value in query.getlist(name) if value],
    )
