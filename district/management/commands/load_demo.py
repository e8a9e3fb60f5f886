"""``manage.py load_demo``: a demo district with a history of some months."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from auditlog.migrated import require_migrations
from auditlog.progress import Progress
from district.demo import loading
from district.demo.sign_ins import PASSWORD, SIGN_INS


class Command(BaseCommand):
    help = "Loads the demo district into an empty database and prints its sign-ins."

    def handle(self, *args: Any, **options: Any) -> None:
        require_migrations()
        if loading.is_loaded():
            self.stdout.write(_("The demo district is loaded already."))
        else:
            self.load()
        self.print_sign_ins()

    def load(self) -> None:
        try:
            loading.load(Progress(self.stdout, _("Demo district")))
        except loading.NotEmptyError:
            raise CommandError(
                _("This database holds records of a district. The demo is for an empty database: nothing was loaded.")
            ) from None
        self.stdout.write(_("The demo district is loaded."))

    def print_sign_ins(self) -> None:
        self.stdout.write(_("Sign-ins, password of all of them: %(password)s") % {"password": PASSWORD})
        for name, purpose in SIGN_INS.items():
            self.stdout.write(f"  {name:<22}{purpose}")
