"""Telling what two serving districts sent in the weeks before today, through the same paths as real work."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

from django.utils import timezone

from auditlog.context import acting_as
from district.demo.loading import CHANNEL, NotEmptyError, actor_of
from district.demo.tables import records

from ..models import CrossSiteStudent, ServingDistrict, ServingSchool, Student, SyncLogEntry, SyncRun
from ..reviews import mark
from ..students.run import import_students
from ..sync.run import sync
from .nights import COMES, FIRST_NIGHT, HERE, LAST_NIGHT, bundles, last_night

#: How long after another the districts' bundles are followed, and when registrars read what came.
APART = datetime.timedelta(minutes=20)
MORNING = datetime.time(7, 40)


def load() -> None:
    """Set up the serving districts, bring in our own students, and follow every night's bundles.

    Raises NotEmptyError where somebody has set up serving districts, or a run has been.
    """
    if ServingDistrict.objects.exists() or SyncRun.objects.exists():
        raise NotEmptyError
    last = last_night(timezone.now())
    districts = set_up()
    bring_students(last - (LAST_NIGHT - FIRST_NIGHT))
    link()
    with tempfile.TemporaryDirectory() as folder:
        follow(districts, Path(folder), last)
    review(last - LAST_NIGHT)


def set_up() -> list[ServingDistrict]:
    """The serving districts and their schools, as somebody entered them before the first night."""
    districts = {row["name"]: ServingDistrict.objects.create(**row) for row in records("districts", HERE)}
    for row in records("schools", HERE):
        ServingSchool.objects.create(**{**row, "district": districts[row["district"]]})
    return list(districts.values())


def bring_students(first: datetime.date) -> None:
    """Our own students, on the day before the first night."""
    at = moment(first - datetime.timedelta(days=1), MORNING)
    with acting_as("command: import_students", channel=CHANNEL, at=at):
        imported = import_students(HERE / "home")
    assert imported.error is None, imported.error


def link() -> None:
    """The numbers of our students that differ at a serving district."""
    for row in records("links", HERE):
        CrossSiteStudent.objects.create(
            district=ServingDistrict.objects.get(name=row["district"]),
            student=Student.objects.get(number=row["student"]),
            number=row["number"],
        )


def follow(districts: list[ServingDistrict], folder: Path, last: datetime.date) -> None:
    """One run per district and night, each at its time."""
    sent = [bundles(district.name.partition(" ")[0].lower(), last, folder) for district in districts]
    for night in zip(*sent, strict=True):
        for place, (district, (day, bundle)) in enumerate(zip(districts, night, strict=True)):
            at = moment(day, COMES) + place * APART
            with acting_as("command: sync_rosters", channel=CHANNEL, at=at):
                sync(bundle, district=district.identifier, today=day, at=at)


def review(later: datetime.timedelta) -> None:
    """What registrars did about some entries in the mornings after (reviews.csv)."""
    for row in records("reviews", HERE):
        night = datetime.date.fromisoformat(row["night"]) + later
        read = moment(night + datetime.timedelta(days=int(row["days_later"])), MORNING)
        actor = actor_of(row["who"])
        with acting_as(
            actor.name,
            person=actor.person,
            user_id=actor.user_id,
            channel=CHANNEL,
            at=read + datetime.timedelta(minutes=int(row["minutes"])),
        ):
            mark(_entry(row, night).pk, row["status"], row["note"])


def _entry(row: dict[str, str], night: datetime.date) -> SyncLogEntry:
    """The entry of a night that a line of reviews.csv is about."""
    same = {name: row[name] for name in ("action", "course_name", "student_number")}
    began, over = moment(night, datetime.time()), moment(night, MORNING)
    return SyncLogEntry.objects.get(timestamp__gte=began, timestamp__lt=over, **same)


def moment(day: datetime.date, time: datetime.time) -> datetime.datetime:
    """A time of day in the district's time zone."""
    return timezone.make_aware(datetime.datetime.combine(day, time))
