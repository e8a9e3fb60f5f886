"""The columns of an accounts file: what each may hold. docs/accounts.md tells the same, and a test compares them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

#: What stands between the names of several groups in one cell.
BETWEEN_GROUPS = ";"

YES = frozenset({"true", "yes", "1"})
NO = frozenset({"false", "no", "0"})


def as_text(cell: str) -> str:
    return cell


def as_flag(cell: str) -> bool:
    if cell.casefold() in YES | NO:
        return cell.casefold() in YES
    raise ValidationError(_("Write true or false."))


def as_day(cell: str) -> Any:
    try:
        day = parse_date(cell) if len(cell) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise ValidationError(_("Write a date as YYYY-MM-DD, for example 2027-06-30."))
    return day


@dataclass(frozen=True)
class Column:
    """A column of the file that fills a field of the account, and how its cells are read."""

    name: str
    example: str
    read: Callable[[str], Any] = as_text


USERNAME = Column("username", "jdoe")
FIELDS = (
    Column("first_name", "Jane"),
    Column("last_name", "Doe"),
    Column("email", "jdoe@example.org"),
    Column("staff_number", "004711"),
    Column("expires_date", "2027-06-30", as_day),
    Column("disable", "false", as_flag),
    Column("force_password_change", "true", as_flag),
)
ADD_GROUPS = Column("add_groups", "Teacher; Health Staff")
REMOVE_GROUPS = Column("remove_groups", "")

COLUMNS = {column.name: column for column in (USERNAME, *FIELDS, ADD_GROUPS, REMOVE_GROUPS)}


def group_names(cell: str) -> list[str]:
    return [name.strip() for name in cell.split(BETWEEN_GROUPS) if name.strip()]


def template() -> str:
    """A file to begin with: the header, and one line that shows what the cells look like."""
    text = io.StringIO()
    csv.writer(text).writerows([list(COLUMNS), [column.example for column in COLUMNS.values()]])
    return text.getvalue()
