"""Keeping and finding saved searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Q, QuerySet, When
from django.http import QueryDict
from django.urls import reverse

from ..filters import AuditLogFilterSet
from ..models import DefaultSearch, SavedSearch

#: How many of one person's searches there can be, and how many the log lists.
MOST = 100

#: The parameter that says: everything, although there is a default.
EVERYTHING = "all"


@dataclass(frozen=True)
class Shown:
    """A saved search as the pages show it. ``owner`` is empty for one's own."""

    id: int
    name: str
    query: str
    shared: bool
    owner: str
    default: bool
    current: bool

    @property
    def address(self) -> str:
        return f"{reverse('auditlog:list')}?{self.query}"


def normal_query(query: QueryDict) -> str:
    """A query as it is kept: without the chosen row, unfolded sets and empty values, by the parameters' names."""
    kept = QueryDict(mutable=True)
    for name in sorted(set(query) - {"entry", "unfold", "format", EVERYTHING}):
        kept.setlist(name, sorted(filter(None, query.getlist(name))))
    return kept.urlencode()


def is_search(query: str) -> bool:
    """Whether a query is one that the log understands, with at least one criterion."""
    return bool(query) and AuditLogFilterSet(QueryDict(query)).is_valid()


def visible_searches(person: Any) -> QuerySet[SavedSearch]:
    """Those of this person, and those that others share."""
    return SavedSearch.objects.filter(Q(owner=person.pk) | Q(shared=True))


def shown_searches(person: Any, current: str = "") -> list[Shown]:
    """The searches this person can open, own ones first, in two statements. ``current`` is the query in use."""
    default = default_of(person)
    # Of what others share there may be more than is listed; one's own, and the default, are among it all the same.
    first = Case(When(owner=person.pk, then=0), When(pk=default.pk if default else 0, then=1), default=2)
    found = visible_searches(person).select_related("owner").order_by(first, "name", "pk")[: 2 * MOST]
    shown = [
        Shown(
            search.pk,
            search.name,
            search.query,
            search.shared,
            "" if search.owner_id == person.pk else search.owner.get_username(),
            search == default,
            search.query == current,
        )
        for search in found
    ]
    return sorted(shown, key=lambda search: (bool(search.owner), search.name, search.id))


@dataclass(frozen=True)
class Beside:
    """What stands beside the criteria: the searches, the one in use, and the query that could be saved."""

    searches: Sequence[Shown]
    query: str

    @property
    def current(self) -> Shown | None:
        """The search that is in use: the default, or one's own, before another's of the same criteria."""
        found = [search for search in self.searches if search.current]
        return next((search for search in found if search.default), found[0] if found else None)

    @property
    def default(self) -> Shown | None:
        return next((search for search in self.searches if search.default), None)

    @property
    def savable(self) -> bool:
        """Whether there is something to save that is not saved yet under a name of one's own."""
        return bool(self.query) and not (self.current and not self.current.owner)


def beside(person: Any, asked: QueryDict, *, valid: bool) -> Beside:
    """The saved searches as the log shows them; criteria with errors are not offered for saving."""
    query = normal_query(asked) if valid else ""
    return Beside(shown_searches(person, query), query)


def default_of(person: Any) -> SavedSearch | None:
    """The person's default search, where it is still there and may be seen."""
    return visible_searches(person).filter(defaults__person=person.pk).first()


def default_query(person: Any) -> str:
    """The query of the person's default search; nothing where there is none."""
    default = default_of(person)
    return default.query if default else ""


def default_set(*, person: Any, search: SavedSearch | None) -> None:
    """Open the log with this search from now on; None: with everything."""
    if search is None:
        DefaultSearch.objects.filter(person=person.pk).delete()
    else:
        DefaultSearch.objects.update_or_create(person_id=person.pk, defaults={"search": search})
