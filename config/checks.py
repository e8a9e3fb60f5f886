"""``manage.py check --deploy``: settings that are no good on a network. What to do is in each hint, by variable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

#: What people may type on this machine itself and from nowhere else.
THIS_MACHINE = {"localhost", "127.0.0.1", "[::1]"}
SHORTEST_KEY = 50
#: More addresses than a few proxies have: among them are computers of pupils.
MANY_ADDRESSES = 256


@register(Tags.security, deploy=True)
def nothing_of_the_inside_shows(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Neither DEBUG nor demonstration."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(
            Error(
                "DEBUG is on: whoever causes an error is shown settings and data.",
                hint="Leave DEBUG out of the environment, or set DEBUG=0.",
                id="config.E001",
            )
        )
    if settings.DEMO:
        found.append(
            Error(
                "CHALKLINE_DEMO is on: pages say that this is a demonstration.",
                hint="Leave CHALKLINE_DEMO out of the environment.",
                id="config.E002",
            )
        )
    return found


@register(Tags.security, deploy=True)
def hosts_are_named(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The name that people type, and no other: links in a page are made of it."""
    if "*" in settings.ALLOWED_HOSTS:
        problem = "ALLOWED_HOSTS takes every name: a forged Host would end up in redirects."
    elif THIS_MACHINE.issuperset(settings.ALLOWED_HOSTS):
        problem = "ALLOWED_HOSTS names this machine alone: from elsewhere every page is refused."
    else:
        return []
    hint = "Set ALLOWED_HOSTS to the name that people type, like chalkline.example.org."
    return [Error(problem, hint=hint, id="config.E003")]


@register(Tags.security, deploy=True)
def the_key_cannot_be_guessed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Whoever knows the key can sign himself in as anybody."""
    key = settings.SECRET_KEY
    if len(key) >= SHORTEST_KEY and len(set(key)) >= 5 and not key.startswith("django-insecure-"):
        return []
    return [
        Error(
            f"SECRET_KEY is not secret enough: it needs {SHORTEST_KEY} random characters or more.",
            hint="Set it to what this prints: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'. "
            "Everybody has to sign in again then.",
            id="config.E004",
        )
    ]


@register(Tags.security, deploy=True)
def proxies_are_named(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The address that is recorded and counted is the one that a proxy vouches for: who is believed matters."""
    return list(_proxies())


def _proxies() -> Iterator[CheckMessage]:
    for network in settings.TRUSTED_PROXIES:
        if network.num_addresses > MANY_ADDRESSES:
            kind, code = (Error, "config.E005") if network.prefixlen == 0 else (Warning, "config.W006")
            yield kind(
                f"TRUSTED_PROXIES believes {network}: each computer in it can pass for any other.",
                hint="Name the address of the reverse proxy alone, like TRUSTED_PROXIES=127.0.0.1.",
                id=code,
            )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        yield Warning(
            "HTTPS is on and TRUSTED_PROXIES empty: behind a proxy every page is redirected to itself for ever, and "
            "everybody seems to come from the proxy’s address.",
            hint="Set TRUSTED_PROXIES to the address from which the reverse proxy asks, like 127.0.0.1.",
            id="config.W007",
        )
