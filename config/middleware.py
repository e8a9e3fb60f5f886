"""What holds for every page: its headers, who may open it, and what happens when the database is busy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from .errors import bad_request, unanswered
from .sessions import note_activity

GetResponse = Callable[[HttpRequest], HttpResponseBase]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)

#: Nothing of the device is asked for, so no script that came in by accident may ask either.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "display-capture", "geolocation", "microphone", "payment", "serial", "usb")
)


class PageHeadersMiddleware:
    """Scripts and styles come from files of ours only, and nothing that a person saw stays in a cache."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Cache-Control"] = "private, no-store"
        return response


class PlainTextMiddleware:
    """Refuses what no browser sends and no database takes: another encoding than UTF-8, NUL in a cookie.

    By a Content-Type of its own choice a request could have its texts decoded to half characters.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        foreign = (request.encoding or "utf-8").lower() not in {"utf-8", "utf8"}
        if foreign or any("\0" in value for value in request.COOKIES.values()):
            return bad_request(request)
        return self.get_response(request)


class BusyMiddleware:
    """A database that is too busy or away is no fault of the page: “busy, try again” instead of an error.
    Nor is a search that takes too long: “narrow the search”.

    What fails outside of a view (reading or writing the session) comes to ``errors.server_error``.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return unanswered(request, exception)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Every page asks for signing in, except views that are marked ``login_not_required``.

    Pages without sign-in never read the session. An account that can no longer be used is signed out at its next
    request; one that must change its password is led there from every page.
    """

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        if not request.user.is_authenticated:
            if SESSION_KEY in request.session:
                sign_out_unusable(request)
            elif settings.SESSION_COOKIE_NAME in request.COOKIES:
                messages.warning(request, _("Your session has ended. Sign in again to go on where you were."))
            return self.handle_no_permission(request, view_func)
        if request.user.force_password_change and view_name(request) != "password":
            return led_to(request, resolve_url("password"))
        if view_name(request) != "session":
            note_activity(request.session)
        return None

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:  # type: ignore[override]
        return led_to(request, resolve_url("login"))


def view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def sign_out_unusable(request: HttpRequest) -> None:
    """End the session of an account that was disabled, deleted or has expired since it signed in."""
    logout(request)
    messages.warning(
        request,
        _(
            "You were signed out: your account was disabled or deleted, or it has expired. "
            "Ask your district’s security administrator."
        ),
    )


def led_to(request: HttpRequest, address: str) -> HttpResponseBase:
    """Redirect, with the way back. htmx would put the other page into a corner of this one: it reloads instead."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Refresh": "true"})
    return redirect_to_login(way_back(request), address)


def way_back(request: HttpRequest) -> str:
    """Where to go on afterwards: to what was asked for, or to the page with the form that was sent."""
    if request.method == "POST":
        page = urlsplit(request.headers.get("Referer", ""))
        if page.netloc == request.get_host() and page.path.startswith("/"):
            return page._replace(scheme="", netloc="", fragment="").geturl()
    return request.get_full_path()
