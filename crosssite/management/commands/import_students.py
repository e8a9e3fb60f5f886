"""``manage.py import_students``: our own schools, calendars and students (contract: Commands)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from auditlog.migrated import require_migrations
from auditlog.progress import Progress
from crosssite.students.report import FAILED, REFUSED, summary, told
from crosssite.students.run import import_students


class Command(BaseCommand):
    help = "Brings in the district's own schools, calendars and students from its own OneRoster bundle."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bundle", type=Path, help="a folder or a zip with the bundle's files")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print the summary for machines")
        parser.add_argument(
            "--confirm",
            action="store_true",
            help="go on though many students would be marked as left, or get another number or sourcedId",
        )

    def handle(self, *args: Any, bundle: Path, as_json: bool, confirm: bool, **options: Any) -> None:
        require_migrations()
        found = summary(
            import_students(bundle, confirmed=confirm, progress=Progress(self.stderr, _("Reading students")))
        )
        failed = found["outcome"] in (FAILED, REFUSED)
        out = self.stderr if failed and not as_json else self.stdout
        out.write(json.dumps(found, ensure_ascii=False) if as_json else "\n".join(told(found)))
        if failed:
            sys.exit(1)
