"""The record pages of the Django admin."""

from . import accounts, groups, preferences, schools

__all__ = ["accounts", "groups", "preferences", "schools"]
