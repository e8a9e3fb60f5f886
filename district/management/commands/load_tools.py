"""``manage.py load_tools [FILE]``: the tool tree from a CSV file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ...tooltree import SHIPPED, ToolFileError, load_tools


class Command(BaseCommand):
    help = "Load the tool tree (module, folder, tool, subright) from a CSV file; without one, the shipped tree."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=SHIPPED, metavar="FILE")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            count, added = load_tools(file)
        except ToolFileError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_("%(count)d tools in the file, %(added)d of them new.") % {"count": count, "added": added})
