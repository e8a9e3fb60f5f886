"""The list folded: entries of one change set that stand next to each other are one line, with what they were.

Folding changes how rows are shown and never which: the cap of the list counts entries, folded or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise, takewhile
from typing import ClassVar, TypeAlias
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from .badges import Rendered, in_order
from .lines import Line

#: How many kinds of entries the line of a set names.
KINDS_NAMED = 4
#: How many sets an address keeps unfolded: a longer one is more than servers take.
MOST_UNFOLDED = 20

#: What parts of an affected object are joined by.
SEPARATOR = ", "


@dataclass(frozen=True)
class SetLine:
    """The line of a change set: how many entries, of which kinds, to what and by whom.

    ``toggle`` is the query of the list in which it stands the other way round; ``cut`` says that the list ends
    within the set.
    """

    id: int
    change_set: UUID
    timestamp: str
    count: int
    kinds: str
    objects: str
    changed_by: str
    badges: SafeString
    acknowledged: str
    is_open: bool
    cut: bool
    toggle: str

    folds: ClassVar[bool] = True
    inside: ClassVar[bool] = False


FoldedLine: TypeAlias = Line | SetLine


@dataclass(frozen=True)
class Folding:
    """How a list is folded: the sets that stand unfolded, and the query that its links go on with.

    ``kept`` is the query without chosen row and unfolded sets; ``cut`` the set that goes on past the list's end.
    """

    kept: str
    unfolded: Sequence[UUID] = ()
    chosen: int | None = None
    cut: UUID | None = None
    _rendered: Rendered = field(default_factory=Rendered)

    def lines(self, lines: Sequence[Line]) -> Iterator[FoldedLine]:
        """The lines with sets in the place of what they hold; what happened alone stands as it is."""
        runs = [list(run) for _change_set, run in groupby(lines, key=lambda line: line.change_set)]
        for run in runs:
            if len(run) == 1:
                yield run[0]
                continue
            is_open = run[0].change_set in self.unfolded or self.chosen in {line.id for line in run}
            yield self._set_line(run, is_open, cut=run is runs[-1] and run[0].change_set == self.cut)
            if is_open:
                yield from (replace(line, inside=True) for line in run)

    def _set_line(self, run: Sequence[Line], is_open: bool, cut: bool) -> SetLine:
        first = run[0]
        return SetLine(
            id=first.id,
            change_set=first.change_set,
            timestamp=first.timestamp,
            count=len(run),
            kinds=kinds(run),
            objects=objects([line.affected_object for line in run]),
            changed_by=SEPARATOR.join(dict.fromkeys(line.changed_by for line in run)),
            badges=self._rendered(in_order(mark for line in run for mark in line.marks)),
            acknowledged=acknowledged(run),
            is_open=is_open,
            cut=cut,
            toggle=self._toggled(first.change_set, is_open),
        )

    def _toggled(self, change_set: UUID, is_open: bool) -> str:
        """The query in which a set stands the other way round."""
        others = [one for one in self.unfolded if one != change_set]
        unfolded = others if is_open else [*others, change_set][-MOST_UNFOLDED:]
        return "&".join(filter(None, [self.kept, *(f"unfold={one.hex}" for one in unfolded)]))


def foldable(lines: Sequence[Line]) -> bool:
    """Whether there is anything to fold."""
    return any(one.change_set == other.change_set for one, other in pairwise(lines))


def groups(lines: Iterable[FoldedLine]) -> int:
    """How many lines a folded list has while nothing of it is unfolded."""
    return sum(not line.inside for line in lines)


def acknowledged(lines: Iterable[Line]) -> str:
    """Who has taken note of the marked ones among some entries; nothing while one is left."""
    by = [line.acknowledged for line in lines if line.marks]
    return SEPARATOR.join(dict.fromkeys(by)) if all(by) else ""


def kinds(lines: Iterable[Line]) -> str:
    """What the entries were: “5 UserGroupToolRights Add, 1 UserGroup Change”; of one kind only, that without number."""
    counted = Counter((line.table, line.action_label) for line in lines).most_common()
    if len(counted) == 1:
        return " ".join(counted[0][0])
    told = [f"{count} {table} {action}" for (table, action), count in counted[:KINDS_NAMED]]
    if rest := sum(count for _kind, count in counted[KINDS_NAMED:]):
        told.append(ngettext("%(count)d other", "%(count)d others", rest) % {"count": rest})
    return SEPARATOR.join(told)


def objects(names: Collection[str]) -> str:
    """To what it was done: what all names begin with, else the first of them and how many others there are."""
    distinct = list(dict.fromkeys(names))
    parts = [name.split(SEPARATOR) for name in distinct]
    common = [some[0] for some in takewhile(lambda some: len(set(some)) == 1, zip(*parts, strict=False))]
    if common:
        return SEPARATOR.join(common)
    others = len(distinct) - 1
    return ngettext("%(first)s and %(count)d other", "%(first)s and %(count)d others", others) % {
        "first": distinct[0],
        "count": others,
    }
