"""Reading enrollments.csv: only the lines that the last applied bundle did not hold are looked at closely.

A line is passed by where its hash is known, and its class and its user are what they were. Everything else is parsed
and checked. What comes out is what the home copy is compared with.
"""

from __future__ import annotations

import datetime
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from .bundle import Bundle
from .catalog import Catalog, ClassState
from .findings import Findings
from .lines import KnownLines
from .matching import People, UserState
from .memory import hashes_of
from .schema import ENROLLMENTS
from .spool import Spool
from .table import Table
from .values import Row

FILE = ENROLLMENTS

#: What says of a line that was fine whether it means the same still, and whose it is.
REFERENCES = ("sourcedId", "classSourcedId", "userSourcedId")

#: Python's own hash of an id, cut to what takes 32 bytes; good within one process.
MASK = (1 << 60) - 1

DAY = datetime.timedelta(days=1)

#: Told how much is done, and how much there is.
Progress = Callable[[int, int], None]

#: A roster as the bundle has it: enrollment id, class id, student, start date, last day.
Wanted = tuple[str, str, int, str | None, str | None]


@dataclass
class Enrollments:
    """What the file holds of our students.

    ``wanted`` those whose line is new or different, ``deleted`` ids that are explicitly gone, ``strangers`` (of a
    delta) ids of rows that are nobody's of ours. ``untouched``, ``untouched_places`` and ``untouched_classes``: what
    rows with errors concern, by id, by (class, student) and by class; ``unclear_classes`` where they may concern any
    roster of a class, ``unclear`` how many may concern any at all. ``hashes``: of the lines that were fine.
    """

    wanted: Spool = field(default_factory=Spool)
    deleted: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    untouched: set[str] = field(default_factory=set)
    untouched_places: set[tuple[str, int]] = field(default_factory=set)
    untouched_classes: set[str] = field(default_factory=set)
    unclear_classes: set[str] = field(default_factory=set)
    unclear: int = 0
    hashes: array[int] = field(default_factory=lambda: array("Q"))
    figures: Counter[str] = field(default_factory=Counter)
    #: Hashes of the ids of lines passed by, of those looked at (with their line's hash), of those nobody's of ours.
    settled: set[int] = field(default_factory=set)
    looked_at: dict[int, int] = field(default_factory=dict)
    passed: set[int] = field(default_factory=set)

    def holds(self, enrollment_id: str) -> bool:
        """Whether the file has a roster of this id, or a row with an error that may be it."""
        key = id_hash(enrollment_id.encode())
        present = (key in self.settled or key in self.looked_at) and key not in self.passed
        return present or enrollment_id in self.untouched

    def passes(self, enrollment_id: str) -> bool:
        """Whether the file gives this id to nobody of ours."""
        return id_hash(enrollment_id.encode()) in self.passed

    def spares(self, class_id: str, student: int) -> bool:
        """Whether a row with an error may concern a roster of which the file says nothing else."""
        unclear = self.unclear > 0 or class_id in self.unclear_classes
        return unclear or (class_id, student) in self.untouched_places


def id_hash(enrollment_id: bytes) -> int:
    return hash(enrollment_id) & MASK


