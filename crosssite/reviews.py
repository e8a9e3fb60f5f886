"""What people of the home school did about entries: marks beside the log, never in it (product: Reviewing)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django import forms
from django.db import connections, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from auditlog.context import current_actor, current_work
from auditlog.engines import engine_of
from auditlog.texts import moment, visible

from .models import SyncLogEntry, SyncReview

#: The right Write on the tool.
PERMISSION = "crosssite.add_syncreview"

#: The longest note, in characters.
LONGEST_NOTE = 1000


class ReviewForm(forms.Form):
    """What was done about an entry. Its buttons are the statuses: one click says it."""

    status = forms.ChoiceField(
        label=_("Review"),
        choices=SyncReview.Status.choices,
        error_messages={"required": _("Choose what was done.")},
    )
    note = forms.CharField(
        label=_("Note (optional)"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@dataclass(frozen=True)
class Review:
    """A mark as the pages show it."""

    status: str
    note: str
    by: str
    person: str
    when: str


def shown(review: SyncReview) -> Review:
    return Review(
        status=review.get_status_display(),
        note=visible(review.note),
        by=visible(review.reviewed_by),
        person=visible(review.reviewed_by_name),
        when=moment(review.timestamp),
    )


def reviews_of(entry: SyncLogEntry) -> list[Review]:
    """All marks of an entry, the newest first: that one counts."""
    return [shown(review) for review in SyncReview.objects.filter(entry=entry)]


def newest_reviews(entries: Collection[int]) -> dict[int, Review]:
    """The newest mark of each of some entries that has any, by the entry's id. One statement."""
    found = SyncReview.objects.filter(entry__in=entries).order_by("timestamp", "pk") if entries else ()
    return {review.entry_id: shown(review) for review in found}


def mark(entry: int, status: str, note: str) -> bool:
    """Keep what was done about an entry; False for the same said again by the same person, as by a second click."""
    with transaction.atomic():
        _wait_for_others()
        newest = SyncReview.objects.filter(entry=entry).first()
        review = _review(entry, status, note)
        if newest and _said(newest) == _said(review):
            return False
        review.save(force_insert=True)
    return True


def mark_all(entries: Collection[int]) -> int:
    """Mark as reviewed those of the entries that nobody has marked yet; how many that were."""
    with transaction.atomic():
        _wait_for_others()
        marked = set(SyncReview.objects.filter(entry__in=entries).order_by().values_list("entry", flat=True))
        reviews = [_review(entry, SyncReview.Status.REVIEWED, "") for entry in entries if entry not in marked]
        SyncReview.objects.bulk_create(reviews)
    return len(reviews)


def _wait_for_others() -> None:
    """One person marks at a time: what two clicks find unmarked is marked once."""
    connection = connections[SyncReview.objects.db]
    engine_of(connection).one_after_another(connection, SyncReview._meta.db_table)


def _review(entry: int, status: str, note: str) -> SyncReview:
    actor, work = current_actor(), current_work()
    return SyncReview(
        entry_id=entry,
        timestamp=(work and work.at) or timezone.now(),
        status=status,
        note=note,
        reviewed_by=actor.name,
        reviewed_by_name=actor.person,
        reviewed_by_id=actor.user_id,
    )


def _said(review: SyncReview) -> tuple[object, ...]:
    return review.status, review.note, review.reviewed_by, review.reviewed_by_id
