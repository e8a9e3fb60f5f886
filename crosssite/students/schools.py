"""Which school of the district each school of its bundle is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext as _

from district.models import School

from ..models import ServingDistrict
from ..sync.bundle import Bundle
from ..sync.districts import Districts
from ..sync.findings import BundleError, Findings
from ..sync.records import Org
from ..sync.schema import ORGS

#: The longest school number.
LONGEST_NUMBER = 40


class Schools:
    """A school is found by its identifier (the org's sourcedId, else the org's identifier), else by its exact name.

    ``new``: made for orgs that no school was found for. ``named``: found by name, and given its identifier. The
    name and an identifier that a school has already stay what the district's people made them.
    """

    def __init__(self, bundle: Bundle, findings: Findings) -> None:
        self.new: list[School] = []
        self.named: list[School] = []
        self._findings = findings
        self._here = list(School.objects.all())
        self._by_org: dict[str, School] = {}
        orgs = own_schools(bundle.orgs or {})
        self._match(orgs)
        for org in orgs:
            if org.sourced_id not in self._by_org:
                self._make(org)

    @property
    def found(self) -> list[School]:
        """The schools of the bundle's orgs, new ones included."""
        return list(self._by_org.values())

    @property
    def known(self) -> list[School]:
        """Also those that no org of this bundle stands for, but one of another could."""
        others = [school for school in self._here if school.identifier and school not in self.found]
        return [*self.found, *others]

    def of(self, org_ids: Iterable[str]) -> School | None:
        """The first of these orgs that is a school of ours; a delta need not hold the orgs that it refers to."""
        identifiers = by(self._here, lambda school: school.identifier)
        return next((school for key in org_ids if (school := self._by_org.get(key) or identifiers.get(key))), None)

    def _match(self, orgs: list[Org]) -> None:
        identifiers, names = by(self._here, lambda one: one.identifier), by(self._here, lambda one: one.name)
        ways: tuple[tuple[dict[str, School], Callable[[Org], str]], ...] = (
            (identifiers, lambda org: org.sourced_id),
            (identifiers, lambda org: org.identifier),
            (names, lambda org: org.name),
        )
        taken: set[int] = set()
        for schools, key in ways:
            for org in orgs:
                school = schools.get(key(org))
                if org.sourced_id not in self._by_org and school is not None and school.pk not in taken:
                    taken.add(school.pk)
                    self._by_org[org.sourced_id] = school
                    self._identify(school, org)

    def _identify(self, school: School, org: Org) -> None:
        if not school.identifier:
            school.identifier = org.sourced_id
            self.named.append(school)

    def _make(self, org: Org) -> None:
        if any(school.name == org.name for school in (*self._here, *self.new)):
            message = _("Another school has the same name. Give one of them another name; this one is left out.")
            self._findings.error("duplicate_school", message, file=ORGS, line=org.line, column="name")
            return
        number = org.identifier if len(org.identifier) <= LONGEST_NUMBER else ""
        school = School(name=org.name, number=number, identifier=org.sourced_id)
        self.new.append(school)
        self._by_org[org.sourced_id] = school


def by(schools: Iterable[School], key: Callable[[School], str]) -> dict[str, School]:
    """The schools by a text of theirs; those where it is empty or another's too cannot be told by it."""
    found: dict[str, list[School]] = {}
    for school in schools:
        found.setdefault(key(school), []).append(school)
    return {text: same[0] for text, same in found.items() if text and len(same) == 1}


def own_schools(orgs: Mapping[str, Org]) -> list[Org]:
    """The schools of a bundle that are not of a serving district. BundleError where it has others only."""
    serving = set(ServingDistrict.objects.values_list("identifier", flat=True))
    schools = [org for org in orgs.values() if org.type == "school" and not org.deleted]
    districts = Districts(orgs)
    own = [org for org in schools if not serving & names_of(districts.above(org.sourced_id))]
    if schools and not own:
        message = _(
            "The bundle is of a serving district, not of this one. Nothing was taken. Bundles of serving districts "
            "are for sync_rosters."
        )
        raise BundleError("serving_district", message, file=ORGS, line=schools[0].line)
    return own


def names_of(org: Org | None) -> set[str]:
    return {org.sourced_id, org.identifier} - {""} if org else set()
