"""Whose entries an entry is one of: the people and groups that it is about, and who made it, each by identity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.translation import gettext as _

from ..areas import Area, area_named, area_of, subject_key
from ..of.record import described, is_described
from .stored import Stored


@dataclass(frozen=True)
class Whose:
    """The page of all entries of a person or group, and in words who that is to this entry."""

    label: str
    address: str


def whose(told: Stored) -> list[Whose]:
    """A link for each person and group, every one once: who made the entry may be the one it is about.

    What neither is nor concerns one, as a preference, has no page of its own; its link leads to the log.
    """
    links: dict[str, Whose] = {}
    for label, area, pk in _all(told):
        links.setdefault(subject_key(area, pk), Whose(label, reverse("auditlog:of", args=[area, pk])))
    return [*_itself(told), *links.values()]


def _itself(told: Stored) -> Iterator[Whose]:
    """The way to all entries of the record itself, where it is no matter of people and groups."""
    area = area_named(told.entry.table)
    if area is not None and told.subject and not area.concerns and not is_described(area):
        yield Whose(_kind(area), f"{reverse('auditlog:list')}?{urlencode({'subject': told.subject})}")


def _kind(area: Area) -> str:
    return _("This %(kind)s") % {"kind": area.model_class._meta.verbose_name}


def _all(told: Stored) -> Iterator[tuple[str, str, int]]:
    """(who it is, the name of the area, the id). An entry older than the keys is still known by its own record's id."""
    for subject in told.subjects or [subject_key(told.entry.table, told.entry.object_id)]:
        name, _colon, identity = subject.partition(":")
        area = described(name)
        if area is not None:
            yield _kind(area), area.name, int(identity)
    people = area_of(get_user_model())
    if people is not None and told.entry.changed_by_id is not None:
        yield _("Who made this change"), people.name, told.entry.changed_by_id
