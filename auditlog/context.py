"""Who is acting, through which channel and in which piece of work.

Every log entry is attributed to what this module answers at the moment of the write. The answer lives in a
``ContextVar``, so it follows threads started by asgiref, async views and nested blocks, and ends with its block.
"""

from __future__ import annotations

import datetime
import getpass
import os
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.utils import timezone


@dataclass(frozen=True)
class Actor:
    """The one a change is attributed to: a signed-in user, or the name of what did the work."""

    name: str
    person: str = ""
    user_id: int | None = None


class Tally:
    """How many entries a change set was ever given here: no fewer than it has, for some may have been rolled back.

    So who counts in the database need not do so while there cannot be enough.
    """

    def __init__(self) -> None:
        self._entries = 0
        self._turns = threading.Lock()

    def add(self, entries: int) -> int:
        """Count these too; how many there were before them."""
        with self._turns:
            self._entries += entries
            return self._entries - entries


@dataclass(frozen=True)
class Work:
    """One piece of work: a request, a command or an outermost ``acting_as`` block.

    ``who`` is asked at each write, so that a sign-in in mid-request counts from then on.
    All entries of one piece of work share ``change_set``, and no other has it: ``tally`` counts them.
    ``at`` is the time they carry; None is the clock.
    """

    who: Callable[[], Actor]
    channel: str
    address: str = ""
    change_set: uuid.UUID = field(default_factory=uuid.uuid4)
    at: datetime.datetime | None = None
    tally: Tally = field(default_factory=Tally, compare=False)


_work: ContextVar[Work | None] = ContextVar("auditlog_work", default=None)
_silent: ContextVar[frozenset[str]] = ContextVar("auditlog_silent", default=frozenset())


def current_work() -> Work | None:
    """The piece of work under way, or None outside of any."""
    return _work.get()


def current_actor() -> Actor:
    """Who is acting now; never blank: without a signed-in user, what the process is."""
    work = _work.get()
    return work.who() if work else process_actor()


def current_moment() -> datetime.datetime:
    """The time that an entry of now carries."""
    work = _work.get()
    return (work.at if work else None) or timezone.now()


@contextmanager
def working(work: Work) -> Iterator[Work]:
    """Attribute what happens inside to ``work``; what was there before returns afterwards, whatever happens."""
    token = _work.set(work)
    try:
        yield work
    finally:
        _work.reset(token)


@contextmanager
def acting_as(
    name: str,
    *,
    person: str = "",
    user_id: int | None = None,
    channel: str | None = None,
    address: str | None = None,
    at: datetime.datetime | None = None,
) -> Iterator[Work]:
    """Attribute what happens inside to ``name``.

    A block inside another changes the name and stays in the change set of the outermost one.
    ``person`` is the person's name, ``user_id`` the account's id where the name is an account's. ``at`` gives
    the entries another time than now, for a history that is told afterwards (the demo district).
    """
    actor = Actor(name, person, user_id)
    outer = _work.get()
    if outer is None:
        work = Work(lambda: actor, channel or "command", address or "", at=at)
    else:
        work = replace(
            outer,
            who=lambda: actor,
            channel=outer.channel if channel is None else channel,
            address=outer.address if address is None else address,
            at=outer.at if at is None else at,
        )
    with working(work):
        yield work


@contextmanager
def not_a_change(*columns: str) -> Iterator[None]:
    """Within, writes to these database columns are upkeep and leave no entry (a hash upgraded at sign-in)."""
    token = _silent.set(_silent.get() | frozenset(columns))
    try:
        yield
    finally:
        _silent.reset(token)


def silent_columns() -> frozenset[str]:
    """The database columns whose writes are upkeep just now."""
    return _silent.get()


def process_actor() -> Actor:
    """What this process is, for work that nobody announced: ``command: migrate``, ``shell``, ``pytest``."""
    program = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else ""
    if program in {"manage.py", "django-admin", "__main__.py"} and len(sys.argv) > 1:
        return Actor(command_name(sys.argv[1]), login_name())
    return Actor(program if program not in {"", "-c", "-"} else "shell", login_name())


def command_name(command: str) -> str:
    """How work by a management command is attributed: ``command: sync_rosters``, ``shell`` for the shell."""
    return "shell" if command in {"shell", "dbshell"} else f"command: {command}"


def login_name() -> str:
    """The operating system's name of who started this process, or nothing where it has none.

    Under sudo also that of who called it: ``root (sudo: jdoe)``. It is what the environment says, which whoever may run
    commands on the server can set as he likes.
    """
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):
        name = ""
    before = os.environ.get("SUDO_USER", "")
    if before and before != name:
        name = f"{name} (sudo: {before})".lstrip()
    # Not every name of a system is text that a database takes.
    return name.encode("utf-8", "backslashreplace").decode()
