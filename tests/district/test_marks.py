"""Marks: what a reader should not miss, decided while the entry is written."""

from __future__ import annotations

import contextlib
import datetime
import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry, AuditLogEntryMark
from district.models import (
    Preference,
    Tool,
    UserAccount,
    UserGroup,
    UserGroupSchoolYearRights,
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)
from district.preferences import set_value
from district.roles import GROUP_ASSIGNMENT, STUDENT_INFORMATION_SYSTEM, give_role

pytestmark = pytest.mark.django_db

#: A Tuesday.
NOON = timezone.make_aware(datetime.datetime(2026, 3, 3, 12, 0))
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def admin(db):
    with acting_as("setup", at=NOON - 100 * HOUR):
        return UserAccount.objects.create_user("admin")


@pytest.fixture
def group(admin):
    with acting_as("setup", at=NOON - 100 * HOUR):
        return UserGroup.objects.create(name="Title One")


def by(account, *, at=NOON):
    return acting_as(account.username, user_id=account.pk, at=at)


def told(since=0):
    """(table, action, marks) of the entries after this one, in their order."""
    return [
        (entry.table, entry.action, set(entry.marks.values_list("mark", flat=True)))
        for entry in AuditLogEntry.objects.filter(id__gt=since).order_by("id")
    ]


@pytest.fixture
def log(admin, group):
    start = AuditLogEntry.objects.order_by("-id")[0].id
    return lambda: told(start)


def tool(path):
    return Tool.objects.get(path=path)


@pytest.fixture
def plain_tool(db):
    return tool("Census > People > Households")


ACCOUNT_TOOL = "User Management > User Account Administration > User Account"


def test_what_one_gives_to_oneself_is_marked_and_what_one_gives_to_others_or_takes_is_not(
    log, admin, group, plain_tool
):
    with by(admin):
        UserToolRights.objects.create(user=admin, tool=plain_tool, right="Read")
        UserSchoolYearRights.objects.create(user=admin)
        admin.groups.add(group)
    assert [marks for _t, _a, marks in log()] == [{"own"}] * 3
    with by(admin, at=NOON + 26 * HOUR):
        UserToolRights.objects.all().delete()
    with acting_as("setup"):
        other = UserAccount.objects.create_user("other")
    with by(other):
        UserToolRights.objects.create(user=admin, tool=plain_tool, right="Write")
    assert [marks for _t, _a, marks in log()][3:] == [set()] * 3


def test_a_right_of_a_group_is_marked_where_who_gives_it_is_a_member(log, admin, group, plain_tool):
    with by(admin):
        UserGroupToolRights.objects.create(group=group, tool=plain_tool, right="Read")
        UserGroupSchoolYearRights.objects.create(group=group)
    with acting_as("setup", at=NOON):
        group.users.add(admin)
        UserGroupToolRights.objects.create(group=group, tool=plain_tool, right="Add")
    with by(admin):
        UserGroupToolRights.objects.create(group=group, tool=plain_tool, right="Write")
        UserGroupSchoolYearRights.objects.bulk_create([UserGroupSchoolYearRights(group=group, end_year=2027)])
    with by(admin, at=NOON + 26 * HOUR):
        UserGroupToolRights.objects.all().delete()
    assert [marks for _t, _a, marks in log()] == [set()] * 4 + [{"own_group"}] * 2 + [set()] * 3


@pytest.mark.parametrize(
    ("change", "gives"),
    [
        ({"end_year": None}, True),
        ({"end_year": 2027}, True),
        ({"modify_rights": True}, True),
        ({"close_months": False}, False),
        ({"close_months": False, "end_year": 2027}, True),
    ],
)
def test_a_calendar_right_that_comes_to_reach_more_is_given_one_that_reaches_less_is_not(
    log, admin, group, change, gives
):
    fields = {"end_year": 2026, "close_months": True}
    with acting_as("setup", at=NOON - 50 * HOUR):
        group.users.add(admin)
        UserSchoolYearRights.objects.create(user=admin, **fields)
        UserGroupSchoolYearRights.objects.create(group=group, **fields)
    with by(admin):
        UserSchoolYearRights.objects.update(**change)
        UserGroupSchoolYearRights.objects.update(**change)
    assert [marks for _t, _a, marks in log()][3:] == ([{"own"}, {"own_group"}] if gives else [set(), set()])


