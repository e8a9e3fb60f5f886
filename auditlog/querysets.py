"""QuerySets: the audited one, for calls that send no signals, and the append-only one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any

from django.db import connections, transaction
from django.db.models import Model, QuerySet
from django.db.models.constants import OnConflict
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete, pre_delete

from . import recorder
from . import rows as rows_of
from .areas import Area, area_of
from .engines import engine_of


class AuditedCollector(Collector):
    """Django's collector of what a delete takes with it, recording all of it together."""

    def can_fast_delete(self, objs: Any, from_field: Any = None) -> bool:
        model = getattr(objs, "model", type(objs))
        audited = hasattr(model, "_meta") and area_of(model) is not None
        return not audited and bool(super().can_fast_delete(objs, from_field))

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.using), recorder.deleting(self.data, self.using):
            if len(self.data) == 1 and not self.fast_deletes and not self.field_updates:
                return self._delete_alone(*next(iter(self.data.items())))
            return super().delete()

    def _delete_alone(self, model: type[Model], instances: Collection[Any]) -> tuple[int, dict[str, int]]:
        """Rows that nothing else goes with: as Django would, but in one statement instead of one per hundred."""
        rows = sorted(instances, key=attrgetter("pk"))
        told = {"sender": model, "using": self.using, "origin": self.origin}
        for row in rows:
            pre_delete.send(instance=row, **told)
        going = rows_of.with_ids(model, self.using, [row.pk for row in rows])
        deleted = QuerySet._raw_delete(going, self.using)
        for row in rows:
            post_delete.send(instance=row, **told)
            row.pk = None
        return deleted, {model._meta.label: deleted} if deleted else {}


