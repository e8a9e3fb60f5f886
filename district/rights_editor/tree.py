"""The tool tree as the editor shows it: module > folder > tool > subright, with names for people and machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from auditlog.search import fold

from ..models import Right, Tool
from ..rights import USED_HERE
from ..tooltree import SEPARATOR

#: One right on one tool: (tool id, right).
Box = tuple[int, str]


@dataclass
class Leaf:
    """A tool or a subright. ``where`` tells it apart from others of its name; ``text`` is what a search looks in."""

    tool: Tool
    where: str = ""
    under_its_tool: bool = False

    @property
    def boxes(self) -> list[Box]:
        return [(self.tool.pk, right.value) for right in Right]

    @property
    def name(self) -> str:
        """The tool's name; a subright whose tool is not in the tree names it too."""
        if self.tool.subright and not self.under_its_tool:
            return SEPARATOR.join((self.tool.tool, self.tool.subright))
        return self.tool.name

    @property
    def used_here(self) -> bool:
        return self.tool.path in USED_HERE

    def matches(self, words: Iterable[str]) -> bool:
        """Whether each of these folded words stands somewhere on the way to the tool."""
        return all(word in self.text for word in words)

    @property
    def text(self) -> str:
        return fold(self.tool.path)


@dataclass
class Folder:
    module: str
    name: str
    leaves: list[Leaf] = field(default_factory=list)


@dataclass
class Module:
    name: str
    folders: list[Folder] = field(default_factory=list)

    @property
    def leaves(self) -> list[Leaf]:
        return [leaf for folder in self.folders for leaf in folder.leaves]


@dataclass
class Tree:
    """All modules, in the tool file's order, each folder and tool together with what belongs to it."""

    modules: list[Module]

    def leaves(self) -> Iterator[Leaf]:
        for module in self.modules:
            yield from module.leaves

    @cached_property
    def boxes(self) -> dict[str, Box]:
        """Every box in the order of the tree, by its value in the form (``17.Write``)."""
        return {value_of(box): box for leaf in self.leaves() for box in leaf.boxes}

    @cached_property
    def paths(self) -> dict[int, str]:
        """The whole way to each tool, by its id."""
        return {leaf.tool.pk: leaf.tool.path for leaf in self.leaves()}


def value_of(box: Box) -> str:
    """A box in a form."""
    return f"{box[0]}.{box[1]}"


def read_tree() -> Tree:
    """The tool tree, in one query."""
    ways: dict[str, dict[str, dict[str, list[Tool]]]] = {}
    tools = list(Tool.objects.all())
    for tool in tools:
        ways.setdefault(tool.module, {}).setdefault(tool.folder, {}).setdefault(tool.tool, []).append(tool)
    named = Counter(tool.name for tool in tools)
    modules = [
        Module(module, [_folder(module, folder, families.values(), named) for folder, families in folders.items()])
        for module, folders in ways.items()
    ]
    return Tree(modules)


def _folder(module: str, name: str, families: Iterable[list[Tool]], named: Counter[str]) -> Folder:
    folder = Folder(module, name)
    for family in families:
        family.sort(key=lambda tool: (bool(tool.subright), tool.position))
        whole = not family[0].subright
        folder.leaves += [Leaf(tool, _where(tool, named), whole and bool(tool.subright)) for tool in family]
    return folder


def _where(tool: Tool, named: Counter[str]) -> str:
    """What a name needs beside it to be unlike every other one in the tree; nothing for most."""
    above = [tool.module, tool.folder] if named[tool.name] > 1 else []
    if tool.subright:
        above.append(tool.tool)
    return f" ({SEPARATOR.join(above)})" if above else ""
