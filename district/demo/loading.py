"""Telling the demo district's story to an empty database, through the same paths as real work."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from auditlog.context import Actor, Work, working
from auditlog.models import AuditLogEntry

from ..installation import ACTOR as INSTALLER
from ..installation import CHANNEL as INSTALL
from ..installation import make_roles
from ..models import Calendar, School, UserAccount
from ..years import FIRST_MONTH, school_year
from .rhythm import AT_NIGHT, days_before, moments
from .story import Click, founding, history, last_night
from .tables import records

CHANNEL = "demo"
SEED = 20100513
#: What an account keeps about its own history.
STAMPS = ("modified", "modified_by", "password_changed", "password_changed_by", "last_login")
#: How many days the founding takes.
FOUNDING = 7


class NotEmptyError(Exception):
    """The database holds records of a district: the demo would mix with them."""


def is_loaded() -> bool:
    return AuditLogEntry.objects.filter(channel=CHANNEL).exists()


def load(progress: Callable[[int, int], None]) -> None:
    """Load all of it or nothing; ``progress`` is told how many clicks are done, and of how many.

    Raises NotEmptyError where the database holds anything but what installing puts there.
    """
    with transaction.atomic():
        refuse_other_records()
        make_schools()
        tell(progress)
        stamp_accounts()
        load_others()


def refuse_other_records() -> None:
    others = AuditLogEntry.objects.exclude(channel__in=(INSTALL, CHANNEL))
    if UserAccount.objects.exists() or School.objects.exists() or others.exists():
        raise NotEmptyError


def make_schools() -> None:
    """The schools, each with the calendars of last, this and next school year."""
    first = datetime.date(2000, FIRST_MONTH + 1, 18)
    for row in records("schools"):
        school = School.objects.create(**row)
        for end_year in range(school_year() - 1, school_year() + 2):
            Calendar.objects.create(
                school=school,
                name=f"{end_year - 1}-{end_year % 100:02} {school.name}",
                end_year=end_year,
                start_date=first.replace(year=end_year - 1),
                end_date=datetime.date(end_year, 6, 12),
            )


def timed(now: datetime.datetime, random: Random) -> Iterator[tuple[Click, datetime.datetime]]:
    """Every click of the story with its time: the founding within some days, the history since, and last night."""
    days = days_before(now)
    for clicks, span in ((list(founding()), days[:FOUNDING]), (list(history()), days[FOUNDING + 3 :])):
        yield from zip(clicks, moments([click.turn for click in clicks], span, random), strict=True)
    yesterday = timezone.localdate(now) - datetime.timedelta(days=1)
    for click, at in last_night():
        yield click, timezone.make_aware(datetime.datetime.combine(yesterday, at))


def tell(progress: Callable[[int, int], None]) -> None:
    """Let every click happen at its time, in the name of who made it."""
    random = Random(SEED)  # noqa: S311 (invented, no secret)
    clicks = list(timed(timezone.now(), random))
    install(clicks[0][1] - datetime.timedelta(minutes=5))
    for number, (click, at) in enumerate(clicks, start=1):
        # A piece of work of its own, whatever command this runs in: a click is a change set.
        change_set = uuid.UUID(int=random.getrandbits(128), version=4)
        actor = actor_of(click.turn.who)
        with working(Work(partial(_same, actor), CHANNEL, address_of(actor, at), change_set, at)):
            click.happen()
        progress(number, len(clicks))


def install(at: datetime.datetime) -> None:
    """What ``migrate`` leaves to the story (``CHALKLINE_DEMO``); nothing where it has made the roles itself."""
    work = Work(partial(_same, Actor(INSTALLER)), CHANNEL, at=at)
    with working(work):
        make_roles()


def _same(actor: Actor) -> Actor:
    return actor


def stamp_accounts() -> None:
    """Put beside each account when it was last changed and used: the times of the story, not of the loading."""
    entries = AuditLogEntry.objects.filter(table="UserAccount").order_by("timestamp", "id")
    changes = {entry.object_id: entry for entry in entries}
    passwords = {entry.object_id: entry for entry in entries.filter(details__property_name="password")}
    acted = dict(AuditLogEntry.objects.order_by("timestamp").values_list("changed_by_id", "timestamp"))
    accounts = list(UserAccount.objects.all())
    for account in accounts:
        change, password = changes[account.pk], passwords[account.pk]
        account.modified, account.modified_by = change.timestamp, change.changed_by
        account.password_changed, account.password_changed_by = password.timestamp, password.changed_by
        account.last_login = acted.get(account.pk)
    UserAccount.objects.bulk_update(accounts, STAMPS)


def load_others() -> None:
    """What other applications have to show: those whose configuration can ``load_demo``, in their order."""
    for config in apps.get_app_configs():
        if hasattr(config, "load_demo"):
            config.load_demo()


def actor_of(who: str) -> Actor:
    account = UserAccount.objects.filter(username=who).first()
    return Actor(who, account.get_full_name(), account.pk) if account else Actor(who)


def address_of(actor: Actor, at: datetime.datetime) -> str:
    """Where the person sat: at a desk by day, at home in the evening (addresses reserved for examples)."""
    if actor.user_id is None:
        return ""
    at_home = timezone.localtime(at).hour >= AT_NIGHT[0]
    return f"203.0.113.{actor.user_id % 250 + 1}" if at_home else f"10.20.0.{actor.user_id % 250 + 1}"
