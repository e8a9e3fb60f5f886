"""Model fields of the district's records."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _


class PreferenceNameField(models.CharField):
    """The name of a system preference; whichever way it is written, a name outside the catalogue is refused."""

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        from .preferences import CATALOGUE

        if isinstance(value, str) and value not in CATALOGUE:
            raise ValidationError(_("There is no system preference named “%(name)s”.") % {"name": value})
        return super().get_db_prep_save(value, connection)
