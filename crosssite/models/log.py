"""The Data Sync Log: what runs changed, append-only, and what people did about it."""

from __future__ import annotations

from django.db import models
from django.db.models import Index
from django.utils.translation import gettext_lazy as _

from auditlog.models import AppendOnlyModel

from .parties import LONGEST, LONGEST_NAME
from .runs import SyncRun


class Action(models.TextChoices):
    """The six things that a run logs (Data Sync Log, Action Taken)."""

    CREATED_ROSTER = "Created Roster", _("Created Roster")
    DELETED_ROSTER = "Deleted Roster", _("Deleted Roster")
    UPDATED_START = "Updated Roster Start Date", _("Updated Roster Start Date")
    UPDATED_END = "Updated Roster End Date", _("Updated Roster End Date")
    UPDATED_SECTION = "Updated Section Data", _("Updated Section Data")
    INVALIDATED_SECTION = "Invalidated Section", _("Invalidated Section")


class SyncLogEntry(AppendOnlyModel):
    """One change that a run made, as one home school sees it; fields that do not belong to the action are empty.

    All but ``run`` are texts and plain numbers of that time. ``old_value`` and ``new_value``: days, YYYY-MM-DD, the
    end as last day in class. ``student_id`` and ``section_id`` find what else happened to them.

    Example: Updated Roster End Date, 104417, "Rivera, Ana Maria", "MAT201", "Algebra II", "3", "2027-01-15",
    "2026-12-18", "Lakeside District", "Lakeside High".
    """

    # Runs are never deleted; a million checks of it at the end of a first import would only cost time.
    run = models.ForeignKey(SyncRun, models.PROTECT, related_name="entries", db_index=False, db_constraint=False)
    timestamp = models.DateTimeField()
    action = models.CharField(max_length=30, choices=Action.choices)
    home_school_id = models.BigIntegerField()
    home_school = models.CharField(max_length=LONGEST)
    student_number = models.CharField(max_length=LONGEST, blank=True)
    # Three names of the longest kind, and what joins them.
    student_name = models.CharField(max_length=3 * LONGEST_NAME + 3, blank=True)
    course_number = models.CharField(max_length=LONGEST, blank=True)
    course_name = models.CharField(max_length=LONGEST, blank=True)
    section_number = models.CharField(max_length=LONGEST, blank=True)
    old_value = models.CharField(max_length=10, blank=True)
    new_value = models.CharField(max_length=10, blank=True)
    serving_district = models.CharField(max_length=LONGEST)
    serving_school = models.CharField(max_length=LONGEST)
    student_id = models.BigIntegerField(null=True)
    section_id = models.BigIntegerField()

    class Meta:
        db_table = "SyncLogEntry"
        ordering = ("-timestamp", "-id")
        default_permissions = ("view",)
        verbose_name = _("data sync log entry")
        verbose_name_plural = _("data sync log entries")
        indexes = (
            Index(fields=("-timestamp", "-id"), name="synclog_newest"),
            Index(fields=("home_school_id", "-timestamp", "-id"), name="synclog_school"),
            Index(fields=("run", "home_school_id"), name="synclog_run"),
            Index(fields=("student_id",), name="synclog_student"),
            Index(fields=("section_id",), name="synclog_section"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.student_number} {self.course_number}-{self.section_number}"


#: The columns of an entry that hold texts of that time, in the order in which they are shown; all are searched.
TEXT_COLUMNS = (
    "student_number",
    "student_name",
    "course_number",
    "course_name",
    "section_number",
    "old_value",
    "new_value",
    "serving_district",
    "serving_school",
)


class SyncSectionChange(AppendOnlyModel):
    """What differed in a section for which a run logged Updated Section Data. ``field``: a name of ``Section``'s."""

    run = models.ForeignKey(SyncRun, models.PROTECT, related_name="section_changes", db_index=False)
    section_id = models.BigIntegerField()
    field = models.CharField(max_length=20)
    old_value = models.CharField(max_length=LONGEST, blank=True)
    new_value = models.CharField(max_length=LONGEST, blank=True)

    class Meta:
        db_table = "SyncSectionChange"
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("run", "section_id", "field"), name="sync_section_change_field"),
        )

    def __str__(self) -> str:
        return f"{self.field}: {self.old_value} -> {self.new_value}"


class SyncLogText(AppendOnlyModel):
    """A text that a column of the log holds for a home school, once, with the folded form it is found by.

    Searching a column asks these few first and the log for their texts, so that case is ignored in every script.
    """

    home_school_id = models.BigIntegerField()
    column = models.CharField(max_length=20)
    text = models.CharField(max_length=3 * LONGEST_NAME + 3)
    folded = models.TextField()

    class Meta:
        db_table = "SyncLogText"
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("home_school_id", "column", "text"), name="sync_log_text_of_column"),
        )

    def __str__(self) -> str:
        return self.text


class SyncReview(AppendOnlyModel):
    """What a person of the home school did about an entry. The newest one of an entry counts; all are kept."""

    class Status(models.TextChoices):
        REVIEWED = "reviewed", _("Reviewed")
        CONTACTED = "contacted", _("Contacted serving school")
        RESOLVED = "resolved", _("Resolved")

    entry = models.ForeignKey(SyncLogEntry, models.PROTECT, related_name="reviews", db_index=False)
    timestamp = models.DateTimeField()
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)
    note = models.TextField(_("note"), blank=True)
    reviewed_by = models.CharField(max_length=255)
    reviewed_by_name = models.CharField(max_length=320, blank=True)
    reviewed_by_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "SyncReview"
        ordering = ("-timestamp", "-id")
        default_permissions = ("view", "add")
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        indexes = (Index(fields=("entry", "-timestamp", "-id"), name="syncreview_newest"),)

    def __str__(self) -> str:
        return f"{self.status} {self.reviewed_by}"
