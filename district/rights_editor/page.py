"""The tree as the template shows it. Plain dictionaries of text: it has more than a thousand boxes to write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from auditlog.search import fold

from ..models import Right
from ..rights import Rights
from .tree import Box, Folder, Leaf, Module, Tree, value_of

#: By tool: the groups through which a user has rights on it too, each with those rights.
ThroughGroups = Mapping[int, Mapping[str, Sequence[str]]]


class Page:
    """One editor's tree: which boxes are ticked, which this person may tick, which tools a search leaves."""

    def __init__(
        self,
        tree: Tree,
        *,
        ticked: frozenset[Box],
        editor: Rights,
        read_only: bool,
        through: ThroughGroups,
        search: str,
    ) -> None:
        self.tree, self.ticked, self.editor, self.read_only, self.through = tree, ticked, editor, read_only, through
        self.words = fold(search).split()
        self.labels = {right.value: str(right.label) for right in Right}
        self.found = {leaf.tool.pk for leaf in tree.leaves() if leaf.matches(self.words)}

    def columns(self) -> list[str]:
        """The headings over the boxes."""
        return [_("All"), *self.labels.values()]

    def modules(self) -> list[dict[str, Any]]:
        """Everything there is to show, in the order of the tree."""
        return [self._module(number, module) for number, module in enumerate(self.tree.modules, start=1)]

    def found_text(self) -> str:
        """How many tools a search leaves; nothing without one."""
        if not self.words:
            return ""
        count = len(self.found)
        return ngettext("%(count)d tool matches", "%(count)d tools match", count) % {"count": count}

    def _module(self, number: int, module: Module) -> dict[str, Any]:
        folders = [self._folder(f"{number}-{place}", folder) for place, folder in enumerate(module.folders, start=1)]
        return {**self._branch(str(number), module.name, module.name, module.leaves), "folders": folders}

    def _folder(self, key: str, folder: Folder) -> dict[str, Any]:
        name = _("%(folder)s in %(module)s") % {"folder": folder.name, "module": folder.module}
        return {**self._branch(key, folder.name, name, folder.leaves), "tools": list(map(self._tool, folder.leaves))}

    def _branch(self, key: str, name: str, spoken: str, leaves: Sequence[Leaf]) -> dict[str, Any]:
        held = {
            right: sum((leaf.tool.pk, right) in self.ticked for leaf in leaves if self._shows(leaf))
            for right in self.labels
        }
        shown = sum(map(self._shows, leaves))
        columns = [("All", _("All"), sum(held.values()), shown * len(held))]
        columns += [(right, label, held[right], shown) for right, label in self.labels.items()]
        return {
            "key": key,
            "name": name,
            "spoken": spoken,
            "open": bool(self.words) and shown > 0,
            "hidden": not shown,
            "sums": [
                {
                    "right": right,
                    "label": label,
                    "held": count,
                    "text": _("%(held)d of %(all)d") % {"held": count, "all": among},
                }
                for right, label, count, among in columns
            ],
        }

    def _shows(self, leaf: Leaf) -> bool:
        return leaf.tool.pk in self.found

    def _tool(self, leaf: Leaf) -> dict[str, Any]:
        boxes = [self._box(leaf, box) for box in leaf.boxes]
        return {
            "name": leaf.name,
            "where": leaf.where,
            "subright": leaf.under_its_tool,
            "used_here": leaf.used_here,
            "hidden": not self._shows(leaf),
            "text": leaf.text,
            "boxes": boxes,
            "beyond": self._beyond(boxes),
            "through": self._through(self.through.get(leaf.tool.pk, {}).items()),
        }

    def _box(self, leaf: Leaf, box: Box) -> dict[str, Any]:
        ticked = box in self.ticked
        beyond = not self.read_only and not self.editor.holds(leaf.tool.path, box[1])
        return {
            "value": value_of(box),
            "label": self.labels[box[1]],
            "ticked": ticked,
            "beyond": beyond,
            # What one may not give one may still take away.
            "disabled": self.read_only or (beyond and not ticked),
        }

    def _beyond(self, boxes: Sequence[Mapping[str, Any]]) -> str:
        """Which of these boxes this person may not tick, in words."""
        beyond = [box["label"] for box in boxes if box["beyond"]]
        if len(beyond) == len(boxes):
            return _("not yours to give")
        return _("not yours to give: %(rights)s") % {"rights": ", ".join(beyond)} if beyond else ""

    def _through(self, groups: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
        return [
            _("%(rights)s through group %(group)s")
            % {"rights": ", ".join(self.labels[right] for right in rights), "group": group}
            for group, rights in groups
        ]