class AuditedQuerySet(QuerySet[Any, Any]):
    """A QuerySet whose every write is recorded, in a fixed number of statements per call."""

    #: Set on the copies through which a call does its own writing once the caller records it.
    _recorded_by_caller = False
    #: Where ``bulk_create`` with ignored conflicts notes the ids that really came in.
    _inserted: list[Any] | None = None

    def _clone(self) -> AuditedQuerySet:
        clone = super()._clone()  # type: ignore[misc]
        clone._recorded_by_caller = self._recorded_by_caller
        return clone  # type: ignore[no-any-return]

    def _unrecorded(self) -> AuditedQuerySet:
        clone: AuditedQuerySet = self._chain()  # type: ignore[attr-defined]
        clone._recorded_by_caller = True
        clone._inserted = None
        return clone

    def _area(self) -> Area | None:
        return None if self._recorded_by_caller else area_of(self.model)

    def update(self, **kwargs: Any) -> int:
        area = self._area()
        if area is None or self.query.is_sliced:
            return super().update(**kwargs)
        if kwargs.keys() & {"pk", self.model._meta.pk.name}:
            raise TypeError(f"{self.model.__name__} is audited: the id of a record stays.")
        self._for_write = True
        with transaction.atomic(using=self.db):
            mine = self.model._base_manager.using(self.db).filter(pk__in=self.order_by().values("pk"))
            before = rows_of.read(area, mine, lock=True, facts=False)
            if not before.recorded:
                return self._unrecorded().update(**kwargs)
            # Only the rows that were read and locked: one that came to match since would go unrecorded.
            locked = self._unrecorded().filter(pk__in=engine_of(connections[self.db]).id_list(before.rows))
            updated = locked.update(**kwargs)
            self._record_changes(area, before, before.rows)
            return updated

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
        objs = tuple(objs)
        area = self._area()
        if area is None or not objs:
            return super().bulk_update(objs, fields, batch_size)
        self._for_write = True
        with transaction.atomic(using=self.db):
            ids = [obj.pk for obj in objs if obj.pk is not None]
            before = rows_of.read(area, rows_of.with_ids(self.model, self.db, ids), lock=True, facts=False)
            updated = QuerySet.bulk_update(self._unrecorded(), objs, fields, batch_size)
            if before.recorded:
                self._record_changes(area, before, before.rows)
            return updated

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[Any]:
        objs = list(objs)
        area = self._area()
        options: dict[str, Any] = {
            "ignore_conflicts": ignore_conflicts,
            "update_conflicts": update_conflicts,
            "update_fields": update_fields,
            "unique_fields": unique_fields,
        }
        if area is None or not objs:
            return super().bulk_create(objs, batch_size, **options)
        self._for_write = True
        with transaction.atomic(using=self.db):
            if update_conflicts:
                return self._create_or_change(area, objs, batch_size, options)
            quiet = self._unrecorded()
            quiet._inserted = [] if ignore_conflicts else None
            created = QuerySet.bulk_create(quiet, objs, batch_size, **options)
            ids = [obj.pk for obj in created] if quiet._inserted is None else quiet._inserted
            self._record_changes(area, rows_of.Snapshot({}, True), ids)
            return created

    bulk_create.alters_data = True  # type: ignore[attr-defined]

    def _create_or_change(
        self, area: Area, objs: list[Any], batch_size: int | None, options: dict[str, Any]
    ) -> list[Any]:
        """bulk_create that updates on conflict: nobody else writes the table while we look, write and look again."""
        opts = self.model._meta
        engine_of(connections[self.db]).lock_table(connections[self.db], opts.db_table)
        unique = [opts.pk if name == "pk" else opts.get_field(name) for name in options["unique_fields"] or ()]
        before = self._read_like(area, objs, unique, lock=True, facts=False)
        created = QuerySet.bulk_create(self._unrecorded(), objs, batch_size, **options)
        if before.recorded:
            after = self._read_like(area, objs, unique)
            recorder.record(area, [(before.rows.get(pk), row) for pk, row in after.rows.items()], self.db)
        return created

    def _read_like(self, area: Area, objs: Sequence[Model], unique: Sequence[Any], **how: bool) -> rows_of.Snapshot:
        """The rows that share the first unique field with one of ``objs``: all that a conflict could touch."""
        key = unique[0] if unique else self.model._meta.pk
        values = [getattr(obj, key.attname) for obj in objs]
        return rows_of.read(area, rows_of.with_values(self.model, self.db, key, values), **how)

    def _record_changes(self, area: Area, before: rows_of.Snapshot, ids: Collection[Any]) -> None:
        after = rows_of.read(area, rows_of.with_ids(self.model, self.db, ids), new=not before.rows)
        recorder.record(area, [(before.rows.get(pk), row) for pk, row in after.rows.items()], self.db)

    def _insert(self, objs: Any, fields: Any, returning_fields: Any = None, **kwargs: Any) -> Any:
        if self._inserted is None or kwargs.get("on_conflict") is not OnConflict.IGNORE:
            return super()._insert(objs, fields, returning_fields=returning_fields, **kwargs)  # type: ignore[misc]
        rows = super()._insert(objs, fields, returning_fields=[self.model._meta.pk], **kwargs)  # type: ignore[misc]
        self._inserted.extend(row[0] for row in rows if row)
        return []

    _insert.alters_data = True  # type: ignore[attr-defined]
    _insert.queryset_only = False  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        if self.query.is_sliced or self.query.distinct_fields or self._fields is not None or self.query.combinator:  # type: ignore[attr-defined]
            return super().delete()  # refused there, in Django's words
        going = self._chain()  # type: ignore[attr-defined]
        going._for_write = True
        going.query.select_for_update = False
        going.query.select_related = False
        going.query.clear_ordering(force=True)
        collector = AuditedCollector(using=going.db, origin=self)
        collector.collect(going)
        deleted = collector.delete()
        self._result_cache = None
        return deleted

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _raw_delete(self, using: str | None) -> int:
        if area_of(self.model) is None:
            return int(super()._raw_delete(using))
        raise TypeError(f"{self.model.__name__} is audited: _raw_delete would leave no trace, use delete().")


class AppendOnlyQuerySet(QuerySet[Any, Any]):
    """Rows are added and read. The database refuses the rest too; this says so earlier and more clearly."""

    def _refuse(self) -> TypeError:
        return TypeError(f"{self.model.__name__} is append-only: its rows are neither changed nor removed.")

    def update(self, **kwargs: Any) -> int:
        raise self._refuse()

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        raise self._refuse()

    def delete(self) -> tuple[int, dict[str, int]]:
        raise self._refuse()

    delete.queryset_only = True  # type: ignore[attr-defined]
