"""The WSGI application for gunicorn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_wsgi_application()

#: Stands for every encoding but ours: one that Django can read a request in, and ``PlainTextMiddleware`` refuses.
FOREIGN = "text/plain; charset=latin-1"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, guarded from encodings that are no text (``hex``, ``idna``): it fails over them before any middleware."""
    if not is_plain(environ.get("CONTENT_TYPE", "")):
        environ["CONTENT_TYPE"] = FOREIGN
    return django_application(environ, start_response)


def is_plain(content_type: str) -> bool:
    """Whether a Content-Type names no encoding, or ours."""
    try:
        _kind, parameters = parse_header_parameters(content_type)
    except ValueError:
        return False
    return parameters.get("charset", "utf-8").lower() in {"utf-8", "utf8"}
