"""The record pages of the Django admin."""

from django.contrib import admin
from django.contrib.auth.models import Group

from . import accounts, groups, preferences, schools

# Django's own groups give nobody anything here.
admin.site.unregister(Group)

__all__ = ["accounts", "groups", "preferences", "schools"]
