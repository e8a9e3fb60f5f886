"""Any sequence of writes, by anybody and at any time: each entry has the marks that the log itself calls for."""

from __future__ import annotations

import datetime

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from district.models import Tool, UserToolRights
from district.preferences import set_value
from district.roles import ROLES, give_role
from tests.auditlog.test_replay import OPERATIONS, RolledBackError, group, perform, user

from .told import differences

pytestmark = pytest.mark.django_db

#: A Thursday, late enough for no other entry to be of the day before.
BEGIN = timezone.make_aware(datetime.datetime(2031, 3, 6, 9, 0))


def security_right(n, m):
    tool = Tool.objects.filter(path__startswith="User Management > ")[m % 3]
    for whose, rights in ((user(n), user(n).tool_rights), (group(n), group(n).tool_rights)):
        if not rights.filter(tool=tool, right="Write").delete()[0]:
            rights.create(tool=tool, right="Write")
        assert whose.pk


#: What the replay does not do: what marks are about.
MARKED = (
    security_right,
    lambda n, m: give_role(user(n), [*ROLES, None][m % 4]),
    lambda n, m: set_value("ManyChanges", str(2 + m)),
    lambda n, m: set_value("WorkingHoursStart", None if m % 3 else "10:00"),
    lambda n, m: user(n).calendar_rights.all().delete() if m % 2 else user(n).calendar_rights.create(),
    lambda n, m: UserToolRights.objects.bulk_create(
        [UserToolRights(user=user(n), tool=tool, right="Read") for tool in Tool.objects.all()[5 : 7 + m]],
        ignore_conflicts=True,
    ),
)

#: What happens, who does it (None: a job), and how many hours later.
STEP = st.tuples(
    st.lists(
        st.tuples(st.sampled_from(OPERATIONS + MARKED), st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=3
    ),
    st.none() | st.integers(0, 3),
    st.sampled_from((0, 1, 5, 9, 24, 30)),
)


def act(steps):
    """Do these steps; the id of the entry before the first of them."""
    before, at = AuditLogEntry.objects.order_by("-id")[0].id, BEGIN
    for writes, who, later in steps:
        at += datetime.timedelta(hours=later)
        with acting_as("setup", at=at):
            number = None if who is None else user(who).pk
        with acting_as("somebody", user_id=number, at=at):
            for write in writes:
                perform(*write)
    return before


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, min_size=3, max_size=12))
def test_each_entry_has_the_marks_that_the_log_calls_for(steps):
    with pytest.raises(RolledBackError):
        compare(steps)


def compare(steps):
    with transaction.atomic():
        assert differences(act(steps)) == []
        raise RolledBackError


def test_the_steps_lead_to_every_mark_but_that_of_the_switch():
    writes = [[(write, n, n + m)] for write in MARKED + OPERATIONS for n in (1, 2) for m in (0, 1)]
    before = act((write, (None, 0, 1)[number % 3], (0, 1)[number % 2]) for number, write in enumerate(writes))
    assert differences(before) == []
    found = AuditLogEntry.objects.filter(id__gt=before).values_list("marks__mark", flat=True)
    assert set(found) == {None, "own", "own_group", "security", "hours", "many", "taken_back"}
