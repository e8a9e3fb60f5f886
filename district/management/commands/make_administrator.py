"""``manage.py make_administrator USERNAME``: the way in to a new installation, or back into a locked one."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError, transaction
from django.utils.translation import gettext as _

from auditlog.context import acting_as, login_name

from ... import sign_in_limit
from ...models import UserAccount
from ...roles import STUDENT_INFORMATION_SYSTEM, give_role


class Command(BaseCommand):
    help = "Create or re-enable an account that holds STUDENT INFORMATION SYSTEM: every right on every tool."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, username: str, password_stdin: bool, **options: Any) -> None:
        try:
            account = account_named(username)
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(
                _("The database cannot be used: %s. Does DATABASE_URL name the right one, and is it migrated?")
                % str(error).strip().partition("\n")[0]
            ) from error
        try:
            account.full_clean(exclude=["password"])
        except ValidationError as error:
            raise refused(error) from error
        password = self.password_for(account, from_stdin=password_stdin)
        created = account.pk is None
        with acting_as("command: make_administrator", person=login_name()), transaction.atomic():
            account.set_password(password)
            account.security_role = STUDENT_INFORMATION_SYSTEM
            account.save()
            give_role(account, STUDENT_INFORMATION_SYSTEM)
            sign_in_limit.lift(account.username)
        done = _("Created the administrator %s.") if created else _("%s can sign in and is an administrator.")
        self.stdout.write(done % account.username)

    def password_for(self, account: UserAccount, *, from_stdin: bool) -> str:
        """A password that the account may have, never from the command line, where others could read it.

        Whoever sits at a terminal is asked again until there is one.
        """
        while True:
            try:
                password = sys.stdin.readline().rstrip("\r\n") if from_stdin else ask_twice()
                if not password:
                    raise ValidationError(_("An administrator needs a password."))
                validate_password(password, account)
                return password
            except ValidationError as error:
                if from_stdin or not sys.stdin.isatty():
                    raise refused(error) from error
                self.stderr.write("\n".join([*error.messages, _("Try another one, or stop with Ctrl-C.")]))


def refused(error: ValidationError) -> CommandError:
    return CommandError("\n".join([*error.messages, _("Nothing was changed.")]))


def account_named(username: str) -> UserAccount:
    """The account of that name, made usable again, or a new one; nothing is saved yet."""
    account = UserAccount.objects.same_name(username) or UserAccount(username=UserAccount.normalize_username(username))
    account.disable, account.expires_date, account.force_password_change = False, None, False
    return account


def ask_twice() -> str:
    """The password from the terminal, the same twice; raises ValidationError where they differ."""
    try:
        password, again = getpass.getpass(_("Password: ")), getpass.getpass(_("Password (again): "))
    except (EOFError, KeyboardInterrupt):
        raise CommandError(_("No password given: nothing was changed.")) from None
    if password != again:
        raise ValidationError(_("The two passwords differ."))
    return password
