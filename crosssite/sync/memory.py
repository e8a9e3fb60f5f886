"""What is remembered of a serving district's bundles: records that name no person, and hashes.

A delta refers to records of earlier bundles, and a nightly bulk is mostly what the last one was. Remembered are orgs,
sessions, courses and classes as they are; of users the ids that are students of ours, hashes of all other ids and
of lines without their password; of
enrollments hashes of the lines that were fine. Nothing of a person who is not ours can be read from it.
"""

from __future__ import annotations

import datetime
import json
import struct
import zlib
from array import array
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

from ..models import BundleMemory, ServingDistrict
from .records import Class, Course, Org, Session

Record = Org | Session | Course | Class

#: Records by the kind of memory they are kept in.
RECORDS: dict[str, type[Record]] = {"orgs": Org, "sessions": Session, "courses": Course, "classes": Class}

#: Kinds beside the records.
OURS, OTHERS, FINE, LINES, STATE = "ours", "others", "fine", "lines", "state"
USER_LINES, CONTEXT, MISSED = "user lines", "context", "missed"


def hash_of(text: bytes) -> int:
    """60 bits of a hash that stays the same in every process: two whole digits of a Python number, so 32 bytes."""
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little") >> 4


def hashes_of(texts: Iterable[bytes]) -> list[int]:
    """What ``hash_of`` says of each: a million calls of ours less."""
    digests = b"".join([blake2b(text, digest_size=8).digest() for text in texts])
    return [number >> 4 for number in struct.unpack(f"<{len(digests) // 8}Q", digests)]


class Memory:
    """The memory of one district: read when asked for, written where ``remember`` was called."""

    def __init__(self, district: ServingDistrict | None) -> None:
        self.district = district
        self.changes: dict[str, bytes] = {}
        self.layout = ""

    def records(self, kind: str) -> dict[str, Any]:
        """The orgs, sessions, courses or classes of earlier bundles, by sourcedId."""
        make = RECORDS[kind]
        return {row[0]: _record(make, row) for row in self._json(kind, [])}

    def ours(self) -> dict[str, int]:
        """Ids of users that are students of ours, with the student's id."""
        ours: dict[str, int] = self._json(OURS, {})
        return ours

    def others(self) -> set[int]:
        """Hashes of the ids of all other users."""
        return set(self._hashes(OTHERS))

    def fine_classes(self) -> dict[str, str]:
        """The classes to which the lines could refer, with their days in short."""
        fine: dict[str, str] = self._json(FINE, {})
        return fine

    def lines(self, layout: str) -> array[int]:
        """Hashes of the lines that were fine; none where the file is laid out differently now."""
        known = self._json(STATE, {}).get("layout") == layout
        return self._hashes(LINES) if known else array("Q")

    @property
    def newest_change(self) -> datetime.datetime | None:
        """The newest dateLastModified of all deltas so far."""
        stamp = self._json(STATE, {}).get("newest_change")
        return datetime.datetime.fromisoformat(stamp) if stamp else None

    @property
    def bulk_seen(self) -> bool:
        """Whether a bulk was ever applied."""
        return self._data(STATE) is not None

    def remember_records(self, kind: str, records: Iterable[Record]) -> None:
        self.changes[kind] = _packed([_row(record) for record in records])

    def remember_users(self, ours: dict[str, int], others: Iterable[int]) -> None:
        self.changes[OURS] = _packed(ours)
        self.changes[OTHERS] = array("Q", others).tobytes()

    def missed(self) -> dict[str, int]:
        """Users who are gone while rows still concern them, with the student whom they were."""
        missed: dict[str, int] = self._json(MISSED, {})
        return missed

    def remember_missed(self, users: dict[str, int]) -> None:
        self.changes[MISSED] = _packed(users)

    def user_lines(self, context: int) -> set[int]:
        """Hashes of the users' lines that were fine, their passwords blanked; none where ``context`` is another."""
        return set(self._hashes(USER_LINES)) if self._json(CONTEXT, None) == context else set()

    def remember_user_lines(self, context: int, hashes: array[int]) -> None:
        self.changes[USER_LINES] = hashes.tobytes()
        self.changes[CONTEXT] = _packed(context)

    def remember_fine(self, classes: dict[str, str]) -> None:
        self.changes[FINE] = _packed(classes)

    def remember_lines(self, layout: str, hashes: array[int]) -> None:
        """``layout`` says how the lines were laid out; another one forgets all of them."""
        self.changes[LINES] = hashes.tobytes()
        self.layout = layout

    def remember_state(self, newest_change: datetime.datetime | None) -> None:
        """Called last. Where no lines were remembered, those of earlier bundles say nothing any more."""
        if LINES not in self.changes:
            self.changes[LINES] = b""
        newest = max((stamp for stamp in (newest_change, self.newest_change) if stamp), default=None)
        state = {"layout": self.layout, "newest_change": newest.isoformat() if newest else None}
        self.changes[STATE] = _packed(state)

    def write(self) -> None:
        """Keep what was remembered, in the transaction of the caller."""
        assert self.district is not None
        for kind, data in self.changes.items():
            # What was there may be large, and is not asked for.
            if not BundleMemory.objects.filter(district=self.district, kind=kind).update(data=data):
                BundleMemory.objects.create(district=self.district, kind=kind, data=data)

    def _data(self, kind: str) -> bytes | None:
        if self.district is None:
            return None
        data = BundleMemory.objects.filter(district=self.district, kind=kind).values_list("data", flat=True).first()
        # SQLite gives bytes, PostgreSQL a view of them.
        return data if data is None or isinstance(data, bytes) else bytes(data)

    def _json(self, kind: str, otherwise: Any) -> Any:
        data = self._data(kind)
        return otherwise if data is None else json.loads(zlib.decompress(data))

    def _hashes(self, kind: str) -> array[int]:
        hashes = array("Q")
        hashes.frombytes(self._data(kind) or b"")
        return hashes


def _packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 1)


def _row(record: Record) -> list[Any]:
    """All but the line, which is the last."""
    return [value.isoformat() if isinstance(value, datetime.date) else value for value in record[:-1]]


def _record(make: Callable[..., Record], row: list[Any]) -> Record:
    """A record as it was, from line 0: no line of this bundle."""
    names = make._fields[:-1]  # type: ignore[attr-defined]
    values = dict(zip(names, row, strict=True))
    for name in ("start", "last_day"):
        if values.get(name):
            values[name] = datetime.date.fromisoformat(values[name])
    if "term_ids" in values:
        values["term_ids"] = tuple(values["term_ids"])
    return make(**values, line=0)
