"""How SQLite is set, told from how it has to be."""

from __future__ import annotations

import pytest
from django.db import connection

from auditlog.protection import protection_of


def faults():
    return protection_of(connection).connection_faults(connection)


@pytest.fixture
def setting():
    """Sets a pragma of this connection; the connection is a new one afterwards."""

    def pragma(text):
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA {text}")

    yield pragma
    connection.close()


@pytest.mark.django_db
def test_a_connection_of_ours_has_no_fault():
    assert faults() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("pragma", "fault"),
    [
        ("journal_mode = DELETE", "journal_mode is delete, not wal"),
        ("synchronous = NORMAL", "synchronous is 1, not 2"),
        ("foreign_keys = OFF", "foreign_keys is 0, not 1"),
        ("recursive_triggers = OFF", "recursive_triggers is 0, not 1"),
        ("busy_timeout = 100", "busy_timeout is 100, not 5000"),
    ],
)
def test_each_pragma_that_is_not_as_it_has_to_be_is_told(setting, pragma, fault):
    setting(pragma)
    assert faults() == [fault]