def test_of_all_years_one_is_less_and_a_row_of_another_that_becomes_ones_own_is_given(log, admin, group):
    with acting_as("setup", at=NOON - 50 * HOUR):
        other = UserAccount.objects.create_user("other")
        mine, theirs = (UserSchoolYearRights.objects.create(user=account) for account in (admin, other))
    mine.end_year, theirs.user = 2027, admin
    with by(admin):
        mine.save()
        theirs.save()
    assert [marks for _t, _a, marks in log()][3:] == [set(), {"own"}]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (ACCOUNT_TOOL, True),
        (f"{ACCOUNT_TOOL} > Reset Password", True),
        ("User Management > Reports > Audit Log", True),
        ("System Settings > System Preferences > System Preferences", True),
        ("System Settings > Data Utilities > Data Change Tracker", False),
        ("Fees > Reports > Fee Audit", False),
    ],
)
def test_rights_on_security_tools_are_marked_given_and_taken_of_users_and_groups(log, group, path, expected):
    with acting_as("setup", at=NOON):
        UserGroupToolRights.objects.create(group=group, tool=tool(path), right="Read")
    with acting_as("setup", at=NOON + 25 * HOUR):
        UserGroupToolRights.objects.all().delete()
        UserToolRights.objects.create(user=UserAccount.objects.get(), tool=tool(path), right="Read")
    assert [marks for _t, _a, marks in log()] == [{"security"} if expected else set()] * 3


def test_a_product_security_role_is_marked_given_exchanged_and_taken(log, admin):
    with acting_as("setup", at=NOON):
        give_role(admin, STUDENT_INFORMATION_SYSTEM)
    with acting_as("setup", at=NOON + 25 * HOUR):
        give_role(admin, GROUP_ASSIGNMENT)
    assert [("security" in marks, table) for table, _a, marks in log()] == [
        (True, "UserAccount"),
        (True, "UserGroupMember"),
        (False, "UserSchoolYearRights"),
        (True, "UserAccount"),
        (True, "UserGroupMember"),
        (True, "UserGroupMember"),
    ]
    with by(admin, at=NOON + 48 * HOUR):
        give_role(admin, STUDENT_INFORMATION_SYSTEM)
    assert [marks for _t, _a, marks in log()][6:] == [
        # 23 hours after the account was made something else than STUDENT INFORMATION SYSTEM.
        {"security", "own", "taken_back"},
        {"security", "taken_back"},
        {"security", "own", "taken_back"},
    ]


def test_account_security_preferences_are_marked_and_switching_the_recording_off_more_so(log):
    with acting_as("setup", at=NOON):
        set_value("PasswordMinimumLength", "12")
        set_value("SearchLimit", "100")
        set_value("AuditUsers", "false")
        set_value("SearchLimit", "200")
    with acting_as("setup", at=NOON + 25 * HOUR):
        set_value("AuditUsers", "true")
    assert [marks for _t, _a, marks in log()] == [
        {"security"},
        set(),
        {"security", "switched_off"},
        set(),
        {"security"},
    ]


def test_people_are_marked_outside_of_working_hours_and_jobs_are_not(log, admin, group):
    evening, afternoon = NOON + 9 * HOUR, NOON + 4 * HOUR
    for work in (by(admin, at=evening), acting_as("command: nightly", at=evening), by(admin, at=afternoon)):
        with work:
            group.description += "x"
            group.save()
    assert [marks for _t, _a, marks in log()] == [{"hours"}, set(), set()]


def test_the_hours_are_those_of_the_preferences_before_a_change_of_them(log, admin, group):
    evening = NOON + 8 * HOUR
    with by(admin, at=evening):
        set_value("WorkingHoursEnd", "21:00")
        group.description = "now within"
        group.save()
        set_value("WorkingHoursEnd", None)
    assert [marks for _t, _a, marks in log()] == [{"hours"}, set(), {"taken_back"}]
    Preference.objects.create(name="WorkingHoursEnd", value="half past | four")
    with by(admin, at=evening):
        group.description = "a value of no use is as none"
        group.save()
    assert log()[-1][2] == {"hours"}


