"""The runs of the sync job, whatever came of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Index
from django.utils.translation import gettext_lazy as _

from .parties import LONGEST, ServingDistrict


class SyncRun(models.Model):
    """One try to follow a serving district's bundle, whatever came of it.

    ``started_by`` who or what started it, as the Audit Log attributes work. ``source_hash`` is the SHA-256 of the
    zip, or of the folder's files in the order of their names. ``reason`` says in a sentence why it failed or is
    held. ``findings``: what was met in the bundle, capped, as dicts with severity, code, file, line, column and
    message; ``finding_counts`` counts all of them by severity. ``figures``: what was read and passed over (never
    shown to readers of single schools). ``initial_schools``: names of serving schools that came for the first
    time. ``base``: the state of the home copy that the plan of a held run was made from.
    """

    class Outcome(models.TextChoices):
        RUNNING = "running", _("Running")
        APPLIED = "applied", _("Applied")
        UNCHANGED = "unchanged", _("Unchanged")
        FAILED = "failed", _("Failed")
        HELD = "held", _("Held")
        DISCARDED = "discarded", _("Discarded")
        REPLACED = "replaced", _("Replaced by a later run")

    class Kind(models.TextChoices):
        BULK = "bulk", _("Bulk")
        DELTA = "delta", _("Delta")
        EMPTY = "empty", _("No files")
        UNKNOWN = "", _("Unknown")

    started = models.DateTimeField(_("started"))
    finished = models.DateTimeField(_("finished"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.RUNNING)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices, blank=True)
    district = models.ForeignKey(
        ServingDistrict, models.PROTECT, null=True, related_name="runs", verbose_name=_("serving district")
    )
    source_name = models.CharField(_("source"), max_length=LONGEST)
    source_hash = models.CharField(_("SHA-256"), max_length=64, blank=True)
    started_by = models.CharField(_("started by"), max_length=255)
    started_by_name = models.CharField(max_length=320, blank=True)
    duration = models.DurationField(_("duration"), null=True)
    reason = models.TextField(_("reason"), blank=True)
    figures = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    finding_counts = models.JSONField(default=dict)
    initial_schools = models.JSONField(default=list)
    base = models.CharField(max_length=LONGEST, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.CharField(_("decided by"), max_length=255, blank=True)
    decided_by_name = models.CharField(max_length=320, blank=True)
    note = models.TextField(_("note on the decision"), blank=True)

    class Meta:
        db_table = "SyncRun"
        ordering = ("-started", "-id")
        default_permissions = ("view", "change")
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        indexes = (
            Index(fields=("-started", "-id"), name="syncrun_newest"),
            Index(fields=("district", "-started", "-id"), name="syncrun_district"),
        )

    def __str__(self) -> str:
        return f"{self.pk} {self.source_name}"


class SyncPlan(models.Model):
    """The plan of a held run, until it is confirmed or given up (``sync.plan``: how it is written)."""

    run = models.OneToOneField(SyncRun, models.CASCADE, primary_key=True, related_name="plan")
    data = models.BinaryField()

    class Meta:
        db_table = "SyncPlan"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.run_id)


class SyncRunCount(models.Model):
    """How many entries of an action a run made (a held one: would make) for a home school."""

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="counts")
    home_school_id = models.BigIntegerField()
    home_school = models.CharField(max_length=LONGEST)
    action = models.CharField(max_length=30)
    count = models.IntegerField()

    class Meta:
        db_table = "SyncRunCount"
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("run", "home_school_id", "action"), name="sync_run_count_of_action"),
        )

    def __str__(self) -> str:
        return f"{self.home_school}: {self.action} {self.count}"
