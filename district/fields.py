"""Model fields of the district's records."""

from __future__ import annotations

from typing import Any

from django.db import models


class PreferenceNameField(models.CharField):
    """The name of a system preference; whichever way it is written, a name outside the catalogue is refused."""

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        from .catalogue import definition_of

        # What the database makes of an expression is asked by the recording, which needs the default too.
        if isinstance(value, str):
            definition_of(value)
        return super().get_db_prep_save(value, connection)
