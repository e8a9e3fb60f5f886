"""Reading settings from the environment: a wrong value stops the start and names its variable."""

from __future__ import annotations

import ipaddress
import os
import re
import zoneinfo
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"

#: Commands that alter tables or remove log rows: the owner's role does that, the web role cannot.
OWNER_COMMANDS = {("migrate",), ("flush",), ("audit_seal", "purge")}


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


def hosts(name: str) -> list[str]:
    """A comma list of host names, without scheme and port; this machine alone where none is given."""
    found = words(name)
    for word in found:
        bare = word.startswith("[") and word.endswith("]")
        if "/" in word or " " in word or (":" in word and not bare):
            raise ImproperlyConfigured(f"{name}: “{word}” is no host name, use one like chalkline.example.org.")
    return found or ["localhost", "127.0.0.1", "[::1]"]


def origins(name: str) -> list[str]:
    """A comma list of origins, each with its scheme."""
    found = words(name)
    for word in found:
        parts = urlsplit(word)
        if parts.scheme not in {"http", "https"} or not parts.netloc or word != f"{parts.scheme}://{parts.netloc}":
            raise ImproperlyConfigured(f"{name}: “{word}” is no origin, use one like https://chalkline.example.org.")
    return found


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """A comma list of networks (10.0.0.0/8) or addresses."""
    try:
        return [ipaddress.ip_network(word) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


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


def number(name: str, default: int) -> int:
    """A whole number, 1 or more."""
    value = text(name, str(default))
    if not re.fullmatch("[1-9][0-9]{0,3}", value):
        raise ImproperlyConfigured(f"{name}: “{value}” is no whole number from 1 to 9999.")
    return int(value)


def file(name: str) -> str:
    """The absolute path of a file that is there; nothing where none is given."""
    value = text(name)
    if value and not (Path(value).is_absolute() and Path(value).is_file()):
        raise ImproperlyConfigured(f"{name}: there is no file “{value}”; use an absolute path.")
    return value


def secret_key(name: str, default: str, *, debug: bool) -> str:
    """The key that signs sessions. Without DEBUG nothing starts on the default, which everybody knows."""
    value = text(name, default)
    if value == default and not debug:
        raise ImproperlyConfigured(f"{name}: set a long random text; without DEBUG nothing starts on the default key.")
    return value


def databases(arguments: Sequence[str], default_file: Path) -> dict[str, dict[str, Any]]:
    """The database of DATABASE_URL, or of OWNER_DATABASE_URL for a command that needs the owner's role.

    ``arguments`` are the command line's. Without DATABASE_URL: SQLite in ``default_file``, its folder made.
    """
    if not text("DATABASE_URL"):
        default_file.parent.mkdir(exist_ok=True)
    web = database("DATABASE_URL", f"sqlite:///{quote(str(default_file))}")
    owner = database("OWNER_DATABASE_URL") if text("OWNER_DATABASE_URL") else web
    if owner["ENGINE"] != web["ENGINE"]:
        raise ImproperlyConfigured("OWNER_DATABASE_URL: names another kind of database than DATABASE_URL.")
    called = tuple(arguments[1:3])
    return {"default": owner if called[:1] in OWNER_COMMANDS or called in OWNER_COMMANDS else web}


def application_role() -> str:
    """The role that serves, where another one owns the tables; nothing where there is only one, or none (SQLite)."""
    owner, web = text("OWNER_DATABASE_URL"), text("DATABASE_URL")
    role = str(database("DATABASE_URL")["USER"]) if owner and web else ""
    return role if role and role != database("OWNER_DATABASE_URL")["USER"] else ""


def database(name: str, default: str = "") -> dict[str, Any]:
    """A database from its address, with the options that the recording needs."""
    try:
        found: dict[str, Any] = dict(
            dj_database_url.parse(text(name, default), conn_max_age=60, conn_health_checks=True)
        )
    except (ValueError, KeyError):
        # Not with the parser's own words: they may hold the password.
        found = {"ENGINE": None}
    if found["ENGINE"] == SQLITE:
        return _sqlite(name, found)
    if found["ENGINE"] != POSTGRESQL or not found["NAME"]:
        raise ImproperlyConfigured(f"{name}: use sqlite:////absolute/path or postgres://user:password@host/name.")
    # Who waits longer than this, for the server or for somebody's lock, is told that it is busy. Compiling a statement
    # first (jit) takes a second or two, and pays for none of ours: many short walks along indexes, which are reckoned
    # to be long ones.
    options = {"connect_timeout": 10, "options": "-c lock_timeout=20s -c jit=off"}
    found["OPTIONS"] = options | found.get("OPTIONS", {})
    return found


def _sqlite(name: str, found: dict[str, Any]) -> dict[str, Any]:
    path = Path(found["NAME"])
    if not path.is_absolute():
        raise ImproperlyConfigured(f"{name}: SQLite needs an absolute path, with four slashes: sqlite:////var/lib/…")
    if not path.parent.is_dir() or path.is_dir():
        raise ImproperlyConfigured(f"{name}: there can be no file {path}; is its folder there?")
    found["CONN_MAX_AGE"] = 0
    found["OPTIONS"] = {
        # Writers queue up instead of failing half-way; readers never wait (WAL).
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
    }
    return found