class EnrollmentReader:
    """Reads the file once, from its first line to its last."""

    def __init__(self, table: Table, bundle: Bundle, catalog: Catalog, people: People, findings: Findings) -> None:
        self.table, self.catalog, self.people, self.findings = table, catalog, people, findings
        self.reader = bundle.reader(table)
        self.taken = Enrollments()
        self._classes: dict[str, str] = {}
        self._days: dict[datetime.date, str] = {}
        self._delta = bundle.modes.get(FILE) == "delta"
        self._known = KnownLines(array("Q"))
        self._size = bundle.source.size(FILE)

    @property
    def layout(self) -> str:
        """What must be the same for a line to mean the same: the header."""
        return self.table.header_line.decode()

    def read(self, known: KnownLines, steady: Iterable[str], progress: Progress) -> Enrollments:
        """``known``: the lines that were fine; ``steady``: classes of which the last bundle said the same.

        ``progress`` is told bytes done, about, and bytes in all.
        """
        taken, self._known = self.taken, known
        for line, record, line_hash in self._changed(known, {key.encode() for key in steady}, progress):
            self._look_at(line, record, line_hash)
        self._take_back()
        taken.figures["enrollments passed by unchanged"] = len(taken.settled)
        return taken

    def _changed(self, known: KnownLines, classes: set[bytes], progress: Progress) -> Iterator[tuple[int, bytes, int]]:
        """The lines to be looked at, with their hashes. The inner loop runs once for each line of the file."""
        at, of, who = (self.table.columns[name] for name in REFERENCES)
        users, settled, keep = self.people.settled, self.taken.settled, self.taken.hashes.append
        looked_at, quoted, most = self.taken.looked_at, self.table.quoted_cells, max(at, of, who) + 1
        changed, done = 0, 0
        for lines, records in self.table.batches():
            done += sum(map(len, records))
            progress(min(done, self._size - 1), self._size)
            hashes = hashes_of(records)
            for line, record, line_hash, is_held in zip(lines, records, hashes, known.held(hashes), strict=True):
                if is_held:
                    # What stands behind the references need not be split.
                    cells = record.split(b",", most) if b'"' not in record else quoted(record)
                    if cells[who] in users and cells[of] in classes:
                        key = hash(cells[at]) & MASK
                        if key not in settled and key not in looked_at:
                            settled.add(key)
                            keep(line_hash)
                            continue
                changed += 1
                yield line, record, line_hash
        self.taken.figures["enrollments"] = len(settled) + changed
        progress(self._size, self._size)

    def _look_at(self, line: int, record: bytes, line_hash: int) -> None:
        before = self.findings.total
        cells = self.table.cells(line, record)
        row = self.reader.read(line, cells) if cells is not None else None
        if row is None:
            self._leave_out(self.reader.ids(self.table.loose_cells(record) if cells is None else cells))
            return
        if self._is_repeated(row, line_hash):
            return
        self._take(row)
        if self.findings.total == before:
            self.taken.hashes.append(line_hash)

    def _take_back(self) -> None:
        """What was taken of an id before another of its rows had an error: that line is not fine, nothing is gone."""
        taken = self.taken
        taken.deleted -= taken.untouched
        taken.strangers -= taken.untouched
        lines = {taken.looked_at.get(id_hash(key.encode())) for key in taken.untouched} - {None}
        if lines:
            taken.hashes = array("Q", (line_hash for line_hash in taken.hashes if line_hash not in lines))

    def _is_repeated(self, row: Row, line_hash: int) -> bool:
        """Whether a row of this id was met before; where it said something else, neither counts."""
        key = id_hash(row["sourcedId"].encode())
        first = self.taken.looked_at.get(key)
        if first is None and key not in self.taken.settled:
            self.taken.looked_at[key] = line_hash
            return False
        if first == line_hash or (first is None and line_hash in self._known):
            self._say(self.findings.warning, row, "sourcedId", "duplicate_id", "The same row stands in the file twice.")
        else:
            self._error(row, "sourcedId", "duplicate_id", "Another row has this sourcedId and says something else.")
            self.taken.passed.discard(key)
        return True

    def _take(self, row: Row) -> None:
        taken, enrollment_id = self.taken, row["sourcedId"]
        if row.deleted:
            taken.deleted.add(enrollment_id)
            taken.passed.add(id_hash(enrollment_id.encode()))
            taken.figures["enrollments to be deleted"] += 1
        elif row["role"] != "student":
            self._pass_over(enrollment_id, "enrollments of other roles")
        elif (student := self.people.students.get(row["userSourcedId"])) is None:
            self._take_stranger(row)
        elif self._class_is_fine(row):
            self._want(row, student)

    def _take_stranger(self, row: Row) -> None:
        state = self.people.state_of(row["userSourcedId"])
        if state is UserState.OTHER:
            self._pass_over(row["sourcedId"], "enrollments of other students")
        elif state is UserState.FAULTY:
            self._error(row, "userSourcedId", "left_out_user", "The row of this user has an error.")
        else:
            self._error(row, "userSourcedId", "dangling_user", "This user is not in users.csv.")

    def _class_is_fine(self, row: Row) -> bool:
        class_id = row["classSourcedId"]
        state = self.catalog.state_of(class_id)
        if state is ClassState.FINE:
            return True
        if state is ClassState.ELSEWHERE:
            self._pass_over(row["sourcedId"], "enrollments at other districts")
        elif state is ClassState.DELETED:
            self._pass_over(row["sourcedId"], "enrollments in deleted classes")
            self._say(
                self.findings.warning, row, "classSourcedId", "deleted_class", "The class of this row is deleted."
            )
        else:
            is_faulty = state is ClassState.FAULTY
            message = "The row of this class has an error." if is_faulty else "This class is not in classes.csv."
            self._error(row, "classSourcedId", f"{state.value}_class", message)
        return False

    def _want(self, row: Row, student: int) -> None:
        begin, end = row.date("beginDate"), row.date("endDate")
        class_id = self._classes.setdefault(row["classSourcedId"], row["classSourcedId"])
        self._warn_outside_term(row, class_id, begin, end)
        self.taken.wanted.append((row["sourcedId"], class_id, student, self._day(begin), self._last_day(end)))
        self.taken.figures["enrollments of our students looked at"] += 1

    def _warn_outside_term(
        self, row: Row, class_id: str, begin: datetime.date | None, end: datetime.date | None
    ) -> None:
        terms = self.catalog.terms_of(class_id)
        if (begin and terms.first and begin < terms.first) or (end and terms.last and end > terms.last + DAY):
            self._say(
                self.findings.warning, row, "beginDate", "outside_term", "The dates lie outside the terms of the class."
            )

    def _day(self, day: datetime.date | None) -> str | None:
        if day is None:
            return None
        text = self._days.get(day)
        if text is None:
            text = self._days[day] = day.isoformat()
        return text

    def _last_day(self, end: datetime.date | None) -> str | None:
        """OneRoster's end is the day after the last day in class."""
        return None if end is None else self._day(end - DAY)

    def _pass_over(self, enrollment_id: str, why: str) -> None:
        self.taken.figures[why] += 1
        self.taken.passed.add(id_hash(enrollment_id.encode()))
        if self._delta:
            self.taken.strangers.add(enrollment_id)

    def _error(self, row: Row, column: str, code: str, message: str) -> None:
        self._say(self.findings.error, row, column, code, message)
        ids = {name: row[name] for name in ("sourcedId", "classSourcedId", "userSourcedId")}
        self._leave_out(ids)

    def _leave_out(self, ids: dict[str, str]) -> None:
        """A row with an error: what it may concern stays as it is."""
        taken, user_id = self.taken, ids.get("userSourcedId", "")
        taken.figures["enrollments left out"] += 1
        enrollment_id, class_id = ids.get("sourcedId"), ids.get("classSourcedId")
        student = self.people.whose_rows(user_id)
        strangers = student is None and self.people.state_of(user_id) is UserState.OTHER
        if enrollment_id:
            taken.untouched.add(enrollment_id)
        if class_id and student is not None:
            taken.untouched_places.add((class_id, student))
        if class_id and not strangers:
            taken.untouched_classes.add(class_id)
        if not enrollment_id and student is None and not strangers:
            # Nothing says whose row it is.
            taken.unclear_classes.add(class_id or "")
            taken.unclear += not class_id

    def _say(self, say: Callable[..., None], row: Row, column: str, code: str, message: str) -> None:
        say(code, message, file=FILE, line=row.line, column=column)
