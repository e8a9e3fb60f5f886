from __future__ import annotations

import datetime
from io import StringIO
from itertools import pairwise
from random import Random

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from auditlog.areas import all_areas
from auditlog.diff import as_text
from auditlog.models import AuditLogEntry, AuditLogEntryMark, Mark
from district.catalogue import CATALOGUE
from district.demo.loading import timed
from district.demo.sign_ins import PASSWORD, SIGN_INS
from district.models import Calendar, Preference, School, UserAccount, UserGroup
from district.preferences import value_of
from district.rights import AUDIT_LOG, SYNC_LOG, USER_ACCOUNT, rights_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _demo(django_db_setup, django_db_blocker):
    """The demo district, loaded once for all of these tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_demo", stdout=StringIO())
        yield
        transaction.set_rollback(True)


def entries():
    return AuditLogEntry.objects.filter(channel="demo")


def replayed() -> dict[str, dict[int, dict[str, str | None]]]:
    """The records by area as the log alone tells them, in the order of time; what is masked is left out."""
    told: dict[str, dict[int, dict[str, str | None]]] = {area.name: {} for area in all_areas()}
    for entry in AuditLogEntry.objects.order_by("timestamp", "id").prefetch_related("details"):
        if entry.action == "delete":
            del told[entry.table][entry.object_id]
            continue
        record = told[entry.table].setdefault(entry.object_id, {})
        record |= {line.property_name: line.new_value for line in entry.details.all() if not line.masked}
    return told


def in_database(area) -> dict[int, dict[str, str | None]]:
    columns = {area.field(name).attname: area.column(name) for name in area.recorded}
    return {
        row.pk: {column: as_text(getattr(row, name)) for name, column in columns.items()}
        for row in area.model_class.objects.all()
    }


def without_absent(records):
    return {pk: {name: value for name, value in row.items() if value is not None} for pk, row in records.items()}


def test_the_history_has_some_hundred_entries_in_every_area_with_every_action():
    assert 400 <= entries().count() <= 650
    pairs = set(entries().order_by().values_list("table", "action"))
    expected = {(area.name, action) for area in all_areas() for action in ("add", "change", "delete")}
    never = {("Preference", "add"), ("Preference", "delete")} | {
        (table, "change") for table in ("UserGroupMember", "UserToolRights", "UserGroupToolRights")
    }
    assert pairs == expected - never


def test_the_history_spans_months_mostly_in_working_hours_and_leaves_today_alone():
    times = list(entries().order_by("timestamp").values_list("timestamp", flat=True))
    assert timezone.localdate(times[-1]) == timezone.localdate() - datetime.timedelta(days=1)
    assert times[0] > timezone.now() - datetime.timedelta(days=275)
    assert times[-1] - times[0] > datetime.timedelta(days=200)
    by_day = [at for at in map(timezone.localtime, times) if 7 <= at.hour < 17 and at.weekday() < 5]
    assert len(by_day) / len(times) > 0.7


def test_every_mark_is_there_to_be_seen():
    assert set(AuditLogEntryMark.objects.values_list("mark", flat=True)) == set(Mark.values)


def test_each_click_is_a_change_set_and_time_passes_between_clicks():
    clicks = list(dict.fromkeys(entries().order_by("id").values_list("change_set", "timestamp")))
    assert len({change_set for change_set, _at in clicks}) == len(clicks)
    assert all(earlier < later for (_a, earlier), (_b, later) in pairwise(clicks))


def test_several_people_act_and_each_is_named():
    acting = set(entries().order_by().values_list("changed_by", "changed_by_name"))
    assert {("admin", "Ruth Vandermeer"), ("mthornquist", "Marit Thornquist")} <= acting
    assert len(acting) >= 4
    assert all(name for by, name in acting if not by.startswith("command: "))


def test_the_log_alone_tells_the_state_of_the_database():
    told = replayed()
    for area in all_areas():
        if area.name == "Preference":
            continue
        assert without_absent(told[area.name]) == without_absent(in_database(area)), area.name
    values = {row["name"]: row["value"] for row in preferences_told()}
    stored = dict(Preference.objects.values_list("name", "value"))
    assert {name: values.get(name, CATALOGUE[name].default) for name in CATALOGUE} == {
        name: stored.get(name, CATALOGUE[name].default) for name in CATALOGUE
    }


def preferences_told() -> list[dict[str, str | None]]:
    changes = AuditLogEntry.objects.filter(table="Preference").order_by("timestamp", "id")
    return [
        {"name": entry.affected_object, "value": entry.details.get(property_name="value").new_value}
        for entry in changes
    ]


def test_user_changes_are_silent_for_the_days_in_which_audit_users_was_off():
    off, on = entries().filter(table="Preference", affected_object="AuditUsers").order_by("timestamp")
    assert on.timestamp - off.timestamp >= datetime.timedelta(days=3)
    between = entries().filter(timestamp__gt=off.timestamp, timestamp__lt=on.timestamp)
    assert set(between.values_list("table", flat=True)) == {"Preference"}
    assert value_of("AuditUsers") == "true"


def test_there_are_schools_with_three_years_accounts_and_groups():
    assert School.objects.count() == 6
    assert Calendar.objects.count() == 18
    assert 40 <= UserAccount.objects.count() <= 49
    assert UserGroup.objects.count() >= 12
    assert all(account.email.endswith("@example.org") for account in UserAccount.objects.all())


def test_accounts_say_when_in_the_story_they_were_changed():
    account = UserAccount.objects.get(username="eblackwood")
    last = entries().filter(table="UserAccount", object_id=account.pk).latest("timestamp")
    assert (account.modified, account.modified_by) == (last.timestamp, last.changed_by)
    assert account.created < account.password_changed == last.timestamp


@pytest.mark.parametrize("username", SIGN_INS)
def test_every_sign_in_works(username):
    browser = Client()
    answer = browser.post("/login/", {"username": username, "password": PASSWORD})
    assert answer.status_code == 302
    assert browser.session["_auth_user_id"] == str(UserAccount.objects.get(username=username).pk)


def test_nobody_else_can_sign_in():
    others = UserAccount.objects.exclude(username__in=SIGN_INS)
    assert not any(account.has_usable_password() for account in others)


def test_the_sign_ins_hold_the_rights_they_are_for():
    rights = {name: rights_of(UserAccount.objects.get(username=name)) for name in SIGN_INS}
    assert rights["admin"].everything
    assert rights["auditor"].held == {(AUDIT_LOG, "Read")}
    assert rights["auditor"].account.expires_date > timezone.localdate()
    assert not rights["no.rights"].held
    for name, school in (("millbrook", "Millbrook High School"), ("harlow", "Harlow Ridge High School")):
        registrar = rights[f"registrar.{name}"]
        assert registrar.holds(SYNC_LOG, "Read")
        assert registrar.holds(SYNC_LOG, "Write")
        assert [found.name for found in registrar.schools] == [school]
    assert rights["registrar.district"].holds(SYNC_LOG, "Write")
    assert rights["registrar.district"].all_schools


@pytest.mark.parametrize("day", ["2024-02-29", "2025-03-10", "2025-08-20", "2025-11-03", "2026-01-01"])
def test_times_increase_and_lie_in_the_past_whatever_the_day(day):
    now = timezone.make_aware(datetime.datetime.fromisoformat(f"{day} 00:30"))
    times = [at for _click, at in timed(now, Random(day))]
    assert all(earlier < later for earlier, later in pairwise(times))
    assert times[-1] < now
    assert times == [at for _click, at in timed(now, Random(day))]


def test_a_right_that_one_who_left_gave_on_her_last_day_went_again_but_is_still_held_through_a_group():
    """The story of docs/tour.md."""
    left, holder = (UserAccount.objects.get(username=name) for name in ("vholloway", "jdoe"))
    assert left.disable
    assert left.security_role is None
    made = entries().filter(changed_by_id=left.pk).order_by("timestamp")
    last_day = [entry for entry in made if day_of(entry) == day_of(made.last())]
    assert day_of(made.first()) < day_of(made.last())
    assert len(last_day) >= 4
    assert {"jdoe, User Account", "jdoe, Help Desk"} <= {entry.affected_object for entry in last_day}
    gone = entries().get(
        table="UserToolRights", action="delete", affected_object="jdoe, User Account", details__existing_value="Write"
    )
    assert gone.changed_by == "mthornquist"
    assert rights_of(holder).holds(USER_ACCOUNT, "Write")


def day_of(entry):
    return timezone.localdate(entry.timestamp)
