"""What a cell says: pure functions from text to value, which raise Fault where it says nothing valid."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

#: sourcedIds (OneRoster CSV bindings, GUID): under 256 characters of these.
SOURCED_ID = re.compile(r"[0-9A-Za-z.\-_/@]{1,255}")
#: Years that a school may have; 0001 and 9999 stand for "unknown" and "for ever" elsewhere.
YEARS = range(1900, 3000)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"[0-9]{4}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9:]{4,6})?")
_USER_ID = re.compile(r"\{[^:{}]*:([^{}]*)\}")
_DIGITS = re.compile(r"([0-9]+)")


class Fault(Exception):
    """A value that leaves its row out."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def missing() -> Fault:
    return Fault("missing_value", _("A required value is missing."))


def parse_id(text: str) -> str:
    if SOURCED_ID.fullmatch(text) is None:
        raise Fault("bad_id", _("This is no identifier: up to 255 letters, digits and . - _ / @."))
    return text


def parse_date(text: str) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise Fault("bad_date", _("This is no date of the form YYYY-MM-DD between 1900 and 2999."))
    return day


def parse_year(text: str) -> str:
    if _YEAR.fullmatch(text) is None or int(text) not in YEARS:
        raise Fault("bad_year", _("This is no year of the form YYYY between 1900 and 2999."))
    return text


def parse_moment(text: str) -> tuple[datetime.datetime, bool]:
    """A date-time in UTC, and whether it was written as one; a day alone is its first moment."""
    try:
        if _DATE.fullmatch(text):
            return datetime.datetime.combine(parse_date(text), datetime.time(), datetime.UTC), False
        moment = datetime.datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
        if moment is not None and moment.year in YEARS:
            zoned = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
            return zoned.astimezone(datetime.UTC), moment.tzinfo is not None
    except (ValueError, OverflowError):
        pass
    raise Fault("bad_moment", _("This is no date-time of the form YYYY-MM-DDTHH:MM:SSZ."))


def split_list(text: str) -> tuple[str, ...]:
    if "," not in text:
        # Nearly all of them.
        text = text.strip()
        return (text,) if text else ()
    return tuple(filter(None, (item.strip() for item in text.split(","))))


def naturally(items: Iterable[str]) -> list[str]:
    """Sorted as people do, 2 before 10, each once."""
    return sorted(set(items), key=_natural_key)


def first_user_id(text: str) -> str:
    """The first id of ``{Type:Id},{Type:Id}``; of a list without types its first item."""
    typed = _USER_ID.search(text)
    plain = split_list(text) if "{" not in text else ()
    return typed[1].strip() if typed else next(iter(plain), "")


def _natural_key(text: str) -> list[tuple[int, int, str]]:
    parts = _DIGITS.split(text.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part] + [(2, 0, text)]
