"""The page, followed once for all tests of this folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

import pytest
from django.utils import timezone

from crosssite.demo.nights import HERE, bundles, last_night

from .machine import Machine, nginx_program, server_programs
from .page import PAGE, Commands, steps
from .visitor import Visitor

PASSWORD = "slate-and-chalk-2"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/install/" in item.path.as_posix():
            item.add_marker("install")


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    if not (server_programs() and nginx_program()):
        pytest.skip("PostgreSQL or nginx is not installed")
    machine = Machine()
    try:
        machine.prepare()
        machine.start_postgresql()
        for step in steps(PAGE.read_text()):
            asks = isinstance(step, Commands) and "make_administrator" in step.text
            machine.follow(step, typed=f"{PASSWORD}\n{PASSWORD}\n" if asks else "")
        bring_bundles(machine)
        yield machine
    finally:
        machine.stop()


def bring_bundles(machine: Machine) -> None:
    """What other systems put into /srv/chalkline: our own students, and a serving district's first night."""
    folder = machine.root / "srv/chalkline"
    shutil.make_archive(str(folder / "home"), "zip", HERE / "home")
    _day, bundle = next(bundles("lakeside", last_night(timezone.now()), machine.root))
    shutil.make_archive(str(folder / "drop/lakeside/bundle"), "zip", bundle)


@pytest.fixture(scope="session")
def stranger(machine: Machine) -> Visitor:
    """Somebody who is not signed in; the server is up."""
    visitor = Visitor(machine.ports["https"], machine.root / "etc/ssl/certs/chalkline.crt")
    deadline = time.monotonic() + 60
    while visitor.ask("/healthz").status != 200:
        assert time.monotonic() < deadline, (machine.root / "journal-chalkline.service").read_text()
        time.sleep(0.1)
    return visitor


@pytest.fixture(scope="session")
def administrator(stranger: Visitor) -> Visitor:
    """Who was made an administrator on the page, signed in."""
    visitor = Visitor(stranger.port, stranger.certificate)
    answer = visitor.sign_in("yourname", PASSWORD)
    assert (answer.status, answer.headers["Location"]) == (302, "/")
    return visitor
