"""What was met in a bundle: faults that stop the run, and a capped list of all else, never with a person's data."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

#: Severities that let a run go on.
SEVERITIES = ("error", "warning", "exception")


class BundleError(Exception):
    """A bundle that cannot be taken at all. As text: a sentence with file, line and column, and what to do."""

    def __init__(self, code: str, message: str, *, file: str = "", line: int | None = None, column: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = [self.file] if self.file else []
        if self.line is not None:
            place.append(_("line %d") % self.line)
        if self.column:
            place.append(_("column %s") % self.column)
        return f"{', '.join(place)}: {self.message}" if place else self.message


class Findings:
    """Counts every finding and keeps the first few of each sort.

    ``counts``: by severity. An error leaves its row out, a warning does not; an exception is a student's number
    that matches while the name does not (OneRoster CSV bundles, Severity).
    """

    def __init__(self, each: int = 20, most: int = 1000) -> None:
        self.counts: dict[str, int] = dict.fromkeys(SEVERITIES, 0)
        self._each = each
        self._most = most
        self._met: Counter[tuple[str, str, str]] = Counter()
        self._listed: list[dict[str, Any]] = []

    @property
    def total(self) -> int:
        """How many there are of every severity."""
        return sum(self.counts.values())

    def error(self, code: str, message: str, *, file: str = "", line: int | None = None, column: str = "") -> None:
        self._add("error", code, message, file, line, column)

    def warning(self, code: str, message: str, *, file: str = "", line: int | None = None, column: str = "") -> None:
        self._add("warning", code, message, file, line, column)

    def exception(self, code: str, message: str, *, file: str = "", line: int | None = None, column: str = "") -> None:
        self._add("exception", code, message, file, line, column)

    def listed(self) -> list[dict[str, Any]]:
        """The kept ones in the order they were met, as dicts of severity, code, file, line, column and message."""
        return list(self._listed)

    def _add(self, severity: str, code: str, message: str, file: str, line: int | None, column: str) -> None:
        self.counts[severity] += 1
        sort = (severity, code, file)
        self._met[sort] += 1
        if self._met[sort] <= self._each and len(self._listed) < self._most:
            place = {"file": file, "line": line, "column": column}
            self._listed.append({"severity": severity, "code": code, **place, "message": message})
