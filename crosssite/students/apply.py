"""Writing what an import found: all of it in one transaction, a fixed number of statements."""

from __future__ import annotations

from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from auditlog.engines import engine_of
from district.models import Calendar, School

from ..engines import sync_engine
from ..models import Student
from ..sync.copy import students_version
from ..sync.findings import BundleError
from .calendars import Calendars
from .plan import StudentPlan
from .roll import Listed
from .schools import Schools

CHANGED = (
    ("sourced_id", "text"),
    ("number", "text"),
    ("family_name", "text"),
    ("given_name", "text"),
    ("middle_name", "text"),
    ("school_id", "bigint"),
    ("active", "boolean"),
    ("updated", "timestamptz"),
)
#: No number holds it: what a number that is on its way to another student is set to meanwhile.
UNUSED = "\x1f"


class Outdated(Exception):
    """Students were changed since they were compared."""


def apply(schools: Schools, calendars: Calendars, plan: StudentPlan, base: str) -> None:
    """Raises BundleError, and writes nothing, where students are not what ``base`` says they were."""
    try:
        with transaction.atomic():
            connection = connections[Student.objects.db]
            engine_of(connection).lock_table(connection, Student._meta.db_table)
            if students_version() != base:
                raise Outdated
            write_schools(schools, calendars)
            write_students(plan)
    except (Outdated, IntegrityError) as error:
        message = _("Schools, calendars or students were changed while the bundle was read. Start it again.")
        raise BundleError("changed_meanwhile", message) from error


def write_schools(schools: Schools, calendars: Calendars) -> None:
    School.objects.bulk_create(schools.new)
    School.objects.bulk_update(schools.named, ["identifier"])
    Calendar.objects.bulk_create(calendars.new)
    Calendar.objects.bulk_update(calendars.changed, ["start_date", "end_date"])


def write_students(plan: StudentPlan) -> None:
    connection = connections[Student.objects.db]
    table, engine = Student._meta.db_table, sync_engine(connection)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    moving = [(here.pk, f"{UNUSED}{here.pk}") for here, listed in plan.changed if here.number != listed.number]
    if moving:
        engine.update_rows(connection, table, (("number", "text"),), moving)
    if plan.changed:
        changed = [(here.pk, *row(listed, now)) for here, listed in plan.changed]
        engine.update_rows(connection, table, CHANGED, changed)
    if plan.left:
        engine.update_rows(connection, table, CHANGED[-2:], [(here.pk, False, now) for here in plan.left])
    if plan.new:
        whole = engine_of(connection)
        whole.prepare(connection)
        columns = [column for column, _kind in CHANGED]
        whole.insert_rows(connection, table, columns, [row(listed, now) for listed in plan.new])


def row(listed: Listed, now: object) -> tuple[object, ...]:
    """The values of ``CHANGED``."""
    names = (listed.family, listed.given, listed.middle)
    return listed.sourced_id, listed.number, *names, listed.school.pk, True, now
