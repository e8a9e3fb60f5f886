"""The log: texts about what happened, kept for ever, referring to nothing that could be deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import Index
from django.utils.translation import gettext_lazy as _

from ..reading import LogQuerySet
from .append_only import AppendOnlyModel


class Action(models.TextChoices):
    ADD = "add", _("Add")
    CHANGE = "change", _("Change")
    DELETE = "delete", _("Delete")


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
            Index(fields=("changed_by_id", "-timestamp", "-id"), name="auditlog_changed_by_id"),
            Index(fields=("change_set", "id"), name="auditlog_change_set"),
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
