"""Error pages in the site's look. They are made without the request, so they need neither database nor session.

For the same reason an address that does not exist and one that is not permitted give the same page, byte for byte.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from auditlog.access import trace_refused_page
from auditlog.pages import Text
from district.sign_in_limit import refused_until

from .busy import is_busy, is_stopped

#: After how many seconds it is worth trying again.
RETRY_AFTER = 10

BUSY = (
    _("Busy, try again"),
    _("The database is busy or cannot be reached just now."),
    _("Wait a moment and try again. If you were saving something, see whether it is there before you save it again."),
)

TOO_LONG = (
    _("Narrow the search"),
    _("This took too long to find and was stopped, so that nobody else is kept waiting."),
    _("Go back and narrow the search: a shorter time, one table, or more letters of a name."),
)


def error_page(status: int, title: Text, *paragraphs: Text, try_again: bool = False) -> HttpResponse:
    """A page that says in words what happened and what to do."""
    look = admin.site.look()  # type: ignore[attr-defined]
    context = {**look, "title": title, "paragraphs": paragraphs, "try_again": try_again}
    return HttpResponse(render_to_string("chalkline/error.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(
        400,
        _("This request cannot be answered"),
        _("What the browser sent is not in a form that this site understands. Go back and try it another way."),
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    trace_refused_page(request)
    return error_page(
        403,
        _("You may not open this"),
        _("This page or action needs a tool right that your account does not have."),
        _("If your work needs it, ask your district’s security administrator for that right."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(
        403,
        _("This form could not be accepted"),
        _("It did not come from a page that was opened in this session, perhaps because you signed in again since."),
        _("Go back, load the page anew and send it again. The browser must allow cookies of this site."),
    )


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(
        404,
        _("There is no such page"),
        _("Nothing stands under this address, or it is not for you to see. Check the address, or start from Home."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """What nobody caught. A database that was too busy while signing in or out also ends up here."""
    return unanswered(request, sys.exc_info()[1]) or error_page(
        500,
        _("Something went wrong here"),
        _("The fault lies with this site and is written to its error log. Try again, and tell your technician."),
    )


def sign_in_refused(request: HttpRequest, response: HttpResponse, credentials: Any) -> HttpResponse:
    """After too many wrong passwords: the same page whether there is such an account or not."""
    until = refused_until(request, credentials)
    wait = max(60, math.ceil((until - timezone.now()).total_seconds()))
    minutes = math.ceil(wait / 60)
    page = error_page(
        429,
        _("Too many wrong passwords"),
        _("Signing in with this user name failed too often from where you are. No further try is looked at for now."),
        ngettext(
            "It can be tried again in %(minutes)d minute, at %(time)s.",
            "It can be tried again in %(minutes)d minutes, at %(time)s.",
            minutes,
        )
        % {"minutes": minutes, "time": f"{timezone.localtime(until):%H:%M}"},
        _("If it cannot wait, ask your district’s security administrator to reset your failed sign-ins."),
    )
    page["Retry-After"] = str(wait)
    return page


def unanswered(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """The answer where the database could not do what was asked; None where the fault is another one."""
    if is_stopped(error):
        return too_long(request)
    return busy(request) if is_busy(error) else None


def busy(request: HttpRequest) -> HttpResponse:
    """The answer while the database cannot do what was asked."""
    response = in_words(request, BUSY)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def too_long(request: HttpRequest) -> HttpResponse:
    """The answer to a search that was stopped. Trying the same again would end the same."""
    return in_words(request, TOO_LONG)


def in_words(request: HttpRequest, texts: Sequence[Text]) -> HttpResponse:
    """What the database did not answer: as a page, or for htmx as the words alone."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(" ".join(map(str, texts[1:])), status=503, content_type="text/plain; charset=utf-8")
    return error_page(503, *texts, try_again=texts is BUSY)
