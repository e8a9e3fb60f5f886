"""A program whose sync runs are killed: ``python -m tests.crosssite.killed``, started by ``test_sync_kills``.

``killed FOLDER random N SEED`` kills N runs, each at a random moment of it; ``killed FOLDER statements`` one run after
each of its SQL statements. Runs go from ``FOLDER/a`` to ``FOLDER/b`` and back, whichever the home copy is not at.
After each kill a line tells at which of the two the copy is, and whether the log agrees; "torn" would be the end.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

django.setup()

from django.db import connection  # noqa: E402

from crosssite.models import Roster, SyncLogEntry, SyncRun  # noqa: E402

from .command import APPLIED, Done, sync_rosters  # noqa: E402


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def fork(call: Callable[[], object]) -> int:
    """Run in a process of its own, with a connection of its own; its id."""
    connection.close()
    pid = os.fork()
    if pid == 0:
        call()
        os._exit(0)
    return pid


def wait(pid: int) -> bool:
    """Whether it was killed."""
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def die_after(statements: int) -> Callable:
    """A wrapper that kills this process after so many statements."""
    done = []

    def wrapper(execute, *arguments):
        result = execute(*arguments)
        done.append(arguments[0])
        if len(done) == statements:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapper


def settle() -> None:
    """PostgreSQL goes on with its statement, which may be the commit, before it notices that nobody is there."""
    if connection.vendor == "postgresql":
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        for _try in range(1500):
            with connection.cursor() as cursor:
                cursor.execute(others)
                if cursor.fetchone() == (0,):
                    return
            time.sleep(0.02)
        raise TimeoutError


def finish(bundle: Path) -> Done:
    """A run that nobody kills."""
    done = sync_rosters(bundle)
    assert done.code == APPLIED, done.out
    return done


class Copy:
    """Which of two bundles the home copy is at, by what the first two runs left and logged."""

    def __init__(self, folder: Path) -> None:
        self.bundles = {"a": folder / "a", "b": folder / "b"}
        self.states: dict[frozenset, str] = {}
        self.at = "a"
        for name in ("a", "b", "a", "b", "a"):
            before = SyncLogEntry.objects.count()
            finish(self.bundles[name])
            self.states[self.state()] = name
            #: How many entries the last way to each of the two leaves.
            self.worth = {**getattr(self, "worth", {}), name: SyncLogEntry.objects.count() - before}
        assert len(self.states) == 2

    @staticmethod
    def state() -> frozenset:
        return frozenset(Roster.objects.values_list("section__sourced_id", "student__number", "begin_date", "last_day"))

    @property
    def other(self) -> str:
        return "b" if self.at == "a" else "a"

    def check(self, entries_before: int) -> str:
        """Where the copy is after a kill, if the log has exactly the entries of the way there; else ``torn``."""
        found = self.states.get(self.state())
        expected = self.worth[found] if found and found != self.at else 0
        came = SyncLogEntry.objects.count() - entries_before
        runs = SyncRun.objects.filter(pk__in=SyncLogEntry.objects.order_by("-pk").values("run")[:1])
        fine = found is not None and came == expected and runs.filter(outcome="applied").exists()
        told = "torn" if not fine else "before" if found == self.at else "after"
        self.at = found or self.at
        return told


def kill(copy: Copy, run: Callable[[], object], after: float | None = None) -> bool:
    entries = SyncLogEntry.objects.count()
    pid = fork(run)
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    killed = wait(pid)
    settle()
    say(f"{'killed' if killed else 'lived'} {copy.check(entries)}")
    return killed


def kill_at_random(copy: Copy, times: int, seed: int) -> None:
    chance = random.Random(seed)
    started = time.monotonic()
    finish(copy.bundles[copy.other])
    copy.at = copy.other
    duration, killed = time.monotonic() - started, 0
    while killed < times:
        bundle, after = copy.bundles[copy.other], chance.uniform(0, duration)
        if kill(copy, lambda bundle=bundle: sync_rosters(bundle), after):
            killed += 1
        else:
            # A busy machine took longer before than it does now.
            duration = after


def kill_at_every_statement(copy: Copy) -> None:
    statements, killed = 0, True
    while killed:
        statements += 1
        bundle = copy.bundles[copy.other]

        def attempt(bundle=bundle, statements=statements):
            with connection.execute_wrapper(die_after(statements)):
                finish(bundle)

        killed = kill(copy, attempt)


def main() -> None:
    folder, how, *numbers = sys.argv[1:]
    copy = Copy(Path(folder))
    if how == "random":
        kill_at_random(copy, *map(int, numbers))
    else:
        kill_at_every_statement(copy)
    finish(copy.bundles[copy.other])
    fine = copy.state() in copy.states and not SyncRun.objects.filter(outcome="running").exists()
    say(f"then completed {'after' if fine else 'torn'}")


if __name__ == "__main__":
    main()
