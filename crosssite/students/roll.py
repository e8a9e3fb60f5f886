"""The students that the bundle lists, each with a school of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext as _

from district.models import School

from ..models import LONGEST
from ..sync.bundle import Bundle
from ..sync.findings import BundleError, Findings
from ..sync.records import FaultyUser, User
from ..sync.schema import ROLES, USERS
from .schools import Schools

#: Rows between two reports of progress.
STEP = 5_000


class Listed(NamedTuple):
    """A student as the bundle has it."""

    sourced_id: str
    number: str
    family: str
    given: str
    middle: str
    school: School
    line: int


class Roll:
    """``students`` by sourcedId. ``gone``: ids of people who are no students (any more).

    ``faulty``: ids of which a row was left out, so that nothing is known of them, and ``numbers``: numbers that two
    people have. ``nameless``: how many rows were left out whose id could not even be read. ``others``: how many
    people are no students of ours.
    """

    def __init__(self, bundle: Bundle, schools: Schools, findings: Findings) -> None:
        self.students: dict[str, Listed] = {}
        self.gone: set[str] = set()
        self.faulty: set[str] = set()
        self.numbers: set[str] = set()
        self.nameless = 0
        self.others = 0
        self._bundle, self._schools, self._findings = bundle, schools, findings
        #: What was met so far, by sourcedId, to tell a row that is there twice.
        self._tokens: dict[str, int] = {}

    @property
    def is_bulk(self) -> bool:
        """Whether who is missing has left."""
        return self._bundle.modes[USERS] == "bulk"

    def read(self, progress: Callable[[int, int], None]) -> None:
        """Raises BundleError where the bundle does not say who is a student."""
        if self.is_bulk and self._bundle.version != "1.1" and self._bundle.modes[ROLES] == "absent":
            raise BundleError("missing_file", _("Without this file nobody is known to be a student."), file=ROLES)
        met = 0
        size = self._bundle.source.size(USERS) if USERS in self._bundle.source.files else 0
        for met, user in enumerate(self._bundle.users(), 1):
            self._take(user)
            if met % STEP == 0:
                progress(min(self._bundle.source.bytes_read, size - 1), size)
        progress(size, size)
        self.nameless = self._bundle.counts.get(USERS, 0) - met
        self._tokens.clear()
        self._leave_out_faulty()
        self._leave_out_twins()

    def _take(self, user: User | FaultyUser) -> None:
        key = user.sourced_id
        if isinstance(user, FaultyUser):
            self.faulty.add(key)
        elif self._tokens.setdefault(key, user.token) != user.token:
            self.faulty.add(key)
            self._error("duplicate_id", _("Another row with this identifier says something else."), user.line)
        elif key in self.students or key in self.gone:
            message = _("The same row was there before.")
            self._findings.warning("duplicate_row", message, file=USERS, line=user.line, column="sourcedId")
        elif user.student is None:
            self._unsaid(user)
        elif user.deleted or not user.student:
            self.others += not user.student
            self.gone.add(key)
        else:
            self._enroll(user)

    def _unsaid(self, user: User) -> None:
        """Only a deletion says something without a role."""
        if user.deleted:
            self.gone.add(user.sourced_id)
            return
        self.faulty.add(user.sourced_id)
        message = _("The bundle does not say whether this is a student; nothing is changed. Send a bulk bundle.")
        self._findings.warning("unknown_role", message, file=USERS, line=user.line)

    def _enroll(self, user: User) -> None:
        school = self._schools.of(user.org_ids)
        if len(user.number) > LONGEST:
            self._error("too_long", _("The text is longer than %d characters.") % LONGEST, user.line, "identifier")
        elif school is None:
            message = _("None of the person’s orgs is a school of this district that is known here.")
            self._error("unknown_school", message, user.line, "orgSourcedIds")
        else:
            names = (user.family, user.given, user.middle)
            self.students[user.sourced_id] = Listed(user.sourced_id, user.number, *names, school, user.line)
            return
        self.faulty.add(user.sourced_id)

    def _leave_out_faulty(self) -> None:
        for key in self.faulty:
            self.students.pop(key, None)
        self.gone -= self.faulty

    def _leave_out_twins(self) -> None:
        """Two people with one number: neither is taken, as nobody knows whose it is."""
        times = Counter(student.number for student in self.students.values())
        self.numbers = {number for number, count in times.items() if count > 1}
        for student in [one for one in self.students.values() if one.number in self.numbers]:
            self.leave_out(student)

    def leave_out(self, student: Listed) -> None:
        """Another has the number of this one."""
        del self.students[student.sourced_id]
        self.faulty.add(student.sourced_id)
        message = _("Another student has the same number. Correct it at the source; the row is left out.")
        self._error("duplicate_number", message, student.line, "identifier")

    def _error(self, code: str, message: str, line: int, column: str = "sourcedId") -> None:
        self._findings.error(code, message, file=USERS, line=line, column=column)
