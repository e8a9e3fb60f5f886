"""Whose bundle it is: the serving district that has been set up for it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ..models import ServingDistrict, ServingSchool
from .bundle import Bundle
from .districts import Districts
from .findings import BundleError
from .records import Org
from .schema import ORGS


def serving_district(bundle: Bundle, wanted: str | None) -> ServingDistrict | None:
    """The district of a bundle; ``wanted``: the identifier that was asked for, which decides where the bundle does not.

    None for a bundle without files that says nothing of its district. BundleError for a district that is not set up,
    for another one than was asked for, and where more than one is possible.
    """
    asked = _asked_for(wanted) if wanted is not None else None
    named = districts_in(bundle)
    if not named:
        return asked or _known_by_school(bundle) or _only_one(bundle)
    identifiers = {name for org in named for name in (org.sourced_id, org.identifier) if name}
    found = list(ServingDistrict.objects.filter(identifier__in=identifiers).order_by("name"))
    if asked is not None:
        if asked not in found:
            raise BundleError("other_district", _other_district(asked, named), file=ORGS)
        return asked
    if not found:
        raise BundleError("unknown_district", _not_set_up(named), file=ORGS)
    if len(found) > 1:
        names = ", ".join(f"{district.name} ({district.identifier})" for district in found)
        message = _("The bundle holds several districts that are set up: %(names)s. Choose one with --district.")
        raise BundleError("several_districts", message % {"names": names}, file=ORGS)
    return found[0]


def districts_in(bundle: Bundle) -> list[Org]:
    """The districts above the schools of the bundle's classes; where it has no classes, all that it lists."""
    orgs = {key: org for key, org in (bundle.orgs or {}).items() if not org.deleted}
    schools = {record.school_id for record in (bundle.classes or {}).values()}
    if not schools:
        return [org for org in orgs.values() if org.type == "district"]
    districts = Districts(orgs)
    above = {districts.above(school) for school in schools}
    return sorted((org for org in above if org is not None), key=lambda org: org.sourced_id)


def _asked_for(identifier: str) -> ServingDistrict:
    district = ServingDistrict.objects.filter(identifier=identifier).first()
    if district is None:
        known = ServingDistrict.objects.order_by("identifier").values_list("identifier", flat=True)[:20]
        message = _(
            "No serving district has the identifier “%(identifier)s” (there are: %(known)s). Set it up under Serving "
            "districts, or correct --district."
        )
        names = {"identifier": identifier, "known": ", ".join(known) or _("none")}
        raise BundleError("unknown_district", message % names)
    return district


def _known_by_school(bundle: Bundle) -> ServingDistrict | None:
    """The one district that has the schools of the bundle's classes."""
    schools = {record.school_id for record in (bundle.classes or {}).values()}
    found = ServingSchool.objects.filter(identifier__in=schools).values_list("district", flat=True).distinct()[:2]
    return ServingDistrict.objects.get(pk=found[0]) if len(found) == 1 else None


def _only_one(bundle: Bundle) -> ServingDistrict | None:
    found = list(ServingDistrict.objects.order_by("pk")[:2])
    if len(found) == 1:
        return found[0]
    if all(mode == "absent" for mode in bundle.modes.values()):
        return None
    message = _("The bundle does not say whose it is. Choose the serving district with --district.")
    raise BundleError("unknown_district", message)


def _not_set_up(named: list[Org]) -> str:
    names = ", ".join(f"{org.name} ({org.sourced_id})" for org in named)
    return _(
        "The bundle is of %(names)s, which is not set up here. Add it under Serving districts with this identifier "
        "before its first run."
    ) % {"names": names}


def _other_district(asked: ServingDistrict, named: list[Org]) -> str:
    names = ", ".join(f"{org.name} ({org.sourced_id})" for org in named)
    return _("The bundle is of %(names)s, not of %(asked)s. Nothing of it was taken.") % {
        "names": names,
        "asked": asked.name,
    }
