"""How the log is searched by text: folding, and the distinct names in the log that contain what is asked.

The distinct values of an indexed column are found by walking its index from one value to the next, once per
value and not once per row. Both engines read the same statement.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from django.db import connections

#: What a database index can hold of a name, in characters.
LONGEST = 255
#: What is kept of a property's value for searching by it, in characters.
LONGEST_VALUE = 100

#: What stands for an apostrophe in names, besides the one on the keyboard.
APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bb\u02bc\u00b4\u0060", "'"))

DISTINCT = """
WITH RECURSIVE walk(value) AS (
    SELECT min({column}) FROM {table}
    UNION ALL
    SELECT (SELECT min({column}) FROM {table} WHERE {column} > walk.value) FROM walk WHERE walk.value IS NOT NULL
)
SELECT value FROM walk WHERE value IS NOT NULL
"""

VALUES_OF = """
WITH RECURSIVE named(name) AS (VALUES {names}), walk(name, value) AS (
    SELECT name, (SELECT min({column}) FROM "AuditLogEntryProperty" WHERE property_name = named.name) FROM named
    UNION ALL
    SELECT name, (
        SELECT min({column}) FROM "AuditLogEntryProperty" WHERE property_name = walk.name AND {column} > walk.value
    ) FROM walk WHERE walk.value IS NOT NULL
)
SELECT name, value FROM walk WHERE value LIKE %s ESCAPE '!' LIMIT {most}
"""


def fold(text: str) -> str:
    """Text without regard to case, in every script, composed letters and separate accents made alike.

    The Turkish and Azeri i is one letter with and without its dot: which of them a capital stands for depends
    on a language that a name does not tell. Apostrophes are one, as they are on a keyboard.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).translate(APOSTROPHES)
    return folded.replace("i\u0307", "i").replace("ı", "i")


def fold_name(text: str) -> str:
    """A folded name, cut to what an index can hold."""
    return fold(text)[:LONGEST]


def fold_value(text: str | None) -> str:
    """A folded value of a property, cut to what an index can hold; nothing for no value at all."""
    return fold(text)[:LONGEST_VALUE] if text else ""


def parts(text: str) -> list[str]:
    """The folded parts of a search text, which may span the parts of an affected object: “jdoe, Behavior”.

    It is split at commas, and an entry is found when each part is contained in one of its names. A name that
    contains a comma itself is found by it too, as its own pieces are contained in it. A text of nothing but
    commas stands for itself. What contains one part contains all that are in that part: they are left out.
    """
    folded = fold(text)
    some = dict.fromkeys(part.strip()[:LONGEST] for part in folded.split(",") if part.strip())
    return [part for part in some if not any(part in other for other in some if other != part)] or [folded]


def tables_in_log(using: str) -> list[str]:
    """The areas that have entries."""
    return _distinct(using, "AuditLogEntry", "table")


def actors_containing(text: str, using: str) -> tuple[str, ...]:
    """Every Changed By in the log that contains the text."""
    wanted = fold(text)
    return tuple(name for name in _distinct(using, "AuditLogEntry", "changed_by") if wanted in fold(name))


def names_containing(part: str, using: str) -> tuple[str, ...]:
    """Every folded name in the log that contains the folded part."""
    return tuple(_distinct(using, "AuditLogEntryName", "folded", like=anywhere(part)))


def anywhere(part: str) -> str:
    """The pattern for ``LIKE ... ESCAPE '!'`` that finds a text anywhere.

    Folded texts hold no capitals, so SQLite's way of folding ASCII in LIKE changes nothing.
    """
    return "%" + part.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"


def actors_in_log(using: str) -> list[str]:
    """Every Changed By in the log."""
    return _distinct(using, "AuditLogEntry", "changed_by")


def properties_containing(text: str, using: str) -> tuple[str, ...]:
    """Every property name in the log that contains the text."""
    wanted = fold(text)
    return tuple(name for name in _distinct(using, "AuditLogEntryProperty", "property_name") if wanted in fold(name))


def values_of(names: Sequence[str], column: str, text: str, using: str, most: int) -> tuple[tuple[str, str], ...]:
    """(property name, value) in the log: values that contain the folded text, ``most`` at most.

    ``column`` says which value, "existing" or "new". It is the same walk, once for each name.
    """
    if not names:
        return ()
    statement = VALUES_OF.format(column=column, names=", ".join(["(%s)"] * len(names)), most=most)
    with connections[using].cursor() as cursor:
        cursor.execute(statement, [*names, anywhere(text)])
        return tuple(cursor.fetchall())


def _distinct(using: str, table: str, column: str, *, like: str | None = None) -> list[str]:
    """The distinct values of the first column of an index, in the index's order."""
    quote = connections[using].ops.quote_name
    statement = DISTINCT.format(table=quote(table), column=quote(column))
    parameters = []
    if like is not None:
        statement += " AND value LIKE %s ESCAPE '!'"
        parameters.append(like)
    with connections[using].cursor() as cursor:
        cursor.execute(statement, parameters)
        return [value for (value,) in cursor.fetchall()]
