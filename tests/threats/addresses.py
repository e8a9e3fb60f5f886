"""Every address of the site, read from its own table of addresses, so that a new one is never forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

PLACE = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")

#: Reached without signing in; all others lead to the sign-in page.
OPEN = {"/login/", "/logout/", "/healthz", "/admin/login/"}


def patterns(found: list[Any] | None = None, before: str = "") -> Iterator[tuple[str, str, Callable]]:
    """(the pattern, the model its record pages are of, the view) of every address."""
    for pattern in get_resolver().url_patterns if found is None else found:
        way = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, way)
        elif isinstance(pattern, URLPattern):
            model = re.match(r"admin/(\w+/\w+)/", way)
            yield way, model[1] if model else way.partition("/")[0], pattern.callback


def addresses(ids: Mapping[str, int] | None = None, other: Callable[[str], object] | None = None) -> list[str]:
    """One address of each pattern. ``ids`` gives the id of a record by its model, ``other`` the value of a place."""

    def fill(way: str, kind: str) -> str:
        def value(place: re.Match) -> str:
            name = place[1] or place[2]
            if other is not None:
                return str(other(name))
            words = {"area": "UserAccount", "app_label": "district", "url": "nowhere", "content_type_id": "1"}
            return words.get(name) or str((ids or {}).get(kind, 1))

        return "/" + PLACE.sub(value, way.replace("^", "").replace("$", "").replace("\\Z", ""))

    return sorted({fill(way, kind) for way, kind, _view in patterns()})
