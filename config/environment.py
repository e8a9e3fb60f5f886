"""Reading settings from the environment: a wrong value stops the start and names its variable."""

from __future__ import annotations

import ipaddress
import os
import zoneinfo
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    """A yes or no: 1/0, true/false, yes/no, on/off."""
    value = text(name).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value:
        raise ImproperlyConfigured(f"{name}: “{value}” is neither true nor false.")
    return default


def words(name: str) -> list[str]:
    """A comma list."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """A comma list of networks (10.0.0.0/8) or addresses."""
    try:
        return [ipaddress.ip_network(word) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def origins(name: str) -> list[str]:
    """A comma list of origins, each with its scheme."""
    found = words(name)
    for word in found:
        if not word.startswith(("http://", "https://")):
            raise ImproperlyConfigured(f"{name}: “{word}” needs its scheme, for example https://{word}.")
    return found


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ImproperlyConfigured(f"{name}: there is no time zone “{value}”, use one like America/Chicago.") from None
    return value


def level(name: str, default: str) -> str:
    value = text(name, default).upper()
    if value not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ImproperlyConfigured(f"{name}: “{value}” is no level, use DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """A database from its address, with the options that the recording needs."""
    address = text(name, default)
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(address, conn_max_age=60, conn_health_checks=True))
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error
    if found["ENGINE"] == "django.db.backends.sqlite3":
        if not found["NAME"].startswith("/"):
            raise ImproperlyConfigured(f"{name}: SQLite needs an absolute path with four slashes: sqlite:////var/lib/…")
        found["CONN_MAX_AGE"] = 0
        found["OPTIONS"] = {
            # Writers queue up instead of failing half-way; readers never wait (WAL).
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
        }
    elif found["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name}: use sqlite:////absolute/path or postgres://user:password@host/name.")
    return found
