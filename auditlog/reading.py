"""Reading the Audit Log."""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.models import Exists, OuterRef, QuerySet

from . import walks
from .criteria import Criteria, Part
from .engines import engine_of
from .querysets import AppendOnlyQuerySet


class LogQuerySet(AppendOnlyQuerySet):
    """Entries of the Audit Log. The list reads ``newest``, the export streams ``matching``: the same criteria."""

    def matching(self, criteria: Criteria) -> LogQuerySet:
        """All entries that meet the criteria, however many they are, newest first."""
        if criteria.impossible:
            return self.none()
        within = {"timestamp__gte": criteria.start, "timestamp__lt": criteria.end}
        found = self.filter(**{lookup: moment for lookup, moment in within.items() if moment is not None})
        for column, values in (("table", criteria.tables), ("action", criteria.actions)):
            if values is not None:
                found = found.filter(**{f"{column}__in": values})
        if criteria.changed_by is not None:
            found = found.filter(changed_by__in=self._texts(criteria.changed_by))
        for part in criteria.parts:
            found = found._named(part)
        return found.order_by("-timestamp", "-id")

    def newest(self, criteria: Criteria, limit: int) -> list[Any]:
        """The newest entries that meet the criteria; what this costs does not grow with the log."""
        ids = walks.newest_ids(criteria, limit, self.db)
        return list(self.filter(pk__in=ids).order_by("-timestamp", "-id"))

    def _named(self, part: Part) -> LogQuerySet:
        names: QuerySet[Any] = self.model._meta.get_field("names").related_model._base_manager.using(self.db)
        if part.rare:
            return self.filter(pk__in=names.filter(folded__in=self._texts(part.names)).values("entry"))
        return self.filter(Exists(names.filter(entry=OuterRef("pk"), folded__contains=part.text)))

    def _texts(self, values: tuple[str, ...]) -> Any:
        return engine_of(connections[self.db]).text_list(values)
