"""Which district an organization belongs to: the nearest one above it."""

from __future__ import annotations

from collections.abc import Mapping

from .records import Org


class Districts:
    """Ask ``above``; however deep the orgs lie, each is looked at once."""

    def __init__(self, orgs: Mapping[str, Org]) -> None:
        self._orgs = orgs
        self._above: dict[str, Org | None] = {}

    def above(self, org_id: str) -> Org | None:
        """The nearest district above an org, itself included; None also in a circle, which deltas may lead to."""
        path: set[str] = set()
        while org_id in self._orgs and org_id not in self._above and org_id not in path:
            path.add(org_id)
            org = self._orgs[org_id]
            if org.type == "district":
                self._above[org_id] = org
            else:
                org_id = org.parent
        found = self._above.get(org_id)
        self._above |= dict.fromkeys(path, found)
        return found
