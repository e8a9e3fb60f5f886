"""Signal receivers: the way in for single objects. Each is a guard and a call."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from . import recorder
from .areas import area_of
from .engines import engine_of


def prepare_connection(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    engine_of(connection).prepare(connection)


def before_save(
    sender: type[Model], instance: Model, using: str, update_fields: Collection[str] | None = None, **kwargs: Any
) -> None:
    if area := area_of(sender):
        recorder.before_save(area, instance, using, update_fields)


def after_save(sender: type[Model], instance: Model, using: str, created: bool, **kwargs: Any) -> None:
    if area := area_of(sender):
        recorder.after_save(area, instance, using, created=created)


def before_delete(sender: type[Model], instance: Model, using: str, **kwargs: Any) -> None:
    if area := area_of(sender):
        recorder.before_delete(area, instance, using)


def after_delete(sender: type[Model], instance: Model, using: str, **kwargs: Any) -> None:
    if area := area_of(sender):
        recorder.after_delete(area, instance, using)
