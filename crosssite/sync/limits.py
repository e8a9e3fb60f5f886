"""How large a bundle may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes are counted while they are read, whatever a zip says of itself.

    ``ratio``: how many times larger a file of a zip may be than it is packed, once it is past ``ratio_from`` bytes:
    small files of like lines may well pack better.
    """

    file_bytes: int = 2 * 1024**3
    total_bytes: int = 4 * 1024**3
    entries: int = 50
    ratio: int = 100
    ratio_from: int = 8 * 1024**2


STANDARD = Limits()
