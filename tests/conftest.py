"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
import pytest_django
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase

from .kept import Kept, keep

# A busy machine is no failure: nothing here is timed.
hypothesis.settings.register_profile("chalkline", deadline=None)
hypothesis.settings.load_profile("chalkline")

pytest_plugins = ["tests.people", "tests.browser.history", "tests.crosssite.home", "tests.crosssite.bad_nights"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what no engine has a part in: it says the same on all of them, and is run on one."""
    for item in items:
        if not uses_a_database(item):
            item.add_marker(pytest.mark.no_database)


def uses_a_database(item: pytest.Item) -> bool:
    """Pytest-django gives it one, or its module knows the connection and may ask which engine it is."""
    asked = {"db", "module_db", "transactional_db"}.intersection(getattr(item, "fixturenames", ()))
    return bool(asked) or item.get_closest_marker("django_db") is not None or hasattr(item.module, "connection")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite is tested on a file, as it runs: in memory it knows no WAL and no second connection.

    The file is a new one for each run and worker: a write-ahead log that a killed run left would spoil it.
    """
    for database in settings.DATABASES.values():
        if database["ENGINE"] == "django.db.backends.sqlite3":
            database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "chalkline.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[Kept]:
    """The database is put back as it was made after every test that commits."""
    with django_db_blocker.unblock():
        kept = keep(connection)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: kept.put_back())
            yield kept
        kept.drop()


@pytest.fixture(scope="module")
def module_db(django_db_setup: Kept, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """For rows that every test of a module reads: each test's own transaction is inside this one.

    No test of the module may commit, and what a fixture of the module returns, no test may change.
    """
    around = transaction.atomic()
    around._from_testcase = True  # as those of the tests: it is not there for what must be outermost
    with django_db_blocker.unblock(), around:
        yield
        transaction.set_rollback(True)


@pytest.fixture
def impatient(db: None) -> Iterator[None]:
    """A connection that waits a tenth of a second for a lock instead of many seconds."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=100" if connection.vendor == "sqlite" else "SET lock_timeout = '100ms'")
    yield
    connection.close()
