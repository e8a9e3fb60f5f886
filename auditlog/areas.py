"""The types of the audit table: what an application declares about each model it wants audited."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Expression, Field, Model

from .diff import as_text

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from .entry.sentence import Sentence
    from .entry.stored import Stored

#: How the keys end that only the entries of an account or a group itself have.
ITSELF = ":itself"

#: Given a database alias and ids, the names those ids stand for.
NameLookup = Callable[[str, Collection[Any]], Mapping[Any, str]]


@dataclass
class Row:
    """One state of an audited record: the stored values, and the names that its references stood for.

    ``values`` is keyed by field name; a reference's value is the id. ``names`` is keyed by the names of the
    reference fields and filled before a row is described. ``facts`` were read along with it (``marks.MarkRules``),
    and ``recent``: whether there may be entries about it of the last day, which is also so where nobody looked.
    """

    pk: Any
    values: dict[str, Any]
    names: dict[str, str] = field(default_factory=dict)
    facts: str = ""
    recent: bool = True

    def text(self, name: str) -> str:
        """The value as the log shows it, nothing where there is none."""
        return as_text(self.values[name]) or ""

    def name(self, name: str) -> str:
        """What a reference stood for; its id where the other record is not there (yet)."""
        return self.names.get(name) or self.text(name)


#: A record before and after a write: no before is an add, no after a delete.
Pair = tuple[Row | None, Row | None]


@dataclass(frozen=True)
class Switch:
    """What turns recording on and off: called, an SQL expression that is true while there is recording.

    The log itself must tell when it was off. So the switch is the value of a record that is always recorded:
    ``record`` names its area, its affected object and the property, ``off`` is the value that stops recording.
    ``what`` says to readers whose changes it is about.
    """

    condition: Callable[[], Expression]
    what: str | _StrPromise
    record: tuple[str, str, str]
    off: str

    def __call__(self) -> Expression:
        return self.condition()


@dataclass(frozen=True)
class Affected:
    """Whom a change reaches besides: the people of the group that it is about, kept as they were at that time.

    ``area`` is the groups' own, ``group`` gives the id of the group that a row belongs to. ``people`` is SQL, the
    same on every engine, for the people of all groups: ``whose`` (the group's id), ``id``, ``username`` and ``name``.
    """

    area: str
    group: Callable[[Row], int]
    people: str


@dataclass(frozen=True, eq=False)
class Area:
    """How one model is audited.

    Every concrete column is named in exactly one of ``recorded``, ``masked`` (recorded as changed, never its
    value) and ``ignored``; a system check refuses a model where one is missing. Names are field names.

    ``object_names`` gives the parts of the affected object, which are what it is found by; ``description`` the
    lines of the detail pane. ``switch`` says whether the area is recorded (None: always). ``moves`` names
    the fields whose change makes another record of a row: a delete and an add. ``absent``: what a missing row
    reads as; adding and deleting are then changes from and to it. ``list_note`` names the description line that
    the list shows beside the affected object. ``concerns`` names the references to people and groups whose history
    the entry belongs to, and the area each of them refers to. ``sentence`` tells an entry in plain words, of the
    texts that the log keeps alone. ``besides`` tells what makes a difference to how it stands today, of the identity
    of a record and a database alias: that somebody holds a right by another way, too. ``affected`` names the group
    whose people an entry reaches besides.
    """

    model: str
    recorded: tuple[str, ...]
    object_names: Callable[[Row], Sequence[str]]
    description: Callable[[Row], Sequence[tuple[str, str]]]
    masked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    references: Mapping[str, NameLookup] = field(default_factory=dict)
    switch: Switch | None = None
    moves: tuple[str, ...] = ()
    absent: Callable[[Row], Row] | None = None
    list_note: str = ""
    concerns: Mapping[str, str] = field(default_factory=dict)
    sentence: Callable[[Stored], Sentence] | None = None
    besides: Callable[[Mapping[str, Any], str], Sentence] | None = None
    affected: Affected | None = None

    def subject(self, row: Row) -> str:
        """What tells this record from every other, also after it was deleted and made again (``subject_key``)."""
        return subject_key(self.name, *([row.values[name] for name in self.moves] or [row.pk]))

    def identity(self, subject: str) -> dict[str, Any]:
        """The look-up of the record that a key made by ``subject`` stands for."""
        names = self.moves or ("pk",)
        values = subject.split(":", len(names))[1:]
        return {
            name: self.model_class._meta.pk.to_python(value) if name == "pk" else self.field(name).to_python(value)
            for name, value in zip(names, values, strict=True)
        }

    def subjects(self, row: Row) -> list[str]:
        """All that an entry about this row is about: the record itself first, then the people and groups."""
        others = [subject_key(area, row.values[name]) for name, area in self.concerns.items()]
        subject = self.subject(row)
        return list(dict.fromkeys([subject, own_key(subject), *others]))

    @property
    def name(self) -> str:
        """The area's name, which is the model's class name: what the viewer calls Table."""
        return self.model.partition(".")[2]

    @property
    def model_class(self) -> type[Model]:
        return apps.get_model(self.model)

    @property
    def watched(self) -> tuple[str, ...]:
        """Names of the fields whose change makes an entry."""
        return self.recorded + self.masked

    def watches(self, written: Collection[str]) -> bool:
        """Whether one of these fields, given by name or attribute name, is watched."""
        return any(name in written or self.field(name).attname in written for name in self.watched)

    def field(self, name: str) -> Field[Any, Any]:
        found = self.model_class._meta.get_field(name)
        assert isinstance(found, Field)
        return found

    def column(self, name: str) -> str:
        """The database column of a field: the property name in the log."""
        return str(self.field(name).column)


def subject_key(area: str, *identity: object) -> str:
    """The text by which a record is known in the log whatever it is called: ``UserToolRights:17:230:Write``."""
    return ":".join([area, *map(str, identity)])


def own_key(subject: str) -> str:
    """The key that only the entries of a record itself have: ``UserGroup:3:itself``.

    What is about an account or a group without changing it, as its rights and memberships, has the subject alone. The
    subjects of all other records are such keys by themselves.
    """
    return f"{subject}{ITSELF}" if is_concerned(subject.partition(":")[0]) else subject


def is_concerned(name: str) -> bool:
    """Whether entries of other areas can be about the records of this one."""
    return name in apps.get_app_config("auditlog").concerned  # type: ignore[attr-defined]


def area_of(model: type[Model]) -> Area | None:
    """How a model is audited, or None where it is not. Proxies are audited as what they stand for."""
    return _areas().get(model._meta.concrete_model or model)


def area_named(name: str) -> Area | None:
    """The area of this name; None where the audit table has none (any more)."""
    return next((area for area in all_areas() if area.name == name), None)


def all_areas() -> list[Area]:
    """The whole audit table, in its own order."""
    return list(_areas().values())


def _areas() -> Mapping[type[Model], Area]:
    return apps.get_app_config("auditlog").areas  # type: ignore[attr-defined, no-any-return]
