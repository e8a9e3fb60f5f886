"""How often a sign-in may be tried: wrong passwords count for a user name and an address together.

django-axes keeps the count in the database, where all workers share it, and refuses whoever has reached the limit.
What it would keep besides is left out: form data, the browser, and names as they were typed, since some people type
their password into the field for the name. A name is kept as a hash that only this installation can make.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Mapping
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_cool_off, get_failure_limit
from axes.models import AccessAttempt
from django.db import router, transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from auditlog.access import trace_refused
from auditlog.address import address_of

from .catalogue import LOCKOUT_ATTEMPTS
from .models import UserAccount
from .preferences import number_of
from .sign_ins import give_way

Credentials = Mapping[str, Any] | None

#: How much of an IPv6 address counts: a device chooses the other half of its address itself, as often as it likes.
IPV6_NETWORK = 64
#: In axes' column for the path, which would always be the same: the refusal of these tries has left its trace.
TRACED = "traced"
#: How a trace names what no account is called: it may be a password, typed into the wrong field.
NOBODY = "a name that no account has"


def limit(request: HttpRequest | None = None, credentials: Credentials = None) -> int:
    """How many wrong passwords are looked at; 0 for as many as one likes."""
    return number_of(LOCKOUT_ATTEMPTS)


def key_of(request: HttpRequest | None, credentials: Credentials) -> str:
    """What stands for the user name that is tried."""
    return key(str((credentials or {}).get("username", "")))


def key(username: str) -> str:
    return salted_hmac(__name__, username, algorithm="sha256").hexdigest()


def network_of(request: HttpRequest) -> str | None:
    """The address that counts, found as the logs find it; of an IPv6 address its network."""
    found = address_of(request)
    if ":" not in found:
        return found or None
    return str(ipaddress.ip_network((found, IPV6_NETWORK), strict=False).network_address)


def lift(username: str) -> None:
    """Forget the wrong passwords of an account, wherever they were tried: it can be signed in to again at once."""
    AccessAttempt.objects.filter(username=key(username)).delete()


def counted(username: str) -> bool:
    """Whether wrong passwords of an account are counted just now."""
    return bool(AccessAttempt.objects.filter(username=key(username)).exists())


def refused_until(request: HttpRequest, credentials: Credentials) -> datetime.datetime:
    """When the refused may try again."""
    tried = AccessAttempt.objects.filter(username=key_of(request, credentials), ip_address=network_of(request))
    newest = tried.aggregate(newest=Max("attempt_time"))["newest"] or request.axes_attempt_time  # type: ignore[attr-defined]
    return newest + (get_cool_off(request) or datetime.timedelta())  # type: ignore[no-any-return]


class SignInLimit(AxesDatabaseHandler):  # type: ignore[misc]
    """axes' own handler in the database, except for what it writes."""

    def is_locked(self, request: HttpRequest, credentials: Credentials = None) -> bool:
        allowed: int = get_failure_limit(request, credentials)
        return 0 < allowed <= int(self.get_failures(request, credentials))

    def user_login_failed(
        self, sender: Any, credentials: Credentials, request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Count a wrong password, or keep that a try was refused. What cannot be counted is no try: 503."""
        if request is None:
            return
        request.axes_credentials = credentials  # type: ignore[attr-defined]
        if request.axes_locked_out:  # type: ignore[attr-defined]
            self._refused(request, credentials)
        else:
            self._count(request, credentials)

    def user_logged_in(self, sender: Any, request: HttpRequest, user: UserAccount, **kwargs: Any) -> None:
        """The right password: what was tried before it, from there, is forgotten."""
        for attempts in self.filter_user_attempts(request, {"username": user.username}):
            remove(attempts)

    def user_logged_out(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        """Nothing is kept of it."""

    def _count(self, request: HttpRequest, credentials: Credentials) -> None:
        threshold = get_cool_off_threshold(request)
        with transaction.atomic(using=router.db_for_write(AccessAttempt)):
            attempt, new = AccessAttempt.objects.select_for_update().get_or_create(
                username=key_of(request, credentials),
                ip_address=network_of(request),
                user_agent="",
                defaults={"failures_since_start": 1},
            )
            if not new:
                over = attempt.attempt_time <= threshold
                attempt.failures_since_start = 1 if over else attempt.failures_since_start + 1
                attempt.path_info = "" if over else attempt.path_info
                attempt.attempt_time = request.axes_attempt_time  # type: ignore[attr-defined]
                attempt.save()
        # The table never holds more than the tries of some minutes.
        remove(AccessAttempt.objects.filter(attempt_time__lte=threshold))

    def _refused(self, request: HttpRequest, credentials: Credentials) -> None:
        """Trace the first refusal of each lock: whoever goes on shall not fill a table that only grows."""
        for attempts in self.filter_user_attempts(request, credentials):
            untraced = attempts.filter(path_info="")
            if untraced.exists() and untraced.update(path_info=TRACED):
                name = str((credentials or {}).get("username", ""))
                known = UserAccount.objects.filter(username=name).exists()
                trace_refused(
                    request,
                    subject="Sign-in",
                    tried=f"sign in as {name if known else NOBODY}, after too many wrong passwords",
                )


def remove(attempts: QuerySet[AccessAttempt]) -> None:
    """Remove tries that do not count any more, unless that would mean waiting for somebody else's lock."""
    if attempts.exists():
        give_way(attempts.delete)
