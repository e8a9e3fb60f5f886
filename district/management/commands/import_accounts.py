"""``manage.py import_accounts FILE``: user accounts and their groups from a CSV file (docs/accounts.md)."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from auditlog.migrated import require_migrations
from auditlog.progress import Progress

from ...accounts.apply import import_accounts
from ...accounts.file import FileRefused, read_file
from ...accounts.plan import every_fault, make_plan
from ...accounts.report import faults_in_words, table, totals


class Command(BaseCommand):
    help = "Adds and updates user accounts and their groups from a CSV file: all of it, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="columns: docs/accounts.md")
        parser.add_argument("--dry-run", action="store_true", help="show what would happen, and do nothing")
        parser.add_argument(
            "--first-passwords",
            type=Path,
            metavar="OUT",
            help="give new accounts a first password each, to be changed at the first sign-in, and write them to this "
            "new file; without it nobody can sign in with a new account until its password is reset",
        )

    def handle(self, *args: Any, file: Path, dry_run: bool, first_passwords: Path | None, **options: Any) -> None:
        require_migrations()
        try:
            wanted = read_file(file)
            if dry_run:
                steps = make_plan(wanted)
            else:
                with written_with_the_commit(first_passwords) as write:
                    steps, passwords = import_accounts(
                        wanted,
                        passwords=first_passwords is not None,
                        progress=Progress(self.stderr, _("Making first passwords")),
                    )
                    write(passwords)
        except FileRefused as error:
            raise CommandError("\n".join(faults_in_words(every_fault(error)))) from error
        for line in table(steps):
            self.stdout.write(line)
        self.stdout.write((_("Would do: %s") if dry_run else _("Done: %s")) % totals(steps))


@contextmanager
def written_with_the_commit(path: Path | None) -> Iterator[Callable[[Mapping[str, str]], None]]:
    """A transaction, and what writes the first passwords into a new file that its owner alone can read.

    The file is there before the commit, for a password that nobody was told is worth nothing; and it goes again
    where nothing was committed. CommandError where it cannot be made, or is there already.
    """
    if path is None:
        yield lambda passwords: None
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        told = {"path": path, "why": error.strerror}
        raise CommandError(_("%(path)s: %(why)s. Nothing was imported.") % told) from error
    try:
        with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as out, transaction.atomic():
            yield lambda passwords: write_passwords(out, passwords)
    except BaseException:
        path.unlink()
        raise


def write_passwords(out: TextIO, passwords: Mapping[str, str]) -> None:
    csv.writer(out).writerows([("username", "password"), *passwords.items()])
    out.flush()
    os.fsync(out.fileno())
