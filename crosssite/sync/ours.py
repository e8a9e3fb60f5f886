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
    below = _below(catalog, ours)
    theirs = {key for key in below if serving is not None and _district(catalog, key) == serving}
    # A bundle may name our org without listing it.
    return (below - theirs) | (identifiers - set(catalog.orgs))


def _below(catalog: Catalog, ours: set[str]) -> set[str]:
    """These orgs and all below them; however deep they lie, each is asked once."""
    said = dict.fromkeys(ours, True)
    for key in catalog.orgs:
        path = []
        while key in catalog.orgs and key not in said:
            # A circle, which deltas may lead to, ends where it began.
            said[key] = False
            path.append(key)
            key = catalog.orgs[key].parent
        said |= dict.fromkeys(path, said.get(key, False))
    return {key for key, is_ours in said.items() if is_ours}


def _district(catalog: Catalog, key: str) -> str | None:
    district = catalog.districts.above(key)
    return district.sourced_id if district else None
