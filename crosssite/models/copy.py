"""The home copy: sections and rosters as the last applied bundle had them, and what is remembered of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Index, Q
from django.utils.translation import gettext_lazy as _

from .parties import LONGEST, ServingDistrict, ServingSchool, Student


class Section(models.Model):
    """A section with students of ours, as the last applied bundle had it.

    ``location``, ``periods`` and ``terms`` are texts as shown, lists sorted and joined by ``", "``. ``begins_on``
    and ``ends_on``: first and last day of its terms, None where unknown. ``state``: invalid keeps the row; ended
    was missing from a bundle after its terms' last day.
    """

    class State(models.TextChoices):
        VALID = "valid", _("Valid")
        INVALID = "invalid", _("Invalidated")
        ENDED = "ended", _("Ended")

    district = models.ForeignKey(ServingDistrict, models.PROTECT, related_name="sections")
    school = models.ForeignKey(ServingSchool, models.PROTECT, related_name="sections")
    sourced_id = models.CharField(max_length=LONGEST)
    course_number = models.CharField(_("course number"), max_length=LONGEST, blank=True)
    course_name = models.CharField(_("course name"), max_length=LONGEST)
    number = models.CharField(_("section number"), max_length=LONGEST)
    title = models.CharField(_("title"), max_length=LONGEST)
    location = models.CharField(_("location"), max_length=LONGEST, blank=True)
    periods = models.CharField(_("periods"), max_length=LONGEST, blank=True)
    terms = models.CharField(_("terms"), max_length=LONGEST, blank=True)
    begins_on = models.DateField(_("first day"), null=True)
    ends_on = models.DateField(_("last day"), null=True)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.VALID)

    class Meta:
        db_table = "Section"
        ordering = ("district", "sourced_id")
        default_permissions = ()
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = (models.UniqueConstraint(fields=("district", "sourced_id"), name="section_sourced_id"),)

    def __str__(self) -> str:
        return f"{self.course_number}-{self.number}"


class Roster(models.Model):
    """A student of ours in a section. ``last_day`` is the last day in class, inclusive (OneRoster's is the day after).

    ``ended``: missing from a bundle after the section's terms were over; kept, and not counted any more.
    """

    # The section's, repeated for the indexes; the section's own reference is checked.
    district = models.ForeignKey(ServingDistrict, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    section = models.ForeignKey(Section, models.PROTECT, related_name="rosters", db_index=False)
    student = models.ForeignKey(Student, models.PROTECT, related_name="rosters")
    sourced_id = models.CharField(max_length=LONGEST)
    begin_date = models.DateField(_("start date"), null=True)
    last_day = models.DateField(_("last day"), null=True)
    ended = models.BooleanField(default=False)

    class Meta:
        db_table = "Roster"
        ordering = ("pk",)
        default_permissions = ()
        verbose_name = _("roster")
        verbose_name_plural = _("rosters")
        constraints = (models.UniqueConstraint(fields=("district", "sourced_id"), name="roster_sourced_id"),)
        indexes = (
            # Holds all that a nightly run asks of each roster, in the order of sections.
            Index(fields=("district", "section", "sourced_id"), condition=Q(ended=False), name="roster_present"),
        )

    def __str__(self) -> str:
        return self.sourced_id


class BundleMemory(models.Model):
    """What a serving district's last applied bundle held, for the next one to be compared with or to refer to.

    ``kind`` names the content (``sync.memory``): orgs, sessions, courses and classes as records; users as the ids
    that are students of ours, and hashes of all others; lines as hashes of the lines that were fine. Nothing of a
    person who is not ours can be read from it.
    """

    district = models.ForeignKey(ServingDistrict, models.CASCADE, related_name="memories")
    kind = models.CharField(max_length=10)
    data = models.BinaryField()

    class Meta:
        db_table = "BundleMemory"
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("district", "kind"), name="bundle_memory_kind"),)

    def __str__(self) -> str:
        return self.kind
