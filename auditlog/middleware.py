"""Says, for the length of a request, that the signed-in user is acting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase

from .access import hold_refused_tries, write_refused_tries
from .address import address_of
from .context import Actor, Work, working

#: Changed By where a request changes something and nobody is signed in.
ANONYMOUS = "not signed in"


class ActorMiddleware:
    """Attributes what happens in a request to its user, asked at each write: a sign-in counts from then on."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if iscoroutinefunction(self.get_response):
            return self.__acall__(request)
        hold_refused_tries(request)
        with working(work_of(request)):
            try:
                return self.get_response(request)
            finally:
                write_refused_tries(request)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        hold_refused_tries(request)
        with working(work_of(request)):
            try:
                return await self.get_response(request)  # type: ignore[misc, no-any-return]
            finally:
                await sync_to_async(write_refused_tries)(request)


def work_of(request: HttpRequest) -> Work:
    """A request as a piece of work."""
    return Work(who=lambda: actor_of(request), channel="web", address=address_of(request))


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in user of a request."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Actor(ANONYMOUS)
    return Actor(user.get_username(), user.get_full_name(), user.pk)
