"""Which organizations of a bundle are this district's own."""

from __future__ import annotations

from district.catalogue import HOME_ORGS
from district.models import School
from district.preferences import value_of

from .catalog import Catalog


def home_identifiers() -> set[str]:
    """What other systems call this district and its schools: the preference, and the schools' identifiers."""
    named = {part.strip() for part in value_of(HOME_ORGS).split(",")}
    return (named | set(School.objects.values_list("identifier", flat=True))) - {""}


def home_orgs(catalog: Catalog, identifiers: set[str], serving: str | None) -> set[str]:
    """SourcedIds of the orgs that are ours or below one that is; what lies below the serving district never is.

    A serving school may be called by the same number as one of ours. ``serving``: the sourcedId of its district.
    """
    ours = {key for key, org in catalog.orgs.items() if identifiers & {org.sourced_id, org.identifier}}
    below = {key for key in catalog.orgs if _under(catalog, key, ours)}
    theirs = {key for key in below if serving is not None and _district(catalog, key) == serving}
    # A bundle may name our org without listing it.
    return (below - theirs) | (identifiers - set(catalog.orgs))


def _under(catalog: Catalog, key: str, ours: set[str]) -> bool:
    met = set[str]()
    while key in catalog.orgs and key not in met:
        if key in ours:
            return True
        met.add(key)
        key = catalog.orgs[key].parent
    return False


def _district(catalog: Catalog, key: str) -> str | None:
    district = catalog.district_of(key)
    return district.sourced_id if district else None
