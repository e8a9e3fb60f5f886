"""System checks: a mistake in the audit table stops the start, not the audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.db.models import CASCADE, PROTECT, RESTRICT, IntegerField

from .areas import Area, all_areas
from .protection import protection_of
from .triggers import missing_triggers, present_tables


@register(Tags.models)
def audit_table(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every column of every audited model is classified, and nothing about the model can escape recording."""
    return [error for area in all_areas() for error in (*_columns(area), *_shape(area), *_relations(area))]


def _columns(area: Area) -> Iterator[Error]:
    model = area.model_class
    concrete = {field.name for field in model._meta.concrete_fields if not field.primary_key}
    classified = Counter((*area.recorded, *area.masked, *area.ignored))
    for name in sorted(concrete - set(classified)):
        yield Error(
            f"{area.model}.{name} is audited but not classified.",
            hint="Name it in recorded, masked or ignored of its area in the audit table.",
            obj=model,
            id="auditlog.E001",
        )
    for name in sorted(set(classified) - concrete):
        yield Error(f"The audit table names {area.model}.{name}, which is no column.", obj=model, id="auditlog.E002")
    for name in sorted(name for name, times in classified.items() if times > 1):
        yield Error(f"{area.model}.{name} is classified more than once.", obj=model, id="auditlog.E003")


def _shape(area: Area) -> Iterator[Error]:
    from .models import AuditedModel
    from .querysets import AuditedQuerySet

    model = area.model_class
    if not issubclass(model, AuditedModel):
        yield Error(f"{area.model} is audited but does not derive from AuditedModel.", obj=model, id="auditlog.E004")
    for manager in (model._default_manager, model._base_manager):
        if not issubclass(getattr(manager, "_queryset_class", object), AuditedQuerySet):
            yield Error(
                f"{area.model}: the manager {type(manager).__name__} writes without recording.",
                hint="Build it from AuditedQuerySet.",
                obj=model,
                id="auditlog.E005",
            )
    if not isinstance(model._meta.pk, IntegerField):
        yield Error(f"{area.model} is audited and needs a whole number as its id.", obj=model, id="auditlog.E006")
    if model._meta.parents:
        yield Error(f"{area.model}: audited models are not spread over several tables.", obj=model, id="auditlog.E007")


def _relations(area: Area) -> Iterator[Error]:
    for field in area.model_class._meta.concrete_fields:
        if field.remote_field is None:
            continue
        on_delete = field.remote_field.on_delete
        target_recorded = area.model_class._meta.get_field(field.name).related_model in {
            a.model_class for a in all_areas()
        }
        if on_delete not in (PROTECT, RESTRICT) and not (on_delete is CASCADE and target_recorded):
            yield Error(
                f"{area.model}.{field.name} would change or go without an entry when the other record is deleted.",
                hint="Use PROTECT, or CASCADE to an audited model.",
                obj=area.model_class,
                id="auditlog.E008",
            )


@register(Tags.database, deploy=True)
def append_only(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The log tables refuse UPDATE and DELETE in the database itself.

    Asked by ``check --deploy`` alone: ``migrate`` makes the other checks first, and would refuse to do what helps.
    """
    return [
        Error(
            f"Triggers of the log tables are missing or do not refuse: {', '.join(sorted(missing))}.",
            hint="Run manage.py migrate, which makes them anew.",
            id="auditlog.E009",
        )
        for alias in databases or ()
        if (missing := missing_triggers(connections[alias]))
    ]


@register(Tags.database)
def connections_as_needed(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A connection is set so that entry and change are written together, for good, and nothing is replaced unseen."""
    return [
        Error(
            f"The recording cannot rest on this database: {', '.join(faults)}.",
            hint="Keep the file on a disk of this machine, no network drive, and leave the options of "
            "config/environment.py as they are.",
            id="auditlog.E010",
        )
        for alias in databases or ()
        if (faults := protection_of(connections[alias]).connection_faults(connections[alias]))
    ]


@register(Tags.database, deploy=True)
def a_role_that_only_adds(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Whoever takes over the application gets its role in the database: that role can only add to the log."""
    return [
        Warning(
            f"The application’s role could change the log: it {'; it '.join(powers)}.",
            hint="Let one role own the tables and another one serve (docs/install.md, “Database”), then run "
            "manage.py migrate with OWNER_DATABASE_URL.",
            id="auditlog.W011",
        )
        for alias in databases or ()
        if (powers := _powers(alias))
    ]


def _powers(alias: str) -> list[str]:
    connection = connections[alias]
    return protection_of(connection).powers(connection, present_tables(connection))  # type: ignore[no-any-return]
