"""The base of every audited record."""

from __future__ import annotations

from typing import Any

from django.db import models, router, transaction

from .. import recorder
from ..querysets import AuditedCollector, AuditedQuerySet


class AuditedModel(models.Model):
    """Base of every audited record: its changes and their entries commit together or not at all."""

    objects = AuditedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save_base(self, *args: Any, using: str | None = None, **kwargs: Any) -> None:
        # Without this, post_save follows the commit. (loaddata calls Django's own, in a transaction of its own.)
        using = using or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using), recorder.saving(self):
            super().save_base(*args, using=using, **kwargs)  # type: ignore[misc]

    save_base.alters_data = True  # type: ignore[attr-defined]

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        if self.pk is None:
            raise ValueError(f"{type(self).__name__} has no id yet: there is nothing to delete.")
        using = using or router.db_for_write(type(self), instance=self)
        collector = AuditedCollector(using=using, origin=self)
        collector.collect([self], keep_parents=keep_parents)
        return collector.delete()

    delete.alters_data = True  # type: ignore[attr-defined]
