"""What stands beside the log: how its entries are found, and what was noted of them. Written once, like the log.

The log's own tables are not altered; whatever a later need asks for gets a table here.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Index, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from .append_only import AppendOnlyModel
from .log import AuditLogEntry


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


class AuditLogEntrySubject(AppendOnlyModel):
    """What an entry is about, by identity and not by name: the record itself, and the people and groups it concerns.

    ``subject`` is the area and what tells its records apart (``areas.subject_key``): ``UserAccount:17``,
    ``UserGroup:3``, ``UserToolRights:17:230:Write``, ``Preference:AuditUsers``. So a renamed or reused user name
    does not mislead, and a right that is given again is the same right. Entries of an account or a group itself have
    ``UserGroup:3:itself`` besides (``areas.own_key``). ``timestamp`` repeats the entry's: the
    entries of a subject are one walk along an index, in both directions.

    Example: giving jdoe (17) Write on tool 230 is found by ``UserToolRights:17:230:Write`` and ``UserAccount:17``.
    """

    entry = models.ForeignKey(AuditLogEntry, models.DO_NOTHING, related_name="subjects", db_index=False)
    subject = models.CharField(max_length=160)
    timestamp = models.DateTimeField()

    class Meta:
        db_table = "AuditLogEntrySubject"
        default_permissions = ()
        indexes = (
            Index(fields=("subject", "-timestamp", "-entry"), name="auditlog_subject"),
            Index(fields=("entry",), name="auditlog_subject_entry"),
        )

    def __str__(self) -> str:
        return self.subject


class AuditLogEntryProperty(AppendOnlyModel):
    """A property of an entry, for searching by it: its values folded (``search.fold``) and cut to 100 characters.

    No value at all and the empty text are both the empty text here; a secret has neither value.
    """

    entry = models.ForeignKey(AuditLogEntry, models.DO_NOTHING, related_name="properties", db_index=False)
    property_name = models.CharField(max_length=64)
    existing = models.CharField(max_length=100, blank=True)
    new = models.CharField(max_length=100, blank=True)
    timestamp = models.DateTimeField()

    class Meta:
        db_table = "AuditLogEntryProperty"
        default_permissions = ()
        indexes = (
            Index(fields=("property_name", "new", "-timestamp", "-entry"), name="auditlog_property_new"),
            Index(fields=("property_name", "existing", "-timestamp", "-entry"), name="auditlog_property_existing"),
            Index(fields=("entry",), name="auditlog_property_entry"),
        )

    def __str__(self) -> str:
        return f"{self.property_name}: {self.existing} -> {self.new}"


class Mark(models.TextChoices):
    """What a reader should not miss about an entry; decided when the entry that completes it is written."""

    OWN = "own", _("Gave it to oneself")
    OWN_GROUP = "own_group", _("To a group one is a member of")
    SECURITY = "security", _("Security tools")
    HOURS = "hours", _("Outside working hours")
    MANY = "many", _("Many changes in one go")
    TAKEN_BACK = "taken_back", _("Taken back within a day")
    SWITCHED_OFF = "switched_off", _("Recording switched off")


class AuditLogEntryMark(AppendOnlyModel):
    """A mark on an entry. ``timestamp`` repeats the entry's, so that the newest of a mark are one walk."""

    entry = models.ForeignKey(AuditLogEntry, models.DO_NOTHING, related_name="marks", db_index=False)
    mark = models.CharField(max_length=16, choices=Mark.choices)
    timestamp = models.DateTimeField()

    class Meta:
        db_table = "AuditLogEntryMark"
        default_permissions = ()
        constraints = (UniqueConstraint(fields=("entry", "mark"), name="auditlog_mark_once"),)
        indexes = (Index(fields=("mark", "-timestamp", "-entry"), name="auditlog_mark"),)

    def __str__(self) -> str:
        return self.mark


class AuditLogAcknowledgement(AppendOnlyModel):
    """That somebody has taken note of a marked entry: who, and when. The first one counts."""

    entry = models.OneToOneField(AuditLogEntry, models.DO_NOTHING, related_name="acknowledgement")
    timestamp = models.DateTimeField()
    acknowledged_by = models.CharField(max_length=255)
    acknowledged_by_name = models.CharField(max_length=320, blank=True)
    acknowledged_by_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "AuditLogAcknowledgement"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.acknowledged_by}: {self.entry_id}"


class AuditLogAffected(AppendOnlyModel):
    """Whom the changes to a group reached: its members when a change set first touched it, one row for both.

    ``subject`` is the group (``UserGroup:3``); ``people`` the members then, in the order of their user names, as a
    JSON list of ``[id, user name, person's name]``.
    """

    change_set = models.UUIDField()
    subject = models.CharField(max_length=160)
    timestamp = models.DateTimeField()
    people = models.TextField()

    class Meta:
        db_table = "AuditLogAffected"
        default_permissions = ()
        constraints = (UniqueConstraint(fields=("change_set", "subject"), name="auditlog_affected_once"),)

    def __str__(self) -> str:
        return f"{self.change_set}: {self.subject}"
