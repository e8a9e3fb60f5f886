"""The catalogue of system preferences: what there is, how it is entered, what it is without a set value.

Names are the ones the Audit Log shows (System Preferences). A value is text; booleans are ``true`` and ``false``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Label = str | _StrPromise


class Kind(StrEnum):
    """How a preference is entered and checked."""

    BOOLEAN = "boolean"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    TIME = "time"


@dataclass(frozen=True)
class Definition:
    """One preference. ``choices`` maps stored values to labels; ``used_here``: Chalkline itself acts on it."""

    name: str
    label: Label
    section: Label
    kind: Kind
    default: str
    choices: Mapping[str, Label] | None = None
    help_text: Label = ""
    used_here: bool = False
    minimum: int | None = None
    maximum: int | None = None


AUDIT_USERS = "AuditUsers"
MANY_CHANGES = "ManyChanges"
WORK_BEGINS = "WorkingHoursStart"
WORK_ENDS = "WorkingHoursEnd"
SYNC_HOLD_PERCENT = "SyncHoldPercent"
SYNC_HOLD_MINIMUM = "SyncHoldMinimum"
HOME_ORGS = "HomeOrgIdentifiers"
PASSWORD_LENGTH = "PasswordMinimumLength"  # noqa: S105 (a name)
LOCKOUT_ATTEMPTS = "LockoutAttempts"
SESSION_TIMEOUT = "SessionTimeout"

ACCOUNT_SECURITY = _("Account Security")
DISTRICT = _("District Preferences")
ENROLLMENT = _("Enrollment")
GRADING = _("Grading")
HEALTH = _("Health")
CROSS_SITE = _("Cross-Site Enrollment")
DAY = _("School day and terms")

_YES_NO = {"yes": _("Yes"), "no": _("No")}
_MAINTAINED = {"product": _("Maintained by the product"), "local": _("Maintained locally")}


def _switch(name: str, label: Label, section: Label, default: str, **more: Any) -> Definition:
    return Definition(name, label, section, Kind.BOOLEAN, default, **more)


def _choice(
    name: str, label: Label, section: Label, default: str, choices: Mapping[str, Label], **more: Any
) -> Definition:
    return Definition(name, label, section, Kind.CHOICE, default, choices, **more)


def _number(
    name: str, label: Label, section: Label, default: int, minimum: int, maximum: int, **more: Any
) -> Definition:
    return Definition(name, label, section, Kind.NUMBER, str(default), minimum=minimum, maximum=maximum, **more)


def _time(name: str, label: Label, section: Label, default: str, **more: Any) -> Definition:
    return Definition(name, label, section, Kind.TIME, default, **more)


def _text(name: str, label: Label, section: Label, default: str = "", **more: Any) -> Definition:
    return Definition(name, label, section, Kind.TEXT, default, **more)


_DEFINITIONS = (
    _switch(
        AUDIT_USERS,
        _("Audit Users"),
        ACCOUNT_SECURITY,
        "true",
        help_text=_("Record changes to accounts, groups, memberships, tool rights and calendar rights."),
        used_here=True,
    ),
    _number(
        MANY_CHANGES,
        _("Many Changes in One Go (Entries)"),
        ACCOUNT_SECURITY,
        25,
        2,
        100_000,
        help_text=_("The Audit Log marks the entry with which one click, or one job, reaches so many."),
        used_here=True,
    ),
    _number(
        PASSWORD_LENGTH,
        _("Minimum Password Length"),
        ACCOUNT_SECURITY,
        8,
        8,
        64,
        help_text=_("Characters. Counts when a password is set the next time."),
        used_here=True,
    ),
    _number("PasswordExpireDays", _("Days Until a Password Expires"), ACCOUNT_SECURITY, 0, 0, 730),
    _number("PasswordHistory", _("Earlier Passwords That Cannot Be Used Again"), ACCOUNT_SECURITY, 0, 0, 24),
    _number(
        LOCKOUT_ATTEMPTS,
        _("Failed Sign-ins Until an Account Is Locked"),
        ACCOUNT_SECURITY,
        10,
        0,
        100,
        help_text=_(
            "Counted for a user name and the network address it is tried from, together: further tries from there are "
            "refused for 15 minutes, everybody else can sign in. With 0 nothing is ever refused."
        ),
        used_here=True,
    ),
    _number(
        SESSION_TIMEOUT,
        _("Minutes Until an Idle Session Ends"),
        ACCOUNT_SECURITY,
        30,
        5,
        480,
        help_text=_("Counts from the next sign-in. After 8 hours every session ends, whatever is done in it."),
        used_here=True,
    ),
    _switch("NewDeviceNotice", _("Notify of Sign-ins From New Devices"), ACCOUNT_SECURITY, "false"),
    _choice(
        "SearchFieldOrder",
        _("Search Screen Field Order"),
        DISTRICT,
        "after",
        {"after": _("Student Number AFTER Name Fields"), "before": _("Student Number BEFORE Name Fields")},
    ),
    _number("SearchLimit", _("Search Result Limit"), DISTRICT, 500, 10, 5000),
    _choice("BoundaryWarn", _("Warn When an Address Lies Outside the Boundary"), DISTRICT, "yes", _YES_NO),
    _choice(
        "RaceEthnicityRequirement",
        _("Race/Ethnicity Requirement"),
        DISTRICT,
        "optional",
        {"optional": _("Optional"), "warn": _("Warn when empty"), "required": _("Required")},
    ),
    _choice("FederalImpactAid", _("Turn on Federal Impact Aid Tracking"), DISTRICT, "no", _YES_NO),
    _switch("elasticsearch.syncing.syncActive", _("Search Index Synchronization Active"), DISTRICT, "true"),
    _choice(
        "StudentAssignment",
        _("Student Number Assignment"),
        ENROLLMENT,
        "automatic",
        {"automatic": _("Next number, automatically"), "manual": _("Entered by hand"), "state": _("State number")},
    ),
    _choice(
        "EnrollmentOverlap",
        _("Enrollment Overlap Behavior"),
        ENROLLMENT,
        "warn",
        {
            "allow": _("Allow overlapping primary enrollments"),
            "warn": _("Warn of overlapping primary enrollments"),
            "end": _("End the overlapping primary enrollment automatically"),
        },
    ),
    _text("DefaultEnrollmentEndStatus", _("Default Enrollment Local End Status"), ENROLLMENT, "02"),
    _choice(
        "EnrollmentStartStatus", _("Enrollment Start Status Type Updates"), ENROLLMENT, "product", choices=_MAINTAINED
    ),
    _choice("EnrollmentEndStatus", _("Enrollment End Status Type Updates"), ENROLLMENT, "product", choices=_MAINTAINED),
    _number("GPADigits", _("Digits After the Decimal Point of a GPA"), GRADING, 3, 0, 6),
    _choice("GPABonusPoints", _("Allow GPA Bonus Points"), GRADING, "yes", _YES_NO),
    _text("DefaultHealthConditions", _("Default Health Condition List"), HEALTH, "ICD"),
    _text(
        "FlagableHealthConditions",
        _("Health Conditions That Can Be Flagged"),
        HEALTH,
        help_text=_("Condition codes, separated by commas."),
    ),
    _number(
        SYNC_HOLD_PERCENT,
        _("Hold a Sync That Deletes More Than (Percent)"),
        CROSS_SITE,
        20,
        1,
        100,
        help_text=_("A sync run that would delete a larger share of the rosters waits until a person confirms it."),
        used_here=True,
    ),
    _number(
        SYNC_HOLD_MINIMUM,
        _("Never Hold a Sync That Deletes Fewer Than (Rosters)"),
        CROSS_SITE,
        10,
        0,
        100_000,
        used_here=True,
    ),
    _text(
        HOME_ORGS,
        _("This District in the Bundles of Others"),
        CROSS_SITE,
        help_text=_(
            "The sourcedId or identifier that serving districts give this district’s organization; several "
            "separated by commas. The identifiers of its schools stand on the schools’ own pages."
        ),
        used_here=True,
    ),
    _time(
        WORK_BEGINS,
        _("Working Hours Begin"),
        DAY,
        "07:00",
        help_text=_(
            "24-hour clock, as in 07:00. The Audit Log marks what people do outside of working hours, and on "
            "Saturdays and Sundays."
        ),
        used_here=True,
    ),
    _time(
        WORK_ENDS,
        _("Working Hours End"),
        DAY,
        "16:30",
        help_text=_("24-hour clock, as in 16:30. An end before the beginning is in the morning of the next day."),
        used_here=True,
    ),
    _choice(
        "FirstDayOfWeek",
        _("First Day of the Week"),
        DAY,
        "sunday",
        {"sunday": _("Sunday"), "monday": _("Monday")},
    ),
)

CATALOGUE: Mapping[str, Definition] = {definition.name: definition for definition in _DEFINITIONS}


def definition_of(name: str) -> Definition:
    """The preference of this name; ValidationError for a name outside the catalogue."""
    try:
        return CATALOGUE[name]
    except KeyError:
        raise ValidationError(gettext("There is no system preference named “%(name)s”.") % {"name": name}) from None
