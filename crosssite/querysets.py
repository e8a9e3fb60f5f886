"""How students and links are written: no write leaves the stamp behind that held plans are bound to."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone


class StampedQuerySet(models.QuerySet):
    """``update`` and ``bulk_update`` move ``updated`` like ``save`` and ``bulk_create`` do."""

    def update(self, **values: Any) -> int:
        return super().update(**{"updated": timezone.now(), **values})
