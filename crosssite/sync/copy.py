"""Reading the home copy: as much of it as a comparison asks for."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connections
from django.db.models import Count, TextField
from django.db.models.functions import Cast

from auditlog.engines import engine_of

from ..engines import sync_engine
from ..models import CrossSiteStudent, Roster, Section, ServingDistrict, Student, SyncRun

#: Rows fetched at once.
STEP = 5_000


@dataclass(frozen=True, slots=True)
class Held:
    """A roster of the home copy. ``class_id`` is its section's sourcedId; days are YYYY-MM-DD."""

    pk: int
    sourced_id: str
    section: int
    class_id: str
    student: int
    begin: str | None
    last: str | None
    ended: bool


class SectionRow(NamedTuple):
    """A section of the home copy. Texts in the order of ``plan.SECTION_FIELDS``; days are YYYY-MM-DD."""

    pk: int
    sourced_id: str
    state: str
    begins_on: str | None
    ends_on: str | None
    course_number: str
    course_name: str
    number: str
    title: str
    location: str
    periods: str
    terms: str
    school_identifier: str

    def texts(self) -> tuple[str, ...]:
        """What a section is compared by."""
        return self[5:]


#: The columns of a ``SectionRow``, in its order: days as the texts that they are compared by.
SECTION_COLUMNS: tuple[str | Cast, ...] = (
    *("pk", "sourced_id", "state"),
    *(Cast(day, TextField()) for day in ("begins_on", "ends_on")),
    *SectionRow._fields[5:-1],
    "school__identifier",
)


class HomeCopy:
    """The home copy of one serving district."""

    def __init__(self, district: ServingDistrict) -> None:
        self.district = district
        self.connection = connections[Roster.objects.db]

    @property
    def is_empty(self) -> bool:
        """Whether there is no roster at all, ended ones included."""
        return not Roster.objects.filter(district=self.district).exists()

    def sections(self) -> Iterator[SectionRow]:
        """Every section, in no order."""
        found = Section.objects.filter(district=self.district).order_by().values_list(*SECTION_COLUMNS)
        return map(SectionRow._make, found.iterator(chunk_size=STEP))

    def counts(self) -> Counter[int]:
        """How many rosters that have not ended each section has."""
        found = Roster.objects.filter(district=self.district, ended=False).order_by()
        return Counter(dict(found.values_list("section").annotate(Count("pk"))))

    def ids_by_section(self) -> Iterator[tuple[int, str]]:
        """The sourcedIds of the rosters that have not ended, those of a section in one text: a walk along an index.

        They hold no commas, and a row for each would cost three times as much.
        """
        found = Roster.objects.filter(district=self.district, ended=False).order_by().values_list("section")
        joined = sync_engine(self.connection).joined("sourced_id")
        return found.annotate(ids=joined).iterator(chunk_size=STEP // 10)

    def by_sourced_id(self, ids: Iterable[str]) -> dict[str, Held]:
        """Rosters with these sourcedIds, ended ones too."""
        wanted = engine_of(self.connection).text_list(list(ids))
        return {held.sourced_id: held for held in self._held(sourced_id__in=wanted)}

    def with_ids(self, ids: Sequence[str]) -> Iterator[Held]:
        """The same, of many and in steps."""
        for start in range(0, len(ids), STEP):
            yield from self.by_sourced_id(ids[start : start + STEP]).values()

    def present(self, column: str, ids: Collection[int]) -> Iterator[Held]:
        """The rosters of some sections, or students, that have not ended."""
        # No ids would still be a walk through all rosters.
        wanted = engine_of(self.connection).id_list(list(ids))
        return self._held(**{f"{column}__in": wanted}, ended=False) if ids else iter(())

    def _held(self, **which: Any) -> Iterator[Held]:
        columns = ("section_id", "section__sourced_id", "student_id", "begin_date", "last_day", "ended")
        found = Roster.objects.filter(district=self.district, **which).order_by("pk")
        for pk, sourced_id, section, class_id, student, begin, last, ended in found.values_list(
            "pk", "sourced_id", *columns
        ):
            yield Held(pk, sourced_id, section, class_id, student, day_text(begin), day_text(last), ended)


def home_version(district: ServingDistrict) -> str:
    """What a plan rests on: how many runs changed the copy, the home students, their numbers elsewhere.

    Every write to those sets ``updated``; a deletion changes the number.
    """
    applied = SyncRun.objects.filter(district=district, outcome=SyncRun.Outcome.APPLIED).count()
    return f"{applied}|{students_version()}"


def students_version() -> str:
    """Which home students there are, and their numbers elsewhere."""
    return "|".join(map(str, (*_state(Student), *_state(CrossSiteStudent))))


def _state(model: type[Student] | type[CrossSiteStudent]) -> tuple[int, datetime.datetime | None]:
    latest = model._default_manager.order_by("-updated").values_list("updated", flat=True).first()
    return model._default_manager.count(), latest


def day_text(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()


def section_ids(district: ServingDistrict) -> dict[str, int]:
    """Ids of a district's sections by class id."""
    found = Section.objects.filter(district=district).order_by().values_list("sourced_id", "pk")
    return dict(found.iterator(chunk_size=STEP))
