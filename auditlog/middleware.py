"""Says, for the length of a request, that the signed-in user is acting."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse

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
        work = work_of(request)
        with working(work):
            try:
                return attributed(self.get_response(request), work)  # type: ignore[no-any-return]
            finally:
                write_refused_tries(request)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        hold_refused_tries(request)
        work = work_of(request)
        with working(work):
            try:
                return attributed(await self.get_response(request), work)  # type: ignore[misc, no-any-return]
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


def attributed(response: Any, work: Work) -> Any:
    """A response whose body, where it is made while it is sent, is still made in the name of the request's user."""
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        body = response.streaming_content
        response.streaming_content = _achunks(body, work) if response.is_async else _chunks(body, work)
    return response


def _chunks(body: Any, work: Work) -> Iterator[bytes]:
    # The block ends with each chunk: between two of them the thread serves others.
    body = iter(body)
    while True:
        with working(work):
            chunk = next(body, None)
        if chunk is None:
            return
        yield chunk


async def _achunks(body: Any, work: Work) -> AsyncIterator[bytes]:
    body = aiter(body)
    while True:
        with working(work):
            chunk = await anext(body, None)
        if chunk is None:
            return
        yield chunk
