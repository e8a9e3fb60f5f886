"""Reading the Audit Log."""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.models import Exists, OuterRef, QuerySet

from . import walks
from .criteria import Criteria, Part, Property
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
        for column, value in (("changed_by_id", criteria.by), ("change_set", criteria.change_set)):
            if value is not None:
                found = found.filter(**{column: value})
        return found._having(criteria)._without(criteria).order_by("-timestamp", "-id")

    def newest(self, criteria: Criteria, limit: int) -> list[Any]:
        """The newest entries that meet the criteria; what this costs does not grow with the log."""
        ids = walks.newest_ids(criteria, limit, self.db)
        return list(self.filter(pk__in=ids).order_by("-timestamp", "-id"))

    def _having(self, criteria: Criteria) -> LogQuerySet:
        """Those that have what the tables beside the log are asked for."""
        found = self
        for part in criteria.parts:
            found = found._named(part)
        beside = (
            ("subjects", {"subject": criteria.subject}),
            ("names", {"folded": criteria.name}),
            ("marks", {"mark__in": criteria.marks}),
        )
        for relation, wanted in beside:
            if None not in wanted.values():
                found = found.filter(pk__in=self._rows(relation).filter(**wanted).values("entry"))
        return found if criteria.with_property is None else found._with_property(criteria.with_property)

    def _without(self, criteria: Criteria) -> LogQuerySet:
        """Those that have none of what is excluded."""
        excluded = (
            ("names", "folded", criteria.without_names),
            ("subjects", "subject", criteria.without_subjects),
            ("details", "property_name", criteria.without_properties),
        )
        found = self
        for relation, column, values in excluded:
            if values:
                rows = self._rows(relation).filter(entry=OuterRef("pk"), **{f"{column}__in": values})
                found = found.filter(~Exists(rows))
        return found

    def _named(self, part: Part) -> LogQuerySet:
        names = self._rows("names")
        if part.rare:
            return self.filter(pk__in=names.filter(folded__in=self._texts(part.names)).values("entry"))
        return self.filter(Exists(names.filter(entry=OuterRef("pk"), folded__contains=part.text)))

    def _with_property(self, asked: Property) -> LogQuerySet:
        rows = self._rows("properties").filter(property_name__in=asked.names)
        for column, text in (("existing", asked.existing), ("new", asked.new)):
            if text:
                rows = rows.filter(**{f"{column}__contains": text})
        return self.filter(pk__in=rows.values("entry"))

    def _rows(self, relation: str) -> QuerySet[Any]:
        """The rows of a table beside the log."""
        rows: QuerySet[Any] = self.model._meta.get_field(relation).related_model._base_manager.using(self.db)
        return rows

    def _texts(self, values: tuple[str, ...]) -> Any:
        return engine_of(connections[self.db]).text_list(values)
