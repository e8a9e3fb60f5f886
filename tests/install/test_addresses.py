"""Whatever a client claims about where it comes from, the address that is counted and recorded is its own."""

from __future__ import annotations

from dataclasses import replace
from http.cookies import SimpleCookie

import psycopg2
import pytest

from .conftest import PASSWORD
from .units import variables

TRIES = 2


@pytest.fixture
def database(machine, stranger):
    address = variables(machine.root / "etc/chalkline/environment")["DATABASE_URL"]
    connection = psycopg2.connect(address, port=machine.ports["db"])
    connection.autocommit = True
    yield connection.cursor()
    connection.close()


@pytest.fixture
def at(stranger):
    """Somebody at another address."""
    return lambda address: replace(stranger, address=address, cookies=SimpleCookie())


def claims(address):
    return {
        "X_Forwarded_For": address,
        "X_Real_IP": address,
        "Forwarded": f"for={address}",
        "X_Client_IP": address,
        "X_Forwarded_Proto": "http",
    }


def test_a_forged_header_changes_nothing_about_which_address_is_counted(database, at):
    database.execute('INSERT INTO "Preference" (name, value) VALUES (%s, %s)', ["LockoutAttempts", str(TRIES)])
    guesser, other = at("127.0.0.2"), at("127.0.0.3")
    for number in range(TRIES):
        assert guesser.sign_in("yourname", "wrong", **claims(f"203.0.113.{number}")).status == 200
    # Neither another claim lets the guesser in again, not even with the right password, ...
    assert guesser.sign_in("yourname", PASSWORD, **claims("203.0.113.77")).status == 429
    # ... nor is anybody else kept out: not by coming from elsewhere, and not by claiming to be the guesser.
    assert other.sign_in("yourname", "wrong", **claims("127.0.0.2, 127.0.0.1")).status == 200
    assert other.sign_in("yourname", PASSWORD).status == 302
    database.execute('SELECT DISTINCT address FROM "AccessLogEntry"')
    assert database.fetchall() == [("127.0.0.2",)]
