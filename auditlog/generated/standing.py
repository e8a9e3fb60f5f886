"""How things stand in the invented district: what is held by whom, so that what is taken was given before."""

from __future__ import annotations

from itertools import count

from .names import FIRST_ID, Named


class Standing:
    """The state that a history has led to: rows that there are, and values in force.

    A row is known by its subject (``UserToolRights:1000017:1000230:Write``). ``day`` is the working day that the
    history has come to; who tells it moves it on.
    """

    def __init__(self) -> None:
        self.rows: dict[str, tuple[int, int]] = {}
        self.values: dict[str, str] = {}
        self.ids = count(FIRST_ID)
        self.day = 0
        #: The tool right that was given last: kind, subject, whose, tool and right.
        self.latest: tuple[str, str, Named, Named, str] | None = None

    def has(self, subject: str) -> bool:
        return subject in self.rows

    def give(self, subject: str) -> int:
        """The id of a row that there is from now on."""
        pk = next(self.ids)
        self.rows[subject] = pk, self.day
        return pk

    def row(self, subject: str) -> int:
        """The id of a row that there is."""
        return self.rows[subject][0]

    def came_today(self, subject: str) -> bool:
        return self.rows[subject][1] == self.day

    def take(self, subject: str) -> tuple[int, bool]:
        """The id of a row that goes, and whether it came only today."""
        pk, given = self.rows.pop(subject)
        return pk, given == self.day

    def turn(self, subject: str, *choices: str) -> tuple[str, str]:
        """The value in force, and the one that takes its place: the next of the choices."""
        old = self.values.get(subject, choices[0])
        new = self.values[subject] = choices[(choices.index(old) + 1) % len(choices)]
        return old, new
