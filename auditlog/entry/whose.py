"""Whose entries an entry is one of: the people and groups that it is about, and who made it, each by identity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.translation import gettext as _

from ..areas import area_of, subject_key
from ..of.record import described
from .stored import Stored


@dataclass(frozen=True)
class Whose:
    """The page of all entries of a person or group, and in words who that is to this entry."""

    label: str
    address: str


def whose(told: Stored) -> list[Whose]:
    """A link for each person and group, every one once: who made the entry may be the one it is about."""
    links: dict[str, Whose] = {}
    for label, area, pk in _all(told):
        links.setdefault(subject_key(area, pk), Whose(label, reverse("auditlog:of", args=[area, pk])))
    return list(links.values())


def _all(told: Stored) -> Iterator[tuple[str, str, int]]:
    """(who it is, the name of the area, the id). An entry older than the keys is still known by its own record's id."""
    for subject in told.subjects or [subject_key(told.entry.table, told.entry.object_id)]:
        name, _colon, identity = subject.partition(":")
        area = described(name)
        if area is not None:
            yield _("This %(kind)s") % {"kind": area.model_class._meta.verbose_name}, area.name, int(identity)
    people = area_of(get_user_model())
    if people is not None and told.entry.changed_by_id is not None:
        yield _("Who made this change"), people.name, told.entry.changed_by_id
