"""``manage.py sync_rosters`` as a job runs it: its exit code and what it says."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from django.core.management import CommandError, call_command

APPLIED, FAILED, HELD, BUSY = 0, 1, 3, 4


@dataclass(frozen=True)
class Done:
    code: int
    out: str


def sync_rosters(*arguments: str | Path) -> Done:
    """Both streams as one text; the exit code as the shell would have it."""
    out = io.StringIO()
    try:
        call_command("sync_rosters", *map(str, arguments), stdout=out, stderr=out)
    except CommandError as error:
        return Done(error.returncode, f"{out.getvalue()}{error}")
    except SystemExit as end:
        return Done(int(end.code or 0), out.getvalue())
    return Done(APPLIED, out.getvalue())
