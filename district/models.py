"""The audited records: people and groups, tools and rights, calendars, preferences.

Column names are the ones the Audit Log shows as property names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_backends
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from auditlog.models import AuditedModel
from auditlog.querysets import AuditedQuerySet

from .choices import AuthenticationType, Homepage
from .choices import Right as Right
from .fields import PreferenceNameField
from .managers import UserAccountManager
from .passwords import RenewableHash
from .stamps import stamp
from .years import school_year

YEARS = (MinValueValidator(1900), MaxValueValidator(2999))


class School(models.Model):
    """A school of this district. ``identifier`` is what other systems call it (OneRoster sourcedId or identifier)."""

    name = models.CharField(_("name"), max_length=255, unique=True)
    number = models.CharField(_("school number"), max_length=40, blank=True)
    identifier = models.CharField(_("identifier in other systems"), max_length=255, blank=True)

    class Meta:
        db_table = "School"
        ordering = ("name", "pk")
        verbose_name = _("school")
        verbose_name_plural = _("schools")

    def __str__(self) -> str:
        return self.name


class Calendar(models.Model):
    """One school's calendar of one school year; ``end_year`` is the year in which it ends."""

    school = models.ForeignKey(School, models.PROTECT, db_column="schoolID", related_name="calendars")
    name = models.CharField(_("name"), max_length=255)
    end_year = models.PositiveSmallIntegerField(_("end year"), db_column="endYear", validators=YEARS)
    start_date = models.DateField(_("first day"), db_column="startDate", null=True, blank=True)
    end_date = models.DateField(_("last day"), db_column="endDate", null=True, blank=True)

    class Meta:
        db_table = "Calendar"
        ordering = ("-end_year", "name", "pk")
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        constraints = (models.UniqueConstraint(fields=("school", "end_year", "name"), name="district_calendar_name"),)

    def __str__(self) -> str:
        return self.name


