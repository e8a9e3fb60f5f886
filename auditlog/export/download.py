"""The body of a download that leaves a trace of how it ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from uuid import UUID

from ..access import Who, export_broken, export_finished, export_started
from .export import Export
from .turns import Turn

logger = logging.getLogger(__name__)


class Download:
    """An export on its way to the browser.

    Its start is traced when it is made, before the first byte. Handed over to the last byte, it is traced as
    finished; closed before that, because the client went away or something failed, as broken off. An error goes
    on to the server, which then breaks the connection: the browser never takes a part for the whole. With it ends
    the turn that it holds.
    """

    def __init__(self, export: Export, turn: Turn, *, who: Who, criteria: str) -> None:
        self._export, self._turn = export, turn
        self._bytes = iter(export)
        self._who, self._criteria = who, criteria
        self._reference: UUID | None = export_started(who=who, subject=export.table.title, criteria=criteria)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._bytes)
        except StopIteration:
            self._end(export_finished)
            raise
        except Exception:
            logger.exception("An export of the %s broke off.", self._export.table.title)
            self._end(export_broken)
            raise

    def close(self) -> None:
        """What the server calls at the end, however it came to it."""
        self._turn.end()
        self._end(export_broken)

    def _end(self, trace: Callable[..., None]) -> None:
        reference, self._reference = self._reference, None
        if reference is None:
            return
        trace(
            who=self._who,
            subject=self._export.table.title,
            criteria=self._criteria,
            reference=reference,
            rows=self._export.rows,
        )
