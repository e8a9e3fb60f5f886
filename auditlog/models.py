"""The log: texts about what happened, kept for ever, referring to nothing that could be deleted."""

from __future__ import annotations

from typing import Any

from django.db import models, router, transaction
from django.db.models import Index
from django.utils.translation import gettext_lazy as _

from . import recorder
from .querysets import AppendOnlyQuerySet, AuditedCollector, AuditedQuerySet
from .reading import LogQuerySet


class Action(models.TextChoices):
    ADD = "add", _("Add")
    CHANGE = "change", _("Change")
    DELETE = "delete", _("Delete")


class AppendOnlyModel(models.Model):
    """A row that is written once. The database refuses the rest too; this says so earlier and more clearly."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} is append-only: see audit_seal purge.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(f"{type(self).__name__} is append-only: see audit_seal purge.")


class AuditLogEntry(AppendOnlyModel):
    """One add, change or delete of one record.

    ``timestamp`` when, in UTC. ``table`` the area, which is the model's class name. ``action`` add, change or
    delete. ``affected_object`` what the record was called (after a change, before a delete). ``changed_by``
    the user name, or what did the work; ``changed_by_name`` the person's name then; ``changed_by_id`` the
    account's id. ``object_id`` the record's id. ``change_set`` what the entries of one click share.
    ``channel`` web, command, shell, ...; ``address`` the network address of the request.

    Example: 2010-05-13 20:00:58 UTC, UserSchoolYearRights, change, "jdoe, 2010, Steep Falls Elementary
    School", admin, "Ann Admin", 1, 77, one change set id, web, 10.1.2.3.
    """

    timestamp = models.DateTimeField()
    table = models.CharField(max_length=64)
    action = models.CharField(max_length=6, choices=Action.choices)
    affected_object = models.TextField()
    changed_by = models.CharField(max_length=255)
    changed_by_name = models.CharField(max_length=320, blank=True)
    changed_by_id = models.BigIntegerField(null=True)
    object_id = models.BigIntegerField()
    change_set = models.UUIDField()
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=64, blank=True)

    objects = LogQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        db_table = "AuditLogEntry"
        ordering = ("-timestamp", "-id")
        verbose_name = _("audit log entry")
        verbose_name_plural = _("audit log entries")
        default_permissions = ()
        indexes = (
            Index(fields=("-timestamp", "-id"), name="auditlog_newest"),
            Index(fields=("table", "action", "-timestamp", "-id"), name="auditlog_table_action"),
            Index(fields=("changed_by", "table", "action", "-timestamp", "-id"), name="auditlog_changed_by"),
        )

    def __str__(self) -> str:
        return f"{self.table} {self.action} {self.affected_object}"


class AuditLogEntryDescription(AppendOnlyModel):
    """One line that says which record it was: ``User name: jdoe``. Position counts from 0."""

    entry = models.ForeignKey(AuditLogEntry, models.DO_NOTHING, related_name="descriptions", db_index=False)
    position = models.SmallIntegerField()
    name = models.CharField(max_length=64)
    value = models.TextField()

    class Meta:
        db_table = "AuditLogEntryDescription"
        ordering = ("entry", "position")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("entry", "position"), name="auditlog_description_position"),)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class AuditLogEntryDetail(AppendOnlyModel):
    """One property of an entry: of a change, what it was and what it became; of an add or delete, what it was.

    ``property_name`` is the database column. A missing value is NULL, which is not the empty text.
    ``existing_name`` and ``new_name`` are what a reference's id stood for then. ``masked``: a secret, both
    values are absent.
    """

    entry = models.ForeignKey(AuditLogEntry, models.DO_NOTHING, related_name="details", db_index=False)
    position = models.SmallIntegerField()
    property_name = models.CharField(max_length=64)
    existing_value = models.TextField(null=True)
    new_value = models.TextField(null=True)
    existing_name = models.TextField(null=True)
    new_name = models.TextField(null=True)
    masked = models.BooleanField(default=False)

    class Meta:
        db_table = "AuditLogEntryDetail"
        ordering = ("entry", "position")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("entry", "position"), name="auditlog_detail_position"),)

    def __str__(self) -> str:
        return f"{self.property_name}: {self.existing_value} -> {self.new_value}"


class AuditLogEntryName(AppendOnlyModel):
    """A name by which an entry is found: each part of the affected object, before and after a change.

    ``folded`` is case-folded and normalised text (see ``search.fold``), at most 255 characters; ``timestamp``
    repeats the entry's, so that the newest entries of a name are one walk along an index. The index by entry
    answers whether an entry, met on another walk, has a name too.
    """

    entry = models.ForeignKey(AuditLogEntry, models.DO_NOTHING, related_name="names", db_index=False)
    folded = models.CharField(max_length=255)
    timestamp = models.DateTimeField()

    class Meta:
        db_table = "AuditLogEntryName"
        default_permissions = ()
        indexes = (
            Index(fields=("folded", "-timestamp", "-entry"), name="auditlog_name"),
            Index(fields=("entry",), name="auditlog_name_entry"),
        )

    def __str__(self) -> str:
        return self.folded


class AccessLogEntry(AppendOnlyModel):
    """Who took what out of a log, or tried what he may not: exports, refused tries, purges.

    ``event`` what happened; ``subject`` which log or page; ``criteria`` the query as it was asked, or what was
    tried; ``rows`` how many rows an export wrote, once known; ``reference`` what the start and the end of one
    export share. Who and from where, as in AuditLogEntry.
    """

    class Event(models.TextChoices):
        EXPORT_STARTED = "export started", _("Export started")
        EXPORT_FINISHED = "export finished", _("Export finished")
        EXPORT_BROKEN = "export broken off", _("Export broken off")
        REFUSED = "refused", _("Refused")
        PURGED = "purged", _("Purged")

    timestamp = models.DateTimeField()
    event = models.CharField(max_length=20, choices=Event.choices)
    subject = models.CharField(max_length=64)
    criteria = models.TextField(blank=True)
    rows = models.BigIntegerField(null=True)
    reference = models.UUIDField()
    changed_by = models.CharField(max_length=255)
    changed_by_name = models.CharField(max_length=320, blank=True)
    changed_by_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "AccessLogEntry"
        ordering = ("-timestamp", "-id")
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log entries")
        default_permissions = ()
        indexes = (
            Index(fields=("-timestamp", "-id"), name="accesslog_newest"),
            Index(fields=("reference",), name="accesslog_reference"),
        )

    def __str__(self) -> str:
        return f"{self.event}: {self.subject}"


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
