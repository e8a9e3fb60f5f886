"""What all tests share."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test import TransactionTestCase

from auditlog import triggers


@pytest.fixture(autouse=True, scope="session")
def _emptying_a_test_database() -> None:
    """The one place that goes round the append-only triggers: emptying the test database between tests.

    ``flush`` sends post_migrate at its end, which makes the triggers anew and refuses to go on without them.
    """
    emptied = TransactionTestCase._fixture_teardown

    def teardown(self: TransactionTestCase) -> None:
        for alias in self._databases_names(include_mirrors=False):
            triggers.drop_triggers(connections[alias])
        emptied(self)

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]
