"""Whose entries a person may see: those of the schools that his calendar rights name (product: Rights are real).

Asked anew in every request, of the rights as they are and of the address; nothing of it is kept in a session.
What is not permitted and what does not exist are the same 404.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from district.models import School
from district.rights import rights_of

from .models import SyncLogEntry

#: What the address says for All Schools.
ALL = "all"


@dataclass(frozen=True)
class ChosenSchool:
    """The school that a page shows; without one, All Schools."""

    school: School | None

    @property
    def value(self) -> str:
        """How the address names it."""
        return ALL if self.school is None else str(self.school.pk)

    @property
    def name(self) -> str:
        return _("All Schools") if self.school is None else self.school.name

    def rows(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of some rows with a ``home_school_id`` that are of this school."""
        return rows if self.school is None else rows.filter(home_school_id=self.school.pk)


def only_visible(user: object, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of some rows with a ``home_school_id`` that this person may see: entries, counts of runs, texts."""
    rights = rights_of(user)
    if rights.all_schools:
        return rows
    return rows.filter(home_school_id__in=[school.pk for school in rights.schools])


def visible_entries(user: object) -> QuerySet[SyncLogEntry]:
    """The entries of the log that this person may see."""
    return only_visible(user, SyncLogEntry.objects.all())


def permitted_schools(user: object) -> list[ChosenSchool]:
    """What the person may choose, All Schools first where that is permitted; empty for who has no school."""
    rights = rights_of(user)
    every = [ChosenSchool(None)] if rights.all_schools else []
    return [*every, *map(ChosenSchool, rights.schools)]


def chosen_school(user: object, value: int | str | None) -> ChosenSchool | None:
    """The school that an address names by its id or as ``all``; without a name, the first that is permitted.

    None for a person without any school who names none. Raises ``Http404``.
    """
    permitted = permitted_schools(user)
    if value is None or value == "":
        return next((choice for choice in permitted if choice.school is not None), next(iter(permitted), None))
    for choice in permitted:
        if choice.value == str(value):
            return choice
    raise Http404
