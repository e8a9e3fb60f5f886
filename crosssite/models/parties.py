"""Who takes part: students of this district, and the districts and schools that teach some of them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from district.models import School

from ..querysets import StampedQuerySet

#: The longest text a column of the copy or of the log takes; PostgreSQL would refuse a longer one.
LONGEST = 255
#: The longest part of a person's name.
LONGEST_NAME = 100


class Contact(models.Model):
    """Whom the home school phones."""

    contact_name = models.CharField(_("contact"), max_length=LONGEST, blank=True)
    contact_phone = models.CharField(_("contact phone"), max_length=40, blank=True)
    contact_email = models.EmailField(_("contact e-mail address"), blank=True)

    class Meta:
        abstract = True


class StampedModel(models.Model):
    """Every write moves ``updated``, bulk writes too: a held plan is bound to the newest (``queries.home_version``)."""

    updated = models.DateTimeField(_("last change"), auto_now=True, db_index=True)

    objects = StampedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        if update_fields is not None:
            update_fields = {*update_fields, "updated"}
        super().save(*args, update_fields=update_fields, **kwargs)


class Student(StampedModel):
    """A student of this district. ``number`` and name are what the log shows. ``active``: still in the district."""

    number = models.CharField(_("student number"), max_length=LONGEST, unique=True)
    family_name = models.CharField(_("family name"), max_length=LONGEST_NAME)
    given_name = models.CharField(_("given name"), max_length=LONGEST_NAME)
    middle_name = models.CharField(_("middle name"), max_length=LONGEST_NAME, blank=True)
    school = models.ForeignKey(School, models.PROTECT, related_name="students", verbose_name=_("home school"))
    sourced_id = models.CharField(
        _("identifier in our own OneRoster bundle"), max_length=LONGEST, blank=True, db_index=True
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        db_table = "Student"
        ordering = ("family_name", "given_name", "number")
        verbose_name = _("student")
        verbose_name_plural = _("students")

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    @property
    def name(self) -> str:
        """``Family, Given Middle``."""
        return student_name(self.family_name, self.given_name, self.middle_name)


def student_name(family: str, given: str, middle: str) -> str:
    """``Family, Given Middle``, as the log shows it."""
    return f"{family}, {' '.join(part for part in (given, middle) if part)}"


class ServingDistrict(Contact):
    """A district whose schools teach students of ours. ``identifier``: its org's sourcedId or identifier."""

    name = models.CharField(_("name"), max_length=LONGEST, unique=True)
    identifier = models.CharField(
        _("identifier in its bundles"),
        max_length=LONGEST,
        unique=True,
        help_text=_("The sourcedId or identifier of the district’s row in orgs.csv."),
    )
    expected_hours = models.PositiveSmallIntegerField(
        _("hours between runs"),
        default=36,
        help_text=_("When the last run is older, the Data Sync Log says so. 0 expects none."),
    )

    class Meta:
        db_table = "ServingDistrict"
        ordering = ("name", "pk")
        verbose_name = _("serving district")
        verbose_name_plural = _("serving districts")

    def __str__(self) -> str:
        return self.name


class ServingSchool(Contact):
    """A school of a serving district; a run adds those it meets. ``first_run``: the run that first brought rosters."""

    district = models.ForeignKey(
        ServingDistrict, models.PROTECT, related_name="schools", verbose_name=_("serving district")
    )
    name = models.CharField(_("name"), max_length=LONGEST)
    identifier = models.CharField(_("identifier in its bundles"), max_length=LONGEST)
    first_run = models.ForeignKey(
        "SyncRun", models.PROTECT, null=True, blank=True, related_name="+", editable=False, verbose_name=_("first run")
    )

    class Meta:
        db_table = "ServingSchool"
        ordering = ("district", "name", "pk")
        verbose_name = _("serving school")
        verbose_name_plural = _("serving schools")
        constraints = (models.UniqueConstraint(fields=("district", "identifier"), name="serving_school_identifier"),)

    def __str__(self) -> str:
        return self.name


class CrossSiteStudent(StampedModel):
    """The number that a student of ours has at a serving district, where it is not our own."""

    student = models.ForeignKey(Student, models.CASCADE, related_name="links", verbose_name=_("student"))
    district = models.ForeignKey(
        ServingDistrict, models.CASCADE, related_name="links", verbose_name=_("serving district")
    )
    number = models.CharField(_("student number at the serving district"), max_length=LONGEST)

    class Meta:
        db_table = "CrossSiteStudent"
        ordering = ("district", "number")
        verbose_name = _("number at a serving district")
        verbose_name_plural = _("numbers at serving districts")
        constraints = (
            models.UniqueConstraint(fields=("district", "number"), name="cross_site_number"),
            models.UniqueConstraint(fields=("district", "student"), name="cross_site_student"),
        )

    def __str__(self) -> str:
        return self.number