class UserAccount(AuditedModel, RenewableHash):
    """A person's account: who may sign in, until when, and with which product security role.

    ``security_role`` is the name of the product security role the account holds, or None; it follows the
    membership in that group (``roles.give_role``). What is not marked as used here is the district's record
    for its other systems.
    """

    username = models.CharField(
        _("user name"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("There is an account with this user name already. Choose another one.")},
    )
    password = models.CharField(_("password"), max_length=128)
    first_name = models.CharField(_("first name"), max_length=150, blank=True, db_column="firstName")
    last_name = models.CharField(_("last name"), max_length=150, blank=True, db_column="lastName")
    email = models.EmailField(_("e-mail address"), blank=True)
    staff_number = models.CharField(_("staff number"), max_length=40, blank=True, db_column="staffNumber")
    homepage = models.CharField(_("homepage"), max_length=20, choices=Homepage, default=Homepage.TOOLS)
    force_password_change = models.BooleanField(
        _("force password change"), default=False, db_column="forcePasswordChange"
    )
    expires_date = models.DateField(
        _("account expiration date"),
        null=True,
        blank=True,
        db_column="expiresDate",
        help_text=_("The last day on which the account can be used."),
    )
    disable = models.BooleanField(_("disable account"), default=False)
    authentication_type = models.CharField(
        _("authentication type"),
        max_length=20,
        choices=AuthenticationType,
        default=AuthenticationType.LOCAL,
        db_column="authenticationType",
    )
    exclude_mfa = models.BooleanField(
        _("exclude from multi-factor authentication and new device notifications"),
        default=False,
        db_column="excludeMultiFactor",
    )
    two_factor = models.BooleanField(
        _("time-based two-factor authentication"), default=False, db_column="timeBasedTwoFactor"
    )
    security_role = models.CharField(
        _("product security role"), max_length=255, null=True, blank=True, db_column="securityRole", editable=False
    )

    last_login = models.DateTimeField(_("last sign-in"), null=True, blank=True, db_column="lastLogin", editable=False)
    failed_logins = models.PositiveIntegerField(
        _("failed sign-ins"), default=0, db_column="failedLogins", editable=False
    )
    created = models.DateTimeField(_("created"), default=timezone.now, db_column="createdTimestamp", editable=False)
    modified = models.DateTimeField(_("modified"), auto_now=True, db_column="modifiedTimestamp", editable=False)
    modified_by = models.CharField(_("modified by"), max_length=255, blank=True, db_column="modifiedBy", editable=False)
    password_changed = models.DateTimeField(
        _("password changed"), null=True, blank=True, db_column="passwordChangedTimestamp", editable=False
    )
    password_changed_by = models.CharField(
        _("password changed by"), max_length=255, blank=True, db_column="passwordChangedBy", editable=False
    )

    groups: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "UserGroup", through="UserGroupMember", related_name="users", verbose_name=_("user groups"), blank=True
    )

    objects = UserAccountManager()  # type: ignore[misc]

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        db_table = "UserAccount"
        base_manager_name = "objects"
        ordering = ("username", "pk")
        verbose_name = _("user account")
        verbose_name_plural = _("user accounts")

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        super().save(*args, update_fields=stamp(self, update_fields), **kwargs)

    save.alters_data = True  # type: ignore[attr-defined]

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.username

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Neither disabled nor past its expiration date (which is the last day it can be used)."""
        return not self.disable and (self.expires_date is None or self.expires_date >= timezone.localdate())

    @property
    def is_staff(self) -> bool:
        """Who may enter the record pages: whoever is active; what they show is a matter of tool rights."""
        return self.is_active

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether a tool right gives this permission (``district.backends.ToolRightsBackend``)."""
        return any(backend.has_perm(self, perm, obj=obj) for backend in get_backends() if hasattr(backend, "has_perm"))

    def has_perms(self, perm_list: list[str], obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return any(
            backend.has_module_perms(self, app_label)
            for backend in get_backends()
            if hasattr(backend, "has_module_perms")
        )


class UserGroup(AuditedModel):
    """A group of users. Three groups with names in capitals are the product security roles (``roles.ROLES``)."""

    name = models.CharField(
        _("name"),
        max_length=255,
        unique=True,
        error_messages={"unique": _("There is a user group with this name already. Choose another one.")},
    )
    description = models.TextField(_("group description"), blank=True, default="")
    associated_product = models.CharField(
        _("associated product"), max_length=100, blank=True, default="", db_column="associatedProduct"
    )
    account_automation = models.BooleanField(
        _("tied to account automation"),
        default=False,
        db_column="accountAutomation",
        help_text=_("Automatic account creation puts new accounts into this group."),
    )

    class Meta:
        db_table = "UserGroup"
        base_manager_name = "objects"
        ordering = ("name", "pk")
        verbose_name = _("user group")
        verbose_name_plural = _("user groups")

    def __str__(self) -> str:
        return self.name


class UserGroupMember(AuditedModel):
    """A user in a group."""

    user = models.ForeignKey(UserAccount, models.CASCADE, db_column="userID", related_name="memberships")
    group = models.ForeignKey(UserGroup, models.CASCADE, db_column="groupID", related_name="memberships")

    class Meta:
        db_table = "UserGroupMember"
        base_manager_name = "objects"
        ordering = ("pk",)
        verbose_name = _("group membership")
        verbose_name_plural = _("group memberships")
        constraints = (models.UniqueConstraint(fields=("user", "group"), name="district_member_once"),)

    def __str__(self) -> str:
        return f"{self.user}, {self.group}"


class Tool(models.Model):
    """A leaf of the tool tree: module > folder > tool, or one of a tool's subrights.

    ``path`` is the whole way (``Module > Folder > Tool > Subright``) and its key; ``position`` the order.
    """

    module = models.CharField(max_length=100)
    folder = models.CharField(max_length=100)
    tool = models.CharField(max_length=150)
    subright = models.CharField(max_length=150, blank=True)
    path = models.CharField(max_length=520, unique=True)
    position = models.PositiveIntegerField()

    class Meta:
        db_table = "Tool"
        ordering = ("position", "pk")
        verbose_name = _("tool")
        verbose_name_plural = _("tools")

    def __str__(self) -> str:
        return self.path

    @property
    def name(self) -> str:
        """The tool's own name: the last part of its path."""
        return self.subright or self.tool


class UserToolRights(AuditedModel):
    """One right of one user on one tool."""

    user = models.ForeignKey(UserAccount, models.CASCADE, db_column="userID", related_name="tool_rights")
    tool = models.ForeignKey(Tool, models.PROTECT, db_column="toolID", related_name="user_rights")
    right = models.CharField(max_length=6, choices=Right)

    class Meta:
        db_table = "UserToolRights"
        base_manager_name = "objects"
        ordering = ("pk",)
        verbose_name = _("tool right of a user")
        verbose_name_plural = _("tool rights of users")
        constraints = (models.UniqueConstraint(fields=("user", "tool", "right"), name="district_user_right_once"),)

    def __str__(self) -> str:
        return f"{self.user}, {self.tool.name}, {self.right}"


class UserGroupToolRights(AuditedModel):
    """One right of one user group on one tool."""

    group = models.ForeignKey(UserGroup, models.CASCADE, db_column="groupID", related_name="tool_rights")
    tool = models.ForeignKey(Tool, models.PROTECT, db_column="toolID", related_name="group_rights")
    right = models.CharField(max_length=6, choices=Right)

    class Meta:
        db_table = "UserGroupToolRights"
        base_manager_name = "objects"
        ordering = ("pk",)
        verbose_name = _("tool right of a group")
        verbose_name_plural = _("tool rights of groups")
        constraints = (models.UniqueConstraint(fields=("group", "tool", "right"), name="district_group_right_once"),)

    def __str__(self) -> str:
        return f"{self.group}, {self.tool.name}, {self.right}"


class CurrentYearQuerySet(AuditedQuerySet):
    """Calendar-rights rows."""

    def in_force(self) -> CurrentYearQuerySet:
        """Rows that count today: for All Years or for the current school year."""
        return self.filter(models.Q(end_year=None) | models.Q(end_year=school_year()))


class CalendarRights(AuditedModel):
    """What both kinds of calendar rights share. No year, school or calendar means all of them."""

    end_year = models.PositiveSmallIntegerField(
        _("end year"), null=True, blank=True, db_column="endYear", validators=YEARS
    )
    school = models.ForeignKey(
        School, models.PROTECT, null=True, blank=True, db_column="schoolID", related_name="+", verbose_name=_("school")
    )
    calendar = models.ForeignKey(
        Calendar,
        models.PROTECT,
        null=True,
        blank=True,
        db_column="calendarID",
        related_name="+",
        verbose_name=_("calendar"),
    )
    modify_rights = models.BooleanField(_("modify rights"), default=False, db_column="modifyRights")
    close_months = models.BooleanField(_("close school months"), default=False, db_column="closeMonths")

    objects = CurrentYearQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        abstract = True
        base_manager_name = "objects"
        ordering = ("-end_year", "pk")

    def what(self) -> str:
        """``2011, Bonny Eagle High School`` or ``All Years, All Schools``."""
        year = str(self.end_year) if self.end_year else str(_("All Years"))
        return f"{year}, {self.school or _('All Schools')}"


class UserSchoolYearRights(CalendarRights):
    """One calendar-rights row of a user."""

    user = models.ForeignKey(UserAccount, models.CASCADE, db_column="userID", related_name="calendar_rights")

    class Meta(CalendarRights.Meta):
        db_table = "UserSchoolYearRights"
        verbose_name = _("calendar right of a user")
        verbose_name_plural = _("calendar rights of users")

    def __str__(self) -> str:
        return f"{self.user}, {self.what()}"


class UserGroupSchoolYearRights(CalendarRights):
    """One calendar-rights row of a user group."""

    group = models.ForeignKey(UserGroup, models.CASCADE, db_column="groupID", related_name="calendar_rights")

    class Meta(CalendarRights.Meta):
        db_table = "UserGroupSchoolYearRights"
        verbose_name = _("calendar right of a group")
        verbose_name_plural = _("calendar rights of groups")

    def __str__(self) -> str:
        return f"{self.group}, {self.what()}"


class Preference(AuditedModel):
    """The value of one system preference. A row exists only where a value is set (see ``preferences``)."""

    name = PreferenceNameField(_("name"), max_length=64, unique=True)
    value = models.TextField(_("value"), blank=True)

    class Meta:
        db_table = "Preference"
        base_manager_name = "objects"
        ordering = ("name", "pk")
        verbose_name = _("system preference")
        verbose_name_plural = _("system preferences")

    def __str__(self) -> str:
        return self.name
