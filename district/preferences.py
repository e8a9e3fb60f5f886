"""The catalogue of system preferences and their values.

A value is text; booleans are ``true`` and ``false``. A preference without a row has its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a preference is entered and checked."""

    BOOLEAN = "boolean"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True)
class Definition:
    """One preference. ``choices`` maps stored values to labels; ``used_here``: Chalkline itself acts on it."""

    name: str
    label: str
    section: str
    kind: Kind
    default: str
    choices: Mapping[str, str] | None = None
    help_text: str = ""
    used_here: bool = False
    minimum: int | None = None
    maximum: int | None = None


AUDIT_USERS = "AuditUsers"
ACCOUNT_SECURITY = "Account Security"

_DEFINITIONS = (
    Definition(
        AUDIT_USERS,
        "Audit Users",
        ACCOUNT_SECURITY,
        Kind.BOOLEAN,
        "true",
        help_text="Record changes to accounts, groups, memberships, tool rights and calendar rights.",
        used_here=True,
    ),
    Definition(
        "SearchFieldOrder",
        "Search Screen Field Order",
        "District Preferences",
        Kind.CHOICE,
        "after",
        choices={"after": "Student Number AFTER Name Fields", "before": "Student Number BEFORE Name Fields"},
    ),
)

CATALOGUE: Mapping[str, Definition] = {definition.name: definition for definition in _DEFINITIONS}
