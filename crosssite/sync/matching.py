"""Which users of a bundle are students of ours.

A student is found by the number that he has at the serving district where he has one there, else by his own; then
only if the bundle says that his home org is ours, or family name and first letter of the given name agree: a serving
district's own students reuse the same numbers (OneRoster: From the bundle to the log).
"""

from __future__ import annotations

import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import islice
from typing import Any

from django.db import connections

from auditlog.engines import engine_of

from ..models import CrossSiteStudent, ServingDistrict, Student
from .bundle import Bundle
from .findings import Findings
from .known import KnownUsers
from .memory import Memory, hash_of
from .records import User
from .schema import ROLES, USERS

#: Users looked up at once.
BATCH = 5_000

#: What is known of a student when one of his number is met: id, family name, given name.
Known = tuple[int, str, str]


class UserState(Enum):
    """Whether an enrollment may refer to a user who is not one of our students."""

    OTHER = "other"
    FAULTY = "faulty"
    UNKNOWN = "unknown"


class People:
    """The users that enrollments refer to. ``students``: the ids of our students by the user's sourcedId.

    ``settled``: ids of users of whom the last bundle said the same, as bytes: what their unchanged lines say is known.
    """

    def __init__(self, memory: Memory, findings: Findings) -> None:
        self.memory, self.findings = memory, findings
        self.students: dict[str, int] = {}
        self.figures: Counter[str] = Counter()
        self.settled: set[bytes] = set()
        #: Students whom an earlier bundle knew by users that a delta says are another's now: whose, None for nobody's.
        self.passed_on: dict[int, int | None] = {}
        self._others: set[str] = set()
        self._remembered: set[int] = set()
        self._faulty: set[str] = set()
        self._deleted: set[str] = set()
        #: Students by the users of earlier bundles; those of them whom rows still concern though they are not there.
        self._before: dict[str, int] = {}
        self._missed: dict[str, int] = {}
        #: Users that are left out, with the students whom an earlier bundle knew by them; the others by their hashes.
        self._left_out: dict[str, int] = {}
        self._others_left_out: set[int] = set()
        #: Students by the users of whom the roles that this bundle says nothing of may be at an org of ours.
        self._by_role: dict[str, int] = {}
        self._known: KnownUsers | None = None
        self._context = 0

    def state_of(self, user_id: str) -> UserState:
        """What is known of a user who is none of ``students``."""
        if user_id in self._faulty:
            return UserState.FAULTY
        if user_id in self._deleted:
            return UserState.UNKNOWN
        known = user_id in self._others or (self._remembered and hash_of(user_id.encode()) in self._remembered)
        return UserState.OTHER if known else UserState.UNKNOWN

    def whose_rows(self, user_id: str) -> int | None:
        """The student whom the rows of a user concern, also where the user's own row has an error or is not there."""
        student = self.students.get(user_id)
        if student is None and self.state_of(user_id) is not UserState.OTHER:
            student = self._before.get(user_id)
            if student is not None:
                self._missed[user_id] = student
        return student

    def read(self, bundle: Bundle, district: ServingDistrict, home: set[str], version: str) -> None:
        """Match the users of the bundle; where it has none, or a delta, what is remembered goes on.

        ``version``: of the home students and their numbers elsewhere (``copy.students_version``).
        """
        before, others_before = self.memory.ours(), self.memory.others()
        self._before = self.memory.missed() | before
        self._use_what_is_known(bundle, before, f"{version} {bundle.version} {sorted(home)}")
        if bundle.modes.get(USERS) != "bulk":
            self._go_on(before, others_before)
        if bundle.version != "1.1" and bundle.modes.get(ROLES) != "bulk":
            self._by_role = before
        self._match(bundle, district, home)
        self._settle(before, others_before)
        if bundle.modes.get(USERS) == "delta":
            self._pass_on(before)

    def remember(self) -> None:
        """Let the next bundle know: our students by id, the others by hash."""
        others = {hash_of(user_id.encode()) for user_id in self._others} | self._remembered | self._others_left_out
        self.memory.remember_users(self._left_out | self.students, sorted(others))
        self.memory.remember_missed(self._missed)
        lines = self._known.hashes() if self._known else array("Q")
        self.memory.remember_user_lines(self._context, lines)

    def _use_what_is_known(self, bundle: Bundle, before: dict[str, int], context: str) -> None:
        """In bulk, and where no further file says where users have their roles."""
        table = bundle.users_table
        if table is not None and bundle.modes.get(USERS) == "bulk" and not bundle.has_roles:
            self._context = hash_of(context.encode() + table.header_line)
            self._known = KnownUsers(table, before, self.memory.user_lines(self._context))

    def _go_on(self, before: dict[str, int], others: set[int]) -> None:
        present = _present(before.values())
        self.students = {user_id: student for user_id, student in before.items() if student in present}
        self._remembered = others

    def _match(self, bundle: Bundle, district: ServingDistrict, home: set[str]) -> None:
        links = dict(CrossSiteStudent.objects.filter(district=district).values_list("number", "student_id"))
        linked = set(links.values())
        users = self._unique(bundle)
        while batch := list(islice(users, BATCH)):
            found = _by_number(user.number for user in batch)
            present = _present(links[user.number] for user in batch if user.number in links)
            for user in batch:
                student = links.get(user.number)
                if student not in present:
                    student = None
                if student is None and (known := found.get(user.number)) and known[0] not in linked:
                    student = self._agreed(user, known, home)
                self._take(user, student)

    def _unique(self, bundle: Bundle) -> Iterator[User]:
        """Users without errors and contradictions; a sourcedId that is there twice counts once, or not at all."""
        tokens: dict[str, int] = {}
        known = self._known
        found = self.findings.total
        for user in bundle.users(known.to_look_at) if known else bundle.users():
            found, before = self.findings.total, found
            if known and isinstance(user, User) and (same := known.repeats(user.sourced_id)) is not None:
                tokens[user.sourced_id] = user.token if same else ~user.token
            if not isinstance(user, User):
                self._leave_out(user.sourced_id)
            elif user.sourced_id not in tokens:
                tokens[user.sourced_id] = user.token
                if known and found == before:
                    known.look_at(user.sourced_id)
                if user.deleted:
                    self._deleted.add(user.sourced_id)
                else:
                    yield user
            elif tokens[user.sourced_id] == user.token:
                self._say(self.findings.warning, user, "duplicate_id", "The same row stands in the file twice.")
            else:
                self._contradicted(user)

    def _contradicted(self, user: User) -> None:
        self._say(self.findings.error, user, "duplicate_id", "Another row has this sourcedId and says something else.")
        self._leave_out(user.sourced_id)

    def _leave_out(self, user_id: str | None) -> None:
        self.figures["users left out"] += 1
        if user_id:
            self._faulty.add(user_id)

    def _agreed(self, user: User, known: Known, home: set[str]) -> int | None:
        """The student of this number, if the bundle means him."""
        student, family, given = known
        if home.intersection(user.org_ids) or self._by_role.get(user.sourced_id) == student:
            return student
        if _folded(user.family) == _folded(family) and _folded(user.given)[:1] == _folded(given)[:1]:
            return student
        self._say(
            self.findings.exception,
            user,
            "name_differs",
            "This user has the number of a student of ours, but another name and home organization: passed over. "
            "If it is the same person, correct the name on one side, or enter the number under Numbers at serving "
            "districts.",
        )
        return None

    def _take(self, user: User, student: int | None) -> None:
        self.students.pop(user.sourced_id, None)
        if student is None:
            self._others.add(user.sourced_id)
        else:
            self.students[user.sourced_id] = student

    def _say(self, say: Any, user: User, code: str, message: str) -> None:
        if self._known:
            self._known.forget(user.sourced_id)
        say(code, message, file=USERS, line=user.line, column="sourcedId")

    def _settle(self, before: dict[str, int], others_before: set[int]) -> None:
        known_others: set[str] = set()
        matched = self.students
        if self._known is not None:
            self.students = self._known.students() | matched
            self.settled, known_others = self._known.settled, self._known.others
            self._known.done()
        self._left_out = {user_id: before[user_id] for user_id in self._faulty if user_id in before}
        self._others_left_out = {hash_of(user_id.encode()) for user_id in self._faulty} & others_before
        for user_id in self._faulty | self._deleted:
            self.students.pop(user_id, None)
            self._others.discard(user_id)
            known_others.discard(user_id)
            self.settled.discard(user_id.encode())
        for user_id in matched.keys() & self.students.keys():
            if before.get(user_id) == self.students[user_id]:
                self.settled.add(user_id.encode())
        for user_id in self._others:
            if hash_of(key := user_id.encode()) in others_before:
                self.settled.add(key)
        self._others |= known_others

    def _pass_on(self, before: dict[str, int]) -> None:
        """A delta does not repeat the rosters of a user who becomes another's: they follow, where all go one way."""
        ways: dict[int, set[int | None]] = defaultdict(set)
        for user_id, student in before.items():
            is_others = user_id in self._others
            ways[student].add(None if is_others else self.students.get(user_id, student))
        self.passed_on = {old: new for old, (new, *more) in ways.items() if not more and new != old}


def _students(**which: Any) -> Any:
    return Student.objects.filter(active=True, **which)


def _ids(ids: Iterable[int]) -> Any:
    return engine_of(connections[Student.objects.db]).id_list(list(ids))


def _by_number(numbers: Iterable[str]) -> dict[str, Known]:
    wanted = engine_of(connections[Student.objects.db]).text_list(sorted(set(numbers)))
    found = _students(number__in=wanted).values_list("number", "pk", "family_name", "given_name")
    return {number: (pk, family, given) for number, pk, family, given in found}


def _present(ids: Iterable[int]) -> set[int]:
    """Those of some students who are ours still."""
    wanted = set(ids)
    return set(_students(pk__in=_ids(wanted)).values_list("pk", flat=True)) if wanted else set()


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).strip()
