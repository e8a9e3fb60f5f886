"""``manage.py fill_log``: a plausible history for benchmarks."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from auditlog.generated import filling
from auditlog.progress import Progress


class Command(BaseCommand):
    help = "Fills the log with an invented history for benchmarks; only where it holds no real entries."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entries", type=int, default=0, help="how many Audit Log entries")
        parser.add_argument("--sync-entries", type=int, default=0, help="how many Data Sync Log entries")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same history")

    def handle(self, *args: Any, entries: int, sync_entries: int, seed: int, **options: Any) -> None:
        if entries < 0 or sync_entries < 0:
            raise CommandError(_("The numbers of entries are 0 or more."))
        sync_log = self.sync_log() if sync_entries else None
        try:
            filling.refuse_real_entries("default")
            if sync_log is not None:
                # First, since it may refuse too, and then nothing is added to either.
                sync_log.fill_log(sync_entries, seed, Progress(self.stdout, _("Data Sync Log")))
            filling.fill(entries, seed, Progress(self.stdout, _("Audit Log")))
        except filling.RealEntriesError:
            raise CommandError(_("The log holds real entries; nothing was added.")) from None
        self.stdout.write(_("Added: %(count)d entries.") % {"count": entries + sync_entries})

    def sync_log(self) -> Any:
        """The application that has a Data Sync Log: the one whose configuration can ``fill_log``."""
        for config in apps.get_app_configs():
            if hasattr(config, "fill_log"):
                return config
        raise CommandError(_("There is no Data Sync Log here: leave out --sync-entries."))
