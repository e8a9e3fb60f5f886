"""Sessions that end: eight hours after signing in, and earlier for who does nothing.

The end of a session is the column ``expire_date`` of its row, which every request reads anyway. A request that comes
moves it by one small UPDATE: rarely, and only where that does not mean waiting for somebody else's lock. Django's own
way, saving the session at each request, would have every page wait for SQLite's writers.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from district.catalogue import SESSION_TIMEOUT
from district.models import UserAccount
from district.preferences import number_of
from district.sign_ins import give_way

#: The longest that a sign-in lasts, whatever is done meanwhile.
LONGEST = timedelta(seconds=settings.SESSION_COOKIE_AGE)
#: What a session keeps from its sign-in: the time, in seconds, and the minutes without a request that end it.
BEGAN, IDLE = "_began", "_idle"
#: How many seconds before its end a page warns: a tenth of the idle time, within these bounds.
WARN_SHORTEST, WARN_LONGEST = 60, 180


class SessionStore(db.SessionStore):
    """Django's sessions in the database, with an end of their own."""

    #: When this session ends, as its row says.
    ends: datetime | None = None

    def _get_session_from_db(self) -> Session | None:
        row = super()._get_session_from_db()  # type: ignore[misc]
        self.ends = row.expire_date if row else None
        return row  # type: ignore[no-any-return]

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        self.ends = row.expire_date = end_of(data) or row.expire_date
        return row

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.get(IDLE, 0))

    @property
    def last_end(self) -> datetime | None:
        """When this session ends at the latest, for one of somebody who is signed in."""
        began = self.get(BEGAN)
        return datetime.fromtimestamp(began, UTC) + LONGEST if began is not None else None

    @property
    def due(self) -> bool:
        """Whether the end should be moved: a tenth of the idle time has gone by since it was."""
        wanted = end_of(self)
        return wanted is not None and self.ends is not None and wanted - self.ends > self.idle / 10

    def stay(self) -> None:
        """Move the end: as long as may be from now on."""
        wanted = end_of(self)
        if wanted is not None and Session.objects.filter(session_key=self.session_key).update(expire_date=wanted):
            self.ends = wanted


def outlook(session: Any) -> dict[str, Any]:
    """What a page needs to warn in time: seconds to the end, how long before it, whether one can stay beyond it."""
    if session.ends is None:
        return {}
    left = (session.ends - timezone.now()).total_seconds()
    warn = min(WARN_LONGEST, max(WARN_SHORTEST, session.idle.total_seconds() / 10))
    return {"left": max(0, int(left)), "warn": int(warn), "stay": session.ends != session.last_end}


def end_of(data: Any) -> datetime | None:
    """When a session with this content ends if nothing more happens; None for one of nobody."""
    if BEGAN not in data or IDLE not in data:
        return None
    idle = timezone.now() + timedelta(minutes=data[IDLE])
    return min(idle, datetime.fromtimestamp(data[BEGAN], UTC) + LONGEST)


def begin(sender: Any, request: HttpRequest, user: UserAccount, **kwargs: Any) -> None:
    """Somebody signed in: what the end of his session is reckoned from."""
    request.session[BEGAN] = int(time.time())
    request.session[IDLE] = number_of(SESSION_TIMEOUT)


def note_activity(session: Any) -> None:
    """A request of somebody who is signed in: it moves the end of his session, unless a lock stands in the way."""
    if session.due:
        give_way(session.stay)


def end_sessions(sender: Any, instance: UserAccount, **kwargs: Any) -> None:
    """An account that is saved as disabled has no session left: enabled again, it takes a new sign-in."""
    if not instance.disable:
        return
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get(SESSION_KEY) == str(instance.pk):
            session.delete()
