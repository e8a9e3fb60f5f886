"""Many plain tuples, kept on disk while a bundle is read: a first import must not need its size in memory."""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast
from weakref import finalize

#: Tuples written at once.
CHUNK = 10_000

#: Bytes that say how long a chunk is.
SIZE = 8

Item = tuple[Any, ...]


class Spool:
    """Append, then iterate as often as needed. Items hold texts, numbers and None."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._latest: list[Item] = []
        self._written = 0

    def append(self, item: Item) -> None:
        self._latest.append(item)
        if len(self._latest) == CHUNK:
            self._write()

    def __len__(self) -> int:
        return self._written * CHUNK + len(self._latest)

    def __iter__(self) -> Iterator[Item]:
        if self._file is not None:
            place = 0
            for _chunk in range(self._written):
                self._file.seek(place)
                size = int.from_bytes(self._file.read(SIZE), "little")
                items = marshal.loads(self._file.read(size))  # noqa: S302 (written by this very process)
                place += SIZE + size
                yield from items
        yield from self._latest

    def _write(self) -> None:
        if self._file is None:
            # Without a name: it is gone with the process, however that ends.
            self._file = cast(BinaryIO, TemporaryFile())  # noqa: SIM115
            finalize(self, self._file.close)
        data = marshal.dumps(self._latest)
        self._file.seek(0, 2)
        self._file.write(len(data).to_bytes(SIZE, "little") + data)
        self._latest = []
        self._written += 1
