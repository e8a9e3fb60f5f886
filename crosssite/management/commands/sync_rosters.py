"""``manage.py sync_rosters``: one sync run, or the decision on a held one (contract: Commands)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils.translation import gettext as _

from auditlog.migrated import require_migrations
from auditlog.progress import Progress
from crosssite.models import SyncRun
from crosssite.sync import decide
from crosssite.sync.findings import BundleError
from crosssite.sync.report import preview_summary, run_summary, told
from crosssite.sync.run import AlreadyRunning, preview, sync

Outcome = SyncRun.Outcome

#: What the command answers (contract: Commands).
APPLIED, FAILED, HELD, UNDER_WAY = 0, 1, 3, 4


class Command(BaseCommand):
    help = "Brings a serving district's sections and rosters over from its OneRoster bundle, and logs every change."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bundle", nargs="?", type=Path, help="a folder or a zip with the bundle's files")
        parser.add_argument("--district", help="identifier of the serving district, where the bundle does not say")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print the summary for machines")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--dry-run", action="store_true", help="show what a run would do, and do nothing")
        what.add_argument("--confirm", type=int, metavar="RUN", help="apply the plan of a held run")
        what.add_argument("--discard", type=int, metavar="RUN", help="give up the plan of a held run")

    def handle(self, *args: Any, bundle: Path | None, **options: Any) -> None:
        try:
            require_migrations()
            self.act(bundle, options)
        except OperationalError as error:
            reason = _("The database is busy or away (%(why)s). Nothing was applied: start it again.")
            self.finish({"outcome": "failed", "reason": reason % {"why": error}}, FAILED, options["as_json"])

    def act(self, bundle: Path | None, options: dict[str, Any]) -> None:
        decision = next((name for name in ("confirm", "discard") if options[name] is not None), None)
        if decision:
            if bundle is not None:
                raise CommandError(_("A held run keeps its plan: leave the bundle out with --%s.") % decision)
            self.finish(*self.decide(decision, options[decision]), options["as_json"])
        elif bundle is None:
            raise CommandError(_("Name the bundle: a folder or a zip."))
        elif options["dry_run"]:
            self.finish(*self.preview(bundle, options["district"]), options["as_json"])
        else:
            self.finish(*self.sync(bundle, options["district"]), options["as_json"])

    def sync(self, bundle: Path, district: str | None) -> tuple[dict[str, Any], int]:
        try:
            run = sync(bundle, district=district, progress=Progress(self.stderr, _("Reading")))
        except AlreadyRunning as busy:
            return {"outcome": "under way", "reason": str(busy)}, UNDER_WAY
        return run_summary(run), {Outcome.FAILED: FAILED, Outcome.HELD: HELD}.get(Outcome(run.outcome), APPLIED)

    def preview(self, bundle: Path, district: str | None) -> tuple[dict[str, Any], int]:
        try:
            found = preview(bundle, district=district)
        except BundleError as error:
            return {"outcome": "failed", "reason": str(error)}, FAILED
        return preview_summary(found), HELD if found.reasons else APPLIED

    def decide(self, decision: str, number: int) -> tuple[dict[str, Any], int]:
        run = SyncRun.objects.select_related("district").filter(pk=number).first()
        if run is None:
            return {"outcome": "refused", "reason": _("There is no run %d.") % number}, FAILED
        try:
            decided = decide.confirm(run) if decision == "confirm" else decide.discard(run)
        except decide.Refused as refusal:
            code = UNDER_WAY if isinstance(refusal, decide.Busy) else FAILED
            return {"outcome": "refused", "run": number, "reason": str(refusal)}, code
        return run_summary(decided), APPLIED

    def finish(self, summary: dict[str, Any], code: int, as_json: bool) -> None:
        """Print what came of it, and end with the code that says so."""
        out = self.stderr if code in (FAILED, UNDER_WAY) and not as_json else self.stdout
        out.write(json.dumps(summary, ensure_ascii=False) if as_json else "\n".join(told(summary)))
        if code:
            sys.exit(code)
