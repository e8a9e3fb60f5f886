"""What a password must be, beyond Django's own rules."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator

from .catalogue import PASSWORD_LENGTH
from .preferences import number_of


class PreferredLengthValidator(MinimumLengthValidator):
    """At least as many characters as the preference Minimum Password Length says now."""

    @property
    def min_length(self) -> int:
        return number_of(PASSWORD_LENGTH)

    @min_length.setter
    def min_length(self, value: int) -> None:
        """Django's own default; the preference decides."""
