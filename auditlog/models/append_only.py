"""Rows that are written once."""

from __future__ import annotations

from typing import Any

from django.db import models

from ..querysets import AppendOnlyQuerySet


class AppendOnlyModel(models.Model):
    """A row that is written once. The database refuses the rest too; this says so earlier and more clearly."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} is append-only: its rows are neither changed nor removed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(f"{type(self).__name__} is append-only: its rows are neither changed nor removed.")
