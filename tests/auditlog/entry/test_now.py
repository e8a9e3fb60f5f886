from __future__ import annotations

import pytest

from auditlog.models import AuditLogEntry, AuditLogEntryDetail
from district.catalogue import CATALOGUE
from district.models import (
    Preference,
    Right,
    School,
    Tool,
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserSchoolYearRights,
    UserToolRights,
)
from district.preferences import set_value

from .shown import newest, words

pytestmark = pytest.mark.django_db


def user(**fields) -> UserAccount:
    return UserAccount.objects.create_user("jdoe", **fields)


def right(of: UserAccount) -> UserToolRights:
    return UserToolRights.objects.create(user=of, tool=Tool.objects.all()[0], right=Right.WRITE)


def test_a_value_that_is_as_the_entry_left_it_is_still_so(show):
    account = user()
    account.first_name = "John"
    account.save()
    shown = show(newest().pk)
    assert shown.today == "Still so today: the values are as this entry left them."
    assert shown.values_now == {"firstName": "John"}
    assert "changed since" not in shown.text


def test_a_value_that_was_changed_again_is_shown_and_the_others_are_still_so(show):
    account = user()
    account.first_name, account.last_name = "John", "Doe"
    account.save()
    pk = newest().pk
    account.first_name = "Jon"
    account.save()
    shown = show(pk)
    assert shown.today == "No longer so: this user account was changed since."
    assert shown.values_now == {"firstName": "Jon changed since", "lastName": "Doe"}


def test_a_record_that_is_gone_has_no_values_of_today(show):
    account = user()
    account.first_name = "John"
    account.save()
    pk = newest().pk
    account.delete()
    shown = show(pk)
    assert shown.today == "No longer so: this user account does not exist any more."
    assert shown.table == [["Property Name", "Existing Value", "New Value"], ["firstName", "empty text", "John"]]


def test_an_added_record_says_whether_it_exists_and_is_as_it_was_added(show):
    account = user(email="j@example.org")
    pk = newest().pk
    assert show(pk).today == "Still so today: this user account exists as it was added."
    account.email = "jd@example.org"
    account.save()
    assert show(pk).values_now["email"] == "jd@example.org changed since"
    assert show(pk).today == "No longer so: this user account was changed since."


def test_what_had_no_value_when_it_was_added_and_has_one_now_was_changed_since(show):
    row = UserSchoolYearRights.objects.create(user=user(), end_year=None)
    pk = newest().pk
    assert show(pk).today.startswith("Still so today: ")
    row.end_year = 2027
    row.save()
    assert show(pk).today == "No longer so: this calendar right of a user was changed since."
    row.end_year = None
    row.save()
    assert show(pk).today.startswith("Still so today: ")


@pytest.mark.parametrize("kind", ["tool right", "membership"])
def test_a_right_that_was_taken_and_given_again_is_the_same_right(show, kind):
    account, group = user(), UserGroup.objects.create(name="Teacher")

    def give():
        return right(account) if kind == "tool right" else UserGroupMember.objects.create(user=account, group=group)

    given = give()
    added = newest().pk
    assert show(added).today.startswith("Still so today: ")
    given.delete()
    deleted = newest().pk
    assert show(added).today.startswith("No longer so: ")
    assert show(deleted).today.startswith("Still so today: ")
    assert show(deleted).today.endswith(" does not exist.")
    give()
    assert show(added).today.startswith("Still so today: ")
    assert show(deleted).today.endswith(" exists again.")


def test_a_right_of_another_is_another_right(show):
    given = right(user())
    added = newest().pk
    given.delete()
    right(UserAccount.objects.create_user("other"))
    assert show(added).today == "No longer so: this tool right of a user does not exist any more."


def test_a_preference_without_a_row_has_its_default(show):
    set_value("SearchLimit", "600")
    pk = newest().pk
    assert show(pk).values_now == {"value": "600"}
    set_value("SearchLimit", None)
    assert show(pk).values_now == {"value": "500 changed since"}
    assert show(newest().pk).today == "Still so today: the values are as this entry left them."


def test_a_preference_that_is_in_the_catalogue_no_more_has_no_value(show, monkeypatch):
    set_value("SearchLimit", "600")
    pk = newest().pk
    Preference.objects.all().delete()
    monkeypatch.delitem(CATALOGUE, "SearchLimit")
    assert show(pk).values_now == {"value": "no value changed since"}


def test_the_name_that_an_id_stands_for_today_stands_with_it(show):
    school = School.objects.create(name="Steep Falls")
    UserSchoolYearRights.objects.create(user=user(), school=school)
    pk = newest().pk
    School.objects.update(name="Steeper Falls")
    shown = show(pk)
    assert f"{school.pk} (Steep Falls)" in [row[1] for row in shown.table]
    assert shown.values_now["schoolID"] == f"{school.pk} (Steeper Falls)"


def test_a_secret_is_shown_neither_then_nor_now_and_nobody_is_told_whether_it_is_still_so(show):
    account = user(password="chalk-and-slate-1")
    account.set_password("chalk-and-slate-2")
    account.save()
    shown = show(newest().pk)
    assert shown.values_now == {"password": "not shown"}
    assert shown.today == "This user account still exists."
    account.refresh_from_db()
    assert account.password not in shown.page
    assert account.password.rpartition("$")[2] not in shown.page


def test_the_values_of_today_are_read_while_the_area_is_not_being_recorded(show):
    account = user()
    account.first_name = "John"
    account.save()
    pk = newest().pk
    set_value("AuditUsers", "false")
    account.first_name = "Jon"
    account.save()
    assert show(pk).values_now == {"firstName": "Jon changed since"}


def test_an_entry_older_than_its_subject_is_looked_up_by_its_id(show):
    account = user()
    told = bare("UserAccount", account.pk, first_name=("", "John"))
    assert show(told).values_now == {"firstName": "empty text changed since"}
    assert show(bare("UserToolRights", 10**9)).today.startswith("No longer so: ")


def test_an_area_that_is_audited_no_more_and_a_column_that_is_gone_are_no_error(show):
    assert show(bare("Locker", 1)).today == ""
    account = user()
    assert show(bare("UserAccount", account.pk, shoeSize=("41", "42"))).values_now == {"shoeSize": "not kept any more"}


def bare(table: str, object_id: int, **changes: tuple[str, str]) -> int:
    """An entry without a subject, as one from before there were any."""
    columns = {"first_name": "firstName"}
    entry = AuditLogEntry(
        timestamp="2026-01-01T12:00:00Z",
        table=table,
        action="change",
        affected_object="x",
        changed_by="admin",
        object_id=object_id,
        change_set="0" * 32,
        channel="web",
    )
    entry.save()
    for position, (name, (old, new)) in enumerate(changes.items()):
        AuditLogEntryDetail(
            entry=entry,
            position=position,
            property_name=columns.get(name, name),
            existing_value=old,
            new_value=new,
        ).save()
    return entry.pk


def test_only_who_may_read_the_log_is_told_the_values_of_today(client, nobody_special):
    user(email="secret@example.org")
    client.force_login(nobody_special)
    response = client.get(f"/audit-log/{newest().pk}/")
    assert response.status_code == 403
    assert "secret@example.org" not in words(response.content.decode())
