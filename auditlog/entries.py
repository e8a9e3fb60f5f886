"""From rows that went from one state to another to log rows, ready to be written."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import DataError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .areas import Area, Pair, Row, own_key
from .context import Tally, current_actor, current_moment, current_work, process_actor, silent_columns
from .diff import as_text, changed
from .engines import Batch, Undoing
from .marks import Call, marking
from .search import fold_name, fold_value

#: What an action undoes.
UNDOES = {"add": "delete", "delete": "add", "change": "change"}


def batch_of(area: Area, pairs: Sequence[Pair], using: str) -> Batch:
    """The log rows of one call, marks included; references are named already."""
    batch = _empty_batch(area, using)
    for before, after in pairs:
        _add_entry(batch, area, before, after)
    if rules := marking():
        call = Call(area, pairs, current_actor(), batch.timestamp)
        batch.marks.extend((number, mark.value) for number, mark in rules.marks(call))
        _mark_many(batch, rules.many(call), current_tally(using))
        batch.undoing.extend(_undoing(area, batch, pairs))
    return batch


def _mark_many(batch: Batch, many: int, tally: Tally) -> None:
    """Mark the entry with which the change set becomes large; what only the log can tell is left to the engine."""
    before = tally.add(len(batch.entries))
    if before + len(batch.entries) < many:
        return
    if before:
        batch.many = many
    else:
        batch.marks.append((many - 1, "many"))


def _undoing(area: Area, batch: Batch, pairs: Sequence[Pair]) -> Iterator[Undoing]:
    """What earlier entry each of these would take back, as ``Batch.undoing`` has it.

    A record that is known by its row comes but once: adding it takes nothing back. A secret is never known to be
    what it was. Where there are no entries about a record of the last day, the database need not be asked.
    """
    recent = {n: row for n, (before, after) in enumerate(pairs) if (row := after or before) and row.recent}
    own = {number: own_key(area.subject(row)) for number, row in recent.items()}
    if not own:
        return
    for number in own:
        action, *_affected = batch.entries[number]
        if action == "delete" or (action == "add" and area.moves):
            yield number, own[number], UNDOES[action], None, None, None
    for number, _position, name, _old, new, _old_name, _new_name, masked in batch.details:
        if number in own and batch.entries[number][0] == "change" and not masked:
            yield number, own[number], "change", name, new, fold_value(new)


def as_changes(area: Area, pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Drop what is no difference, and say it in the area's own terms."""
    silent = silent_columns()
    watched = [name for name in area.watched if not silent or area.column(name) not in silent]
    for before, after in pairs:
        moved = before and after and changed(before.values, after.values, area.moves)
        for old, new in [(before, None), (None, after)] if moved else [(before, after)]:
            if area.absent is not None:
                old = old or (area.absent(new) if new else None)
                new = new or (area.absent(old) if old else None)
            if old is None or new is None or changed(old.values, new.values, watched):
                yield old, new


def refuse_unstorable(area: Area, rows: Iterable[Row]) -> None:
    """Refuse on every engine what only PostgreSQL refuses: NUL, and texts too long for their column."""
    limits = {name: area.field(name).max_length for name in area.recorded}
    for row in rows:
        for name, limit in limits.items():
            text = row.values[name]
            if not isinstance(text, str):
                continue
            if "\0" in text:
                raise ValueError(f"{area.name}.{area.column(name)} cannot hold a NUL character.")
            if limit is not None and len(text) > limit:
                raise DataError(f"{area.name}.{area.column(name)} cannot hold more than {limit} characters.")


def _empty_batch(area: Area, using: str) -> Batch:
    actor = current_actor()
    change_set, channel, address = current_click(using)
    return Batch(
        timestamp=current_moment(),
        table=area.name,
        changed_by=actor.name[:255] or process_actor().name,
        changed_by_name=actor.person[:320],
        changed_by_id=actor.user_id,
        change_set=change_set,
        channel=channel,
        address=address,
    )


def current_click(using: str) -> tuple[uuid.UUID, str, str]:
    """What the entries of one piece of work share: change set, channel and address."""
    if work := current_work():
        return work.change_set, work.channel, work.address[:64]
    return transaction_mark(connections[using]).change_set, "shell", ""


def current_tally(using: str) -> Tally:
    """What counts the entries of this piece of work."""
    work = current_work()
    return work.tally if work else transaction_mark(connections[using]).tally


def _add_entry(batch: Batch, area: Area, before: Row | None, after: Row | None) -> None:
    shown = after or before
    assert shown is not None
    number = len(batch.entries)
    action = "change" if before and after else "add" if after else "delete"
    parts = list(area.object_names(shown))
    batch.entries.append((action, ", ".join(parts), shown.pk))
    for position, (name, value) in enumerate(area.description(shown)):
        batch.descriptions.append((number, position, name, value))
    found_by = parts + list(area.object_names(before)) if before and after else parts
    batch.names.extend((number, folded) for folded in dict.fromkeys(map(fold_name, found_by)))
    for position, detail in enumerate(_details(area, before, after)):
        name, old, new, *_more = detail
        batch.details.append((number, position, *detail))
        batch.properties.append((number, name, fold_value(old), fold_value(new)))
    batch.subjects.extend((number, subject) for subject in _subjects(area, before, after))


def _subjects(area: Area, before: Row | None, after: Row | None) -> Iterable[str]:
    """What an entry is about, before and after a change: a row can come to belong to another."""
    return dict.fromkeys(subject for row in (after, before) if row for subject in area.subjects(row))


def _details(area: Area, before: Row | None, after: Row | None) -> Iterator[tuple[Any, ...]]:
    """(property name, existing value, new value, existing name, new name, masked) of what is worth a line."""
    for name in _worth_a_line(area, before, after):
        if name in area.masked:
            yield area.column(name), None, None, None, None, True
            continue
        old, new = (as_text(row.values[name]) if row else None for row in (before, after))
        old_name, new_name = (row.names.get(name) if row else None for row in (before, after))
        yield area.column(name), old, new, old_name, new_name, False


def _worth_a_line(area: Area, before: Row | None, after: Row | None) -> list[str]:
    if before and after:
        return changed(before.values, after.values, area.watched)
    row = before or after
    assert row is not None
    return [name for name in area.watched if row.values[name] is not None]


def transaction_mark(connection: BaseDatabaseWrapper) -> TransactionMark:
    """What work has in common that nobody announced: one for each outermost transaction.

    It rides on the transaction's own list of things to do after the commit, so that it ends with it, and with
    the savepoint in which it began.
    """
    for _savepoints, function, *_robust in connection.run_on_commit:  # type: ignore[var-annotated]
        if isinstance(function, TransactionMark):
            return function
    mark = TransactionMark()
    transaction.on_commit(mark, using=connection.alias)
    return mark


class TransactionMark:
    """Carries a change set on a transaction; there is nothing to do after the commit."""

    def __init__(self) -> None:
        self.change_set = uuid.uuid4()
        self.tally = Tally()

    def __call__(self) -> None:
        return None
