"""Traces of access: who took what out of a log, and who tried what he may not.

The traces are rows of ``AccessLogEntry``, written once. Who and from where is what the Audit Log itself would
say; for a stream it is taken before the response leaves, because nobody is acting any more when its body is made.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

from django.db import Error, connections, router, transaction
from django.http import HttpRequest
from django.utils import timezone

from .context import current_actor, current_work
from .engines import engine_of
from .models import AccessLogEntry

logger = logging.getLogger(__name__)

#: How much of a criterion or of a refused try is kept, in characters: more is nobody's honest input.
LONGEST = 10_000

#: How long a trace waits for a lock, in milliseconds: somebody waits for the refusal, nobody for an export's end.
REFUSED_WAITS = 1_000
END_WAITS = 20_000

Event = AccessLogEntry.Event


@dataclass(frozen=True)
class Who:
    """Who did it and from where, as the columns of a trace."""

    changed_by: str
    changed_by_name: str
    changed_by_id: int | None
    channel: str
    address: str


def who_is_acting() -> Who:
    """Who is acting now."""
    actor, work = current_actor(), current_work()
    return Who(
        changed_by=_storable(actor.name, 255),
        changed_by_name=_storable(actor.person, 320),
        changed_by_id=actor.user_id,
        channel=_storable(work.channel if work else "shell", 20),
        address=_storable(work.address if work else "", 64),
    )


def trace_refused(request: HttpRequest, *, subject: str, tried: str) -> None:
    """Keep a try that was refused.

    ``subject`` is the page or record, ``tried`` says in words what was tried. The trace is written at the end of
    the request, so that it outlives the rollback of what was refused. A database that cannot take it turns no
    refusal into an error: the trace goes to the text log instead.
    """
    trace = _trace(Event.REFUSED, who=who_is_acting(), subject=subject, criteria=tried)
    waiting: list[AccessLogEntry] | None = getattr(request, "_refused_tries", None)
    if waiting is None:
        _write_or_log(trace, REFUSED_WAITS)
    else:
        waiting.append(trace)


def trace_refused_page(request: HttpRequest) -> None:
    """Keep that a page or action was refused, unless what refused it has kept that already, in words of its own."""
    if getattr(request, "_refused_tries", None) == []:
        trace_refused(request, subject="Page", tried=f"{request.method} {request.get_full_path()}")


def hold_refused_tries(request: HttpRequest) -> None:
    """From now on, what is refused in this request waits for ``write_refused_tries``."""
    request._refused_tries = []  # type: ignore[attr-defined]


def write_refused_tries(request: HttpRequest) -> None:
    """Write what was refused in this request, after every transaction of it has ended."""
    waiting: list[AccessLogEntry] = getattr(request, "_refused_tries", [])
    while waiting:
        _write_or_log(waiting.pop(0), REFUSED_WAITS)


def export_started(*, who: Who, subject: str, criteria: str) -> uuid.UUID:
    """Keep that an export begins, before its first byte leaves; raises where the trace cannot be kept.

    Returns the reference that its end must carry.
    """
    trace = _trace(Event.EXPORT_STARTED, who=who, subject=subject, criteria=criteria)
    with transaction.atomic():
        trace.save(force_insert=True)
    return trace.reference


def export_finished(*, who: Who, subject: str, criteria: str, reference: uuid.UUID, rows: int) -> None:
    """Keep that an export was handed over whole, with the number of its rows."""
    _write_or_log(_trace(Event.EXPORT_FINISHED, who=who, subject=subject, criteria=criteria, rows=rows, of=reference))


def export_broken(*, who: Who, subject: str, criteria: str, reference: uuid.UUID, rows: int | None) -> None:
    """Keep that an export broke off, with the number of rows that it had come to."""
    _write_or_log(_trace(Event.EXPORT_BROKEN, who=who, subject=subject, criteria=criteria, rows=rows, of=reference))


def _trace(
    event: Event, *, who: Who, subject: str, criteria: str, rows: int | None = None, of: uuid.UUID | None = None
) -> AccessLogEntry:
    return AccessLogEntry(
        timestamp=timezone.now(),
        event=event,
        subject=_storable(subject, 64),
        criteria=_storable(criteria, LONGEST),
        rows=rows,
        reference=of or uuid.uuid4(),
        **vars(who),
    )


def _write_or_log(trace: AccessLogEntry, wait: int = END_WAITS) -> None:
    connection = connections[router.db_for_write(AccessLogEntry)]
    try:
        with engine_of(connection).waiting(connection, wait):
            trace.save(force_insert=True)
    except Error as error:
        what = (trace.event, trace.subject, trace.criteria, trace.changed_by, str(error))
        # repr keeps one line one line, whatever a name holds (forged lines in the text log).
        logger.error("A trace could not be kept: %r", what)


def _storable(text: object, longest: int) -> str:
    """Text that every engine takes: no NUL, no lone surrogate, not too long."""
    kept = str(text).replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"
