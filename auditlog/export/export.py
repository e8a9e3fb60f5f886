"""One export: what matches, as the bytes of a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..pages import Text
from .formats import FORMATS, Format
from .workbook import ROW_LIMIT, Column, WorkbookStream

#: Entries read at once: each such step costs a fixed number of statements.
STEP = 2000

Line = tuple[str, str]


class EntriesGone(RuntimeError):
    """Entries that matched when the export began are no longer there: the file would not be what it says."""


class Table:
    """The sheet of an export: its title and columns. People's spreadsheets rely on these; what machines are given
    besides (``further``) comes after them and is in no sheet.

    ``file_name`` is the beginning of the file's name; ``kind`` what the last sheet calls what was exported, and
    ``unlimited`` what it says where no criterion was given.
    """

    title: ClassVar[str]
    file_name: ClassVar[str]
    columns: ClassVar[Sequence[Column]]
    further: ClassVar[Sequence[Column]] = ()
    kind: ClassVar[Text] = gettext_lazy("Log")
    unlimited: ClassVar[Text] = gettext_lazy("none: every entry")


class Log(Table, ABC):
    """What an export needs to know of a log: its sheet, and the rows of some entries."""

    @abstractmethod
    def rows(self, ids: Sequence[int]) -> Iterator[Sequence[object]]:
        """The rows of these entries, in the order of the ids; raises ``EntriesGone`` where one is missing."""

    def full_rows(self, ids: Sequence[int]) -> Iterator[Sequence[object]]:
        """The same with the values of the further columns."""
        return self.rows(ids)


class Export:
    """A table as a file; iterate it once. ``rows`` counts the rows written so far.

    ``content`` gives the rows while the download goes on: what they are made of was read before, or never changes.
    """

    row_limit = ROW_LIMIT
    #: What kind of file it is; a request may ask for another.
    format: Format = FORMATS["xlsx"]

    def __init__(self, table: Table, content: Iterable[Sequence[object]], about: Sequence[Line]) -> None:
        self.table, self.content, self.about = table, content, about
        self.rows = 0

    def __iter__(self) -> Iterator[bytes]:
        return self.format.body(self)

    @property
    def columns(self) -> Sequence[Column]:
        """Those of a file of this format."""
        return (*self.table.columns, *self.table.further) if self.format.full else self.table.columns

    def workbook(self) -> Iterator[bytes]:
        """The workbook: the table, past Excel's limit on further sheets, and what is to be known about the file."""
        book = WorkbookStream(row_limit=self.row_limit)
        yield from book.table(self.table.title, self.columns, self.counted_rows())
        yield from book.table(
            _("About"), (Column(_("About this file"), 32), Column(_("Value"), 100)), self._about_rows()
        )
        yield from book.end()

    def counted_rows(self) -> Iterator[Sequence[object]]:
        """The rows, counted as they go."""
        for row in self.content:
            self.rows += 1
            yield row

    def _about_rows(self) -> Iterator[Line]:
        yield from self.about
        yield _("Number of rows"), str(self.rows)


class LogExport(Export):
    """The workbook of some entries of a log.

    The entries are fixed by their ids, 8 bytes each: rows of a log never change, so this is one snapshot on every
    engine, however long the download takes, and neither a transaction nor a lock stays open while it does.
    """

    def __init__(self, log: Log, ids: Sequence[int], about: Sequence[Line]) -> None:
        super().__init__(log, self._read(log, ids), [*about, (_("Number of entries"), str(len(ids)))])

    def _read(self, log: Log, ids: Sequence[int]) -> Iterator[Sequence[object]]:
        rows = log.full_rows if self.format.full else log.rows
        for start in range(0, len(ids), STEP):
            yield from rows(ids[start : start + STEP])


def ids_of(entries: QuerySet[Any]) -> Sequence[int]:
    """The ids of all entries of a queryset, in its order, in one statement."""
    return array("q", entries.values_list("pk", flat=True).iterator(chunk_size=STEP))
