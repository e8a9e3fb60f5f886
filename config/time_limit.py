"""How long a page may keep the database at work: a search that takes longer is stopped, and the page says so.

Only reading is limited. A change, or a job, takes as long as it takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from django.db import DatabaseError, InterfaceError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponseBase

#: Seconds that one statement may take, where the view does not say otherwise.
SECONDS = 5.0

#: SQLite asks after so many of its own steps whether to go on: every few milliseconds.
STEPS = 100_000


class TimeLimitMiddleware:
    """Limits what a request that only reads may ask of the databases.

    A view that needs longer says how long in ``seconds_to_read``. What fails for it comes to ``BusyMiddleware``.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(TimeLimit(connection, lambda: seconds_of(request)).kept())
            return self.get_response(request)


def seconds_of(request: HttpRequest) -> float:
    """How long a statement of this request may take."""
    view = request.resolver_match.func if request.resolver_match else None
    return float(getattr(getattr(view, "view_class", None), "seconds_to_read", SECONDS))


class TimeLimit:
    """The limit of each statement on one connection. Where none is made, it does nothing."""

    def __init__(self, connection: BaseDatabaseWrapper, seconds: Callable[[], float]) -> None:
        self.connection = connection
        self.seconds = seconds
        self.until = 0.0
        #: The driver's connection and the seconds that it was told.
        self.told: tuple[Any, float] | None = None

    @contextmanager
    def kept(self) -> Iterator[None]:
        try:
            with self.connection.execute_wrapper(self._execute):
                yield
        finally:
            self._lift()

    def _execute(self, execute: Callable[..., Any], *statement: Any) -> Any:
        seconds = self.seconds()
        self.until = time.monotonic() + seconds
        if self.told != (self.connection.connection, seconds):
            self.told = (self.connection.connection, seconds)
            with self.connection.wrap_database_errors:
                self._tell(seconds)
        return execute(*statement)

    def _tell(self, seconds: float | None) -> None:
        """Past Django, whose statements these are not: they are the same for every page. None lifts the limit."""
        driver: Any = self.connection.connection
        if self.connection.vendor == "sqlite":
            driver.set_progress_handler(self._is_over if seconds else None, STEPS)
            return
        with driver.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {seconds * 1000:.0f}" if seconds else "RESET statement_timeout")

    def _is_over(self) -> bool:
        return time.monotonic() > self.until

    def _lift(self) -> None:
        """The next on this connection may be a change, which nothing limits. A broken connection serves nobody."""
        if self.told and self.told[0] is self.connection.connection:
            with suppress(DatabaseError, InterfaceError), self.connection.wrap_database_errors:
                self._tell(None)
