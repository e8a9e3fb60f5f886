"""One entry of the Data Sync Log, whole: its run, what belongs to it, whom to phone (product: The viewer)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.utils.translation import gettext as _

from auditlog.pages import Text
from auditlog.texts import moment, visible
from district.rights import rights_of

from .access import ALL, visible_entries
from .histories import History, HistoryLine, affected_students, section_history, student_history
from .models import Action, Section, ServingSchool, SyncLogEntry, SyncSectionChange
from .models.parties import Contact
from .reviews import PERMISSION, Review, ReviewForm, reviews_of


@dataclass(frozen=True)
class RunOfEntry:
    """The run that an entry comes from. ``initial``: the first that brought rosters of the serving school."""

    id: int
    started: str
    outcome: str
    initial: bool


@dataclass(frozen=True)
class FieldChange:
    """A field of a section, before and after."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Phone:
    """Whom to phone. ``of`` is the school, or its district where the school has no contact."""

    of: str
    name: str
    phone: str
    email: str


@dataclass(frozen=True)
class EntryDetails:
    """A whole entry, ready to be printed. ``school`` is the choice of the list that shows it to this person.

    ``form`` is None for who may not review.
    """

    id: int
    school: str
    timestamp: str
    action: str
    facts: Sequence[tuple[str, str]]
    run: RunOfEntry
    changes: Sequence[FieldChange]
    students: Sequence[HistoryLine]
    invalidated: bool
    contact: Phone | None
    reviews: Sequence[Review]
    form: ReviewForm | None
    student_history: History | None
    section_history: History


def entry_details(user: object, pk: int, form: ReviewForm | None = None) -> EntryDetails | None:
    """The entry with this id; None where there is none that this person may see. At most eight statements.

    ``form`` is a refused one, to be shown again with what is wrong.
    """
    entry = visible_entries(user).select_related("run__district").filter(pk=pk).first()
    if entry is None:
        return None
    school = serving_school(entry)
    return EntryDetails(
        id=entry.pk,
        school=ALL if rights_of(user).all_schools else str(entry.home_school_id),
        timestamp=moment(entry.timestamp),
        action=entry.get_action_display(),
        facts=[(str(label), visible(value)) for label, value in facts(entry) if value],
        run=run_of(entry, school),
        changes=section_changes(entry),
        students=affected_students(entry, user),
        invalidated=entry.action == Action.INVALIDATED_SECTION,
        contact=contact(school, entry.run.district),
        reviews=reviews_of(entry),
        form=(form or ReviewForm()) if may_review(user) else None,
        student_history=student_history(entry, user),
        section_history=section_history(entry, user),
    )


def may_review(user: object) -> bool:
    return bool(cast(Any, user).has_perm(PERMISSION))


def facts(entry: SyncLogEntry) -> Iterator[tuple[Text, str]]:
    """The fields of an entry, by label; those that do not belong to its action are empty."""
    old, new = value_labels(entry.action)
    yield _("Student Number"), entry.student_number
    yield _("Student Name"), entry.student_name
    yield _("Course Number"), entry.course_number
    yield _("Course Name"), entry.course_name
    yield _("Section Number"), entry.section_number
    yield old, entry.old_value
    yield new, entry.new_value
    yield _("Serving District"), entry.serving_district
    yield _("Serving School"), entry.serving_school
    yield _("Home School"), entry.home_school


def value_labels(action: str) -> tuple[Text, Text]:
    """What Old Value and New Value are: an end date is the last day in class."""
    if action == Action.UPDATED_END:
        return _("Old Value, last day"), _("New Value, last day")
    if action == Action.UPDATED_START:
        return _("Old Value, first day"), _("New Value, first day")
    return _("Old Value"), _("New Value")


def serving_school(entry: SyncLogEntry) -> ServingSchool | None:
    """The serving school as it is set up now, by its name then."""
    schools = ServingSchool.objects.filter(district=entry.run.district_id, name=entry.serving_school)
    return schools.order_by("pk").first()


def run_of(entry: SyncLogEntry, school: ServingSchool | None) -> RunOfEntry:
    run = entry.run
    initial = school is not None and school.first_run_id == run.pk
    return RunOfEntry(run.pk, moment(run.started), run.get_outcome_display(), initial)


def section_changes(entry: SyncLogEntry) -> list[FieldChange]:
    """Which fields of the section a run changed."""
    if entry.action != Action.UPDATED_SECTION:
        return []
    found = SyncSectionChange.objects.filter(run=entry.run_id, section_id=entry.section_id).order_by("pk")
    return [FieldChange(field_label(row.field), visible(row.old_value), visible(row.new_value)) for row in found]


def field_label(name: str) -> str:
    """What a field of a section is called on screen."""
    labels = {field.name: str(getattr(field, "verbose_name", field.name)) for field in Section._meta.get_fields()}
    return labels.get(name, name).capitalize()


def contact(*holders: Contact | None) -> Phone | None:
    """The contact of the first of these that has one: a serving school's, or its district's."""
    for holder in holders:
        if holder is not None and has_contact(holder):
            return Phone(
                visible(str(holder)),
                visible(holder.contact_name),
                visible(holder.contact_phone),
                visible(holder.contact_email),
            )
    return None


def has_contact(holder: Contact) -> bool:
    return bool(holder.contact_name or holder.contact_phone or holder.contact_email)
