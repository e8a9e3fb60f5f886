"""What a column demands of its cells, compiled once per table: a million rows pass through these."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from .parsing import Fault, parse_date, parse_id, parse_year, split_list
from .schema import Column, Kind

#: Takes a cell that is not blank and gives what is to be read for it, mostly itself. Raises Fault.
Check = Callable[[str], str]
#: Told a warning's code and message.
Doubt = Callable[[str, str], None]
#: Days by how they are written, shared by all columns of a table: there are few, and they come a million times.
Days = dict[str, datetime.date]

_EXTENSION = "ext:"
#: Deleted, under its name in OneRoster 1.0.
_INACTIVE = "inactive"
_BREAKS = re.compile(r"[ \t]*[\r\n]+[ \t]*|\t")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
#: Characters that nobody sees: zero width, and what turns the direction of writing.
_UNSEEN = re.compile(r"[\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
#: UTF-8 that was once read as Latin-1: an A with tilde or circumflex before what no word has there.
_MOJIBAKE = re.compile(r"[ÂÃ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u2013-\u2122]|â€")


def compile_check(column: Column, doubt: Doubt, days: Days) -> Check | None:
    """The check of a column; None where any text will do or a check of its own is made."""
    match column.kind:
        case Kind.ID:
            return _check_id
        case Kind.IDS:
            return _check_ids
        case Kind.TEXT | Kind.TEXTS:
            return _check_of_text(column, doubt)
        case Kind.CHOICE:
            return _check_of_choice(column, doubt)
        case Kind.DATE:
            return _check_of_date(days)
        case Kind.YEAR:
            return _check_year
    return None


def status_check(doubt: Doubt, *, is_delta: bool) -> Check:
    """Of ``status``: tobedeleted or active. In a bulk file it should be blank, and counts all the same."""
    known = {"active": "active", "tobedeleted": "tobedeleted", _INACTIVE: "tobedeleted"}
    # A file may have the same oddity in a million rows.
    in_bulk, other_case = _("A bulk file should leave the status blank."), _other_case()

    def check(cell: str) -> str:
        folded = cell.strip().casefold()
        if not folded:
            return ""
        if folded not in known:
            raise Fault("unknown_value", _("The status is neither active nor tobedeleted."))
        if not is_delta:
            doubt("status_in_bulk", in_bulk)
        if folded == _INACTIVE:
            doubt("inactive", _("The status inactive is taken as tobedeleted."))
        elif folded != cell:
            doubt("letter_case", other_case)
        return known[folded]

    return check


def _other_case() -> str:
    return _("The value is written in another letter case.")


def _check_id(cell: str) -> str:
    return "" if cell.isspace() else parse_id(cell)


def _check_year(cell: str) -> str:
    return "" if cell.isspace() else parse_year(cell.strip())


def _check_ids(cell: str) -> str:
    return ",".join(map(parse_id, split_list(cell)))


def _check_of_text(column: Column, doubt: Doubt) -> Check:
    longest = column.longest
    is_list = column.kind is Kind.TEXTS

    def check(cell: str) -> str:
        cell = cell.strip()
        if not (cell.isascii() and cell.isprintable()):
            cell = _cleaned(cell, doubt)
        if longest is not None and len(", ".join(split_list(cell)) if is_list else cell) > longest:
            raise Fault("too_long", _("The text is longer than %d characters.") % longest)
        return cell

    return check


def _cleaned(text: str, doubt: Doubt) -> str:
    text = _BREAKS.sub(" ", text)
    if _CONTROLS.search(text):
        doubt("control_characters", _("Control characters are left out."))
        text = _CONTROLS.sub("", text)
    if _UNSEEN.search(text):
        doubt("unseen_characters", _("The text holds characters that cannot be seen."))
    if _MOJIBAKE.search(text):
        doubt("garbled", _("The text looks garbled: it was saved in two encodings."))
    return text.strip()


def _check_of_choice(column: Column, doubt: Doubt) -> Check:
    known = {value: value for value in column.values}
    folded = {value.casefold(): value for value in column.values}
    other_case, unknown = _other_case(), _("The value is not one of those that OneRoster knows.")

    def check(cell: str) -> str:
        if cell in known:
            return cell
        plain = cell.strip()
        if not plain:
            return ""
        if column.extensible and plain.startswith(_EXTENSION):
            return plain
        if plain.casefold() in folded:
            doubt("letter_case", other_case)
            return folded[plain.casefold()]
        if column.required:
            raise Fault("unknown_value", unknown)
        doubt("unknown_value", unknown)
        return ""

    return check


def _check_of_date(days: Days) -> Check:
    def check(cell: str) -> str:
        if cell in days:
            return cell
        plain = cell.strip()
        if plain:
            days[plain] = parse_date(plain)
        return plain

    return check
