"""Searches that people keep. They are no log: their owners rename and remove them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Index, UniqueConstraint
from django.utils.translation import gettext_lazy as _


class SavedSearch(models.Model):
    """Criteria of the Audit Log under a name.

    ``query`` is the address's query without the chosen row, in the order of its parameters' names; what is relative
    in it (“yesterday”) stays so. A ``shared`` one is read by every reader of the log, and changed by its owner alone.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=100)
    query = models.CharField(max_length=4000)
    shared = models.BooleanField(_("shared"), default=False)

    class Meta:
        db_table = "SavedSearch"
        ordering = ("name", "pk")
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        default_permissions = ()
        constraints = (UniqueConstraint(fields=("owner", "name"), name="auditlog_search_name"),)
        indexes = (Index(fields=("shared", "name"), name="auditlog_search_shared"),)

    def __str__(self) -> str:
        return self.name


class DefaultSearch(models.Model):
    """With which saved search, own or shared, a person's Audit Log opens."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", primary_key=True)
    search = models.ForeignKey(SavedSearch, models.CASCADE, related_name="defaults")

    class Meta:
        db_table = "DefaultSearch"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.search_id)