@pytest.mark.parametrize("sizes", [[1] * 27, [27], [10, 14, 1, 2], [24, 3], [25], [26]])
def test_the_entry_that_reaches_many_is_marked_once(log, sizes):
    number = 0
    with acting_as("setup", at=NOON):
        for size in sizes:
            UserGroup.objects.bulk_create([UserGroup(name=f"g {number + n}") for n in range(size)])
            number += size
    marks = [marks for _t, _a, marks in log()]
    assert marks == [{"many"} if position == 24 else set() for position in range(number)]


def test_work_that_nobody_announced_is_counted_by_its_transaction(log):
    for _transaction in range(2):
        with transaction.atomic():
            for _save in range(26):
                UserGroup.objects.create(name=f"g {uuid.uuid4()}")
    # In a test both are savepoints of one transaction, which is one change set.
    marks = ["many" in marks for _t, _a, marks in log()]
    assert marks == [position == 24 for position in range(52)]


def test_a_transaction_that_is_rolled_back_begins_the_count_anew(log):
    for rolled_back in (True, True, False):
        with contextlib.suppress(ZeroDivisionError), transaction.atomic():
            UserGroup.objects.bulk_create([UserGroup(name=f"g {n}") for n in range(24)])
            if rolled_back:
                raise ZeroDivisionError
    UserGroup.objects.create(name="the 25th")
    assert ["many" in marks for _t, _a, marks in log()] == [False] * 24 + [True]


def test_how_many_are_many_is_a_preference_and_each_change_set_is_counted_by_itself(log, group):
    set_value("ManyChanges", "3")
    for click in range(2):
        with acting_as("setup", at=NOON):
            for step in range(4):
                group.description = f"{click} {step}"
                group.save()
    assert [marks for _t, _a, marks in log()][1:] == [set(), set(), {"many"}, set()] * 2


def test_a_deletion_with_all_that_hangs_on_it_is_counted_as_one(log, admin):
    groups = UserGroup.objects.bulk_create([UserGroup(name=f"g {n}") for n in range(24)])
    admin.groups.set(groups)
    with acting_as("setup", at=NOON):
        admin.delete()
    assert [("many" in marks) for _t, _a, marks in log()][-25:] == [False] * 24 + [True]


def test_what_takes_back_within_a_day_is_marked(log, admin, group, plain_tool):
    def right():
        return UserToolRights.objects.create(user=admin, tool=plain_tool, right="Read")

    for hours, do in (
        (0, right),
        (23, lambda: UserToolRights.objects.all().delete()),
        (24, right),
        (49, lambda: UserToolRights.objects.all().delete()),
    ):
        with acting_as("setup", at=NOON + hours * HOUR):
            do()
    assert [(action, marks) for _t, action, marks in log()] == [
        ("add", set()),
        ("delete", {"taken_back"}),
        ("add", {"taken_back"}),
        ("delete", set()),
    ]


def test_a_property_that_goes_back_is_taken_back_and_one_that_goes_on_is_not(log, admin, group):
    def describe(text, hours, **more):
        with acting_as("setup", at=NOON + hours * HOUR):
            UserGroup.objects.filter(pk=group.pk).update(description=text, **more)

    describe("a", 0)
    describe("b", 1)
    describe("c", 2)
    describe("a", 3, associated_product="x")
    describe("A", 4)
    describe("d", 30)
    describe("a", 31)
    assert [marks for _t, _a, marks in log()] == [set(), set(), set(), {"taken_back"}, set(), set(), set()]


def test_another_account_or_a_secret_takes_nothing_back(log, admin):
    with acting_as("setup", at=NOON):
        other = UserAccount.objects.create_user("other")
        UserAccount.objects.filter(pk=admin.pk).update(disable=True)
        UserAccount.objects.filter(pk=other.pk).update(first_name="x")
        for password in ("chalk-and-slate-1", "chalk-and-slate-2"):
            other.set_password(password)
            other.save(update_fields=["password"])
        other.delete()
    assert [marks for _t, _a, marks in log()][:-1] == [set()] * 5
    assert log()[-1] == ("UserAccount", "delete", {"taken_back"})


