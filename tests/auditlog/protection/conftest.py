"""Each engine's tests run on that engine alone."""

from __future__ import annotations

from django.db import connection

from auditlog.protection import ENGINES

collect_ignore = [f"test_{engine}.py" for engine in ENGINES if engine != connection.vendor]
