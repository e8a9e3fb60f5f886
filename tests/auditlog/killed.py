"""A program that is killed while it writes: ``python -m tests.auditlog.killed``, started by ``test_kills``.

The failpoints are patched in here; the product has none. Prints one line for each kill.
"""

from __future__ import annotations

import datetime
import os
import random
import signal
import sys
import time

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from auditlog.context import acting_as  # noqa: E402
from district.models import UserAccount, UserGroup, UserGroupMember  # noqa: E402


def save(key):
    group = UserGroup.objects.get(name=f"existing {key}")
    group.description = key
    group.save()


def delete(key):
    UserAccount.objects.get(username=f"account-{key}").delete()


#: Everything that a person does on a Sunday is marked.
SUNDAY = datetime.datetime(2026, 3, 1, 18, tzinfo=datetime.UTC)

WRITES = {
    "create": lambda key: UserGroup.objects.create(name=f"new {key}"),
    "save": save,
    "update": lambda key: UserGroup.objects.filter(name__startswith="existing").update(description=key),
    "bulk": lambda key: UserGroup.objects.bulk_create([UserGroup(name=f"new {key} {n}") for n in range(20)]),
    "delete": delete,
}


def prepare(key):
    group = UserGroup.objects.create(name=f"existing {key}")
    account = UserAccount.objects.create_user(f"account-{key}")
    UserGroupMember.objects.create(user=account, group=group)


def die_after(statements):
    """A wrapper that kills this process after so many statements."""
    done = []

    def wrapper(execute, *args):
        result = execute(*args)
        done.append(args[0])
        if len(done) == statements:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapper


def in_a_child(call):
    """Run in a process of its own, with a connection of its own; whether it was killed."""
    connection.close()
    pid = os.fork()
    if pid == 0:
        call()
        os._exit(0)
    _pid, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def kill_at_every_statement():
    for name, write in WRITES.items():
        statements, killed = 0, True
        while killed:
            statements += 1
            key = f"{name}-{statements}"
            with acting_as("prepare"):
                prepare(key)

            def attempt(key=key, write=write, statements=statements):
                with acting_as(key, user_id=0, at=SUNDAY), connection.execute_wrapper(die_after(statements)):
                    write(key)

            killed = in_a_child(attempt)
            sys.stdout.write(f"{'killed' if killed else 'lived'} {key}\n")
            sys.stdout.flush()


def write_for_ever():
    with acting_as("for ever"):
        for number in range(1_000_000):
            with transaction.atomic():
                UserGroup.objects.update_or_create(name="for ever", defaults={"description": str(number)})
            UserGroup.objects.bulk_create([UserGroup(name=f"{os.getpid()} {number} {n}") for n in range(3)])


def kill_at_random(times, seed):
    chance = random.Random(seed)
    for _time in range(times):
        connection.close()
        pid = os.fork()
        if pid == 0:
            write_for_ever()
            os._exit(1)
        time.sleep(chance.uniform(0.05, 0.25))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        sys.stdout.write("killed at random\n")
        sys.stdout.flush()


if __name__ == "__main__":
    kill_at_every_statement()
    kill_at_random(20, seed=7)