def test_bulk_calls_mark_each_row_for_itself(log, admin, plain_tool):
    with acting_as("setup", at=NOON):
        groups = UserGroup.objects.bulk_create([UserGroup(name=f"g {n}", description="a") for n in range(4)])
    with acting_as("setup", at=NOON + HOUR):
        UserGroup.objects.filter(pk__in=[groups[0].pk, groups[2].pk]).update(description="b")
    with acting_as("setup", at=NOON + 2 * HOUR):
        UserGroup.objects.filter(pk__in=[group.pk for group in groups]).update(description="a")
        UserGroup.objects.filter(pk__in=[group.pk for group in groups]).update(associated_product="p")
    assert [marks for _t, _a, marks in log()] == [set()] * 6 + [{"taken_back"}] * 2 + [set()] * 4


def test_a_savepoint_that_is_rolled_back_takes_its_marks_and_its_count_with_it(log, group):
    set_value("ManyChanges", "3")
    with acting_as("setup", at=NOON):
        for number in range(5):
            try:
                with transaction.atomic():
                    UserGroup.objects.create(name=f"g {number}")
                    if number < 2:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
    assert [marks for _t, _a, marks in log()][1:] == [set(), set(), {"many"}]


def test_while_the_recording_is_off_only_preferences_are_marked(log, admin, group):
    with by(admin, at=NOON + 9 * HOUR):
        set_value("AuditUsers", "false")
        admin.groups.add(group)
        set_value("SearchLimit", "20")
    assert log() == [
        ("Preference", "change", {"security", "switched_off", "hours"}),
        ("Preference", "change", {"hours"}),
    ]


def test_marks_carry_the_time_of_their_entry_and_stay_when_everything_is_gone(log, admin, plain_tool):
    with by(admin):
        UserToolRights.objects.create(user=admin, tool=plain_tool, right="Read")
    mark = AuditLogEntryMark.objects.get(mark="own")
    assert mark.timestamp == mark.entry.timestamp == NOON
    UserAccount.objects.all().delete()
    assert AuditLogEntryMark.objects.filter(pk=mark.pk).exists()


def test_without_rules_nothing_is_marked(log, admin, group, settings):
    settings.AUDITLOG_MARKS = ""
    with by(admin, at=NOON + 9 * HOUR):
        admin.groups.add(group)
        admin.groups.remove(group)
    assert [marks for _t, _a, marks in log()] == [set(), set()]


@pytest.mark.parametrize("rows", [1, 300])
def test_marks_cost_at_most_one_statement_however_many_rows(admin, settings, rows):
    def statements(prefix):
        groups = [UserGroup(name=f"{prefix} {n} {uuid.uuid4()}") for n in range(rows)]
        with by(admin, at=NOON + 9 * HOUR), CaptureQueriesContext(connection) as queries:
            UserGroup.objects.bulk_create(groups)
            UserGroup.objects.filter(name__startswith=prefix).update(description="x")
        return len(queries)

    marked = statements("with")
    settings.AUDITLOG_MARKS = ""
    # Two calls. On PostgreSQL the marks are part of the one statement that writes the entries.
    assert marked - statements("without") == {"sqlite": 2, "postgresql": 0}[connection.vendor]


def test_a_change_set_that_cannot_be_large_yet_is_not_counted(admin, group):
    def counted(saves):
        with acting_as("setup", at=NOON), CaptureQueriesContext(connection) as queries:
            for _save in range(saves):
                group.description += "x"
                group.save()
        return sum("count(*)" in query["sql"] for query in queries)

    assert (counted(24), counted(27)) == (0, 3)


def test_what_is_new_is_not_looked_for_in_the_log(admin):
    def looked_for(call):
        with acting_as("setup", at=NOON), CaptureQueriesContext(connection) as queries:
            call()
        return sum('FROM "AuditLogEntrySubject"' in query["sql"] for query in queries)

    assert looked_for(lambda: UserGroup.objects.create(name="a")) == 0
    assert looked_for(lambda: UserGroup.objects.bulk_create([UserGroup(name="b")])) == 0
    assert looked_for(lambda: UserGroup.objects.filter(name="b").update(name="c")) > 0


def test_where_nothing_is_marked_sqlite_needs_no_statement_for_it(admin, group, settings):
    def statements(text):
        with acting_as("setup", at=NOON), CaptureQueriesContext(connection) as queries:
            group.description = text
            group.save()
        return len(queries)

    marked = statements("a")
    settings.AUDITLOG_MARKS = ""
    assert marked == statements("b")
