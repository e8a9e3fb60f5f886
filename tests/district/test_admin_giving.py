"""Nobody gives what he does not hold himself; the last administrator stays."""

from __future__ import annotations

import pytest

from auditlog.models import AccessLogEntry
from district.memberships import role_set, user_groups_change
from district.models import (
    Right,
    School,
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserSchoolYearRights,
)
from district.rights import GROUP_CALENDAR_RIGHTS, RESET_PASSWORD, USER_ACCOUNT, USER_GROUP
from district.roles import GROUP_ASSIGNMENT, LOGIN_AS_USER, STUDENT_INFORMATION_SYSTEM, role_group
from tests.people import person

from .pages import account_url, errors, group_url, last_id, save, save_account, save_group, since

pytestmark = pytest.mark.django_db

ROWS = "calendar_rights"
ALL = [Right.READ, Right.WRITE, Right.ADD, Right.DELETE]


@pytest.fixture
def clerk(administrator):
    """May do everything with accounts and groups by tool rights, but is no administrator."""
    return person(
        "clerk",
        *[(tool, right) for tool in (USER_ACCOUNT, USER_GROUP) for right in ALL],
        (GROUP_CALENDAR_RIGHTS, Right.READ),
        (GROUP_CALENDAR_RIGHTS, Right.WRITE),
        (RESET_PASSWORD, Right.WRITE),
    )


@pytest.fixture
def assigner(administrator):
    """Holds GROUP ASSIGNMENT and nothing else."""
    account = person("assigner")
    role_set(user=account, role=GROUP_ASSIGNMENT)
    return account


@pytest.fixture
def jdoe():
    return UserAccount.objects.create_user("jdoe", "x")


@pytest.fixture
def health():
    return UserGroup.objects.create(name="Health Staff")


def refused():
    return list(AccessLogEntry.objects.filter(event="refused").order_by("pk").values_list("changed_by", "criteria"))


def nothing_changed(mark):
    return since(mark) == []


def test_a_group_is_given_only_by_who_is_in_it_and_the_refused_try_is_traced(client, clerk, jdoe, health):
    client.force_login(clerk)
    mark = last_id()
    found = errors(save_account(client, jdoe, groups_add=[health.pk], first_name="John"))
    assert "Health Staff" in found["groups_add"][0]
    assert nothing_changed(mark)
    assert refused() == [("clerk", "give Health Staff to jdoe")]
    user_groups_change(user=clerk, add=[health])
    assert save_account(client, jdoe, groups_add=[health.pk]).status_code == 302
    assert UserGroupMember.objects.filter(user=jdoe, group=health).exists()


def test_members_are_put_only_into_a_group_that_one_is_in_but_may_be_taken_out(client, clerk, jdoe, health):
    client.force_login(clerk)
    assert "members_add" in errors(save_group(client, health, members_add=[jdoe.pk]))
    assert refused() == [("clerk", "put jdoe into Health Staff")]
    user_groups_change(user=jdoe, add=[health])
    assert save_group(client, health, members_remove=[jdoe.pk]).status_code == 302
    assert not health.memberships.exists()


@pytest.mark.parametrize("role", [STUDENT_INFORMATION_SYSTEM, GROUP_ASSIGNMENT, LOGIN_AS_USER])
def test_a_role_is_given_only_by_who_holds_it(client, clerk, jdoe, role):
    client.force_login(clerk)
    mark = last_id()
    assert "role" in errors(save_account(client, jdoe, role=role))
    assert "members_add" in errors(save_group(client, role_group(role), members_add=[jdoe.pk]))
    assert nothing_changed(mark)
    assert refused() == [("clerk", f"give {role} to jdoe"), ("clerk", f"put jdoe into {role}")]


def test_nobody_gives_himself_more(client, clerk, health):
    client.force_login(clerk)
    mark = last_id()
    found = errors(save_account(client, clerk, role=STUDENT_INFORMATION_SYSTEM, groups_add=[health.pk]))
    assert {"role", "groups_add"} <= set(found)
    assert nothing_changed(mark)


def test_calendar_rights_are_given_no_wider_than_held(client, clerk, jdoe, health):
    school = School.objects.create(name="Steep Falls Elementary School")
    UserSchoolYearRights.objects.create(user=clerk, end_year=None, school=school)
    client.force_login(clerk)
    for changes in (
        {f"{ROWS}-0-end_year": "all"},
        {f"{ROWS}-0-end_year": "all", f"{ROWS}-0-school_id": str(school.pk), f"{ROWS}-0-modify_rights": "on"},
        {f"{ROWS}-0-end_year": "all", f"{ROWS}-0-school_id": str(school.pk), f"{ROWS}-0-close_months": "on"},
    ):
        assert "0-end_year" in errors(save_account(client, jdoe, **changes))
        assert "0-end_year" in errors(save_group(client, health, **changes))
    assert len(refused()) == 6
    allowed = {f"{ROWS}-0-end_year": "all", f"{ROWS}-0-school_id": str(school.pk)}
    assert save_account(client, jdoe, **allowed).status_code == 302
    assert save_group(client, health, **allowed).status_code == 302
    assert jdoe.calendar_rights.get().school == health.calendar_rights.get().school == school


def test_only_an_administrator_changes_disables_deletes_or_resets_another_one(client, clerk, administrator):
    client.force_login(clerk)
    mark = last_id()
    assert client.get(account_url(administrator)).status_code == 200
    for page, data in (("change", {"username": "x"}), ("delete", {"post": "yes"}), ("failed-sign-ins", {})):
        assert client.post(account_url(administrator, page), data).status_code == 403
    assert client.get(account_url(administrator, "password")).status_code == 403
    bulk = {"action": "delete_selected", "_selected_action": [administrator.pk], "post": "yes"}
    answer = client.post("/admin/district/useraccount/", bulk)
    assert "Only a holder of STUDENT INFORMATION SYSTEM" in answer.content.decode()
    admins = role_group(STUDENT_INFORMATION_SYSTEM)
    assert "members_remove" in errors(save_group(client, admins, members_remove=[administrator.pk]))
    # Exchanging his role for another one would strip him too.
    role_set(user=clerk, role=LOGIN_AS_USER)
    other = role_group(LOGIN_AS_USER)
    assert "members_add" in errors(save_group(client, other, members_add=[administrator.pk]))
    assert [entry.affected_object for entry in since(mark) if "admin" in entry.affected_object] == []
    assert len(refused()) >= 4


def test_the_last_administrator_cannot_be_disabled_expired_stripped_or_deleted(client, administrator):
    client.force_login(administrator)
    disabled = UserAccount.objects.create_superuser("disabled", "x", disable=True)
    mark = last_id()
    last = "last active account"
    assert last in errors(save_account(client, administrator, disable="on"))["disable"][0]
    assert last in errors(save_account(client, administrator, expires_date="2020-01-01"))["expires_date"][0]
    assert last in errors(save_account(client, administrator, expires_date="2199-01-01"))["expires_date"][0]
    assert last in errors(save_account(client, administrator, role=GROUP_ASSIGNMENT))["role"][0]
    assert last in errors(save_account(client, administrator, role=""))["role"][0]
    admins = role_group(STUDENT_INFORMATION_SYSTEM)
    assert last in errors(save_group(client, admins, members_remove=[administrator.pk]))["members_remove"][0]
    others = role_group(GROUP_ASSIGNMENT)
    assert last in errors(save_group(client, others, members_add=[administrator.pk]))["members_add"][0]
    for answer in (
        client.post(account_url(administrator, "delete"), {"post": "yes"}),
        client.post(
            "/admin/district/useraccount/",
            {"action": "delete_selected", "_selected_action": [administrator.pk, disabled.pk], "post": "yes"},
        ),
    ):
        assert last in answer.content.decode()
    assert nothing_changed(mark)
    assert UserAccount.objects.get(pk=administrator.pk).security_role == STUDENT_INFORMATION_SYSTEM


def test_one_of_two_administrators_can_go_and_the_role_can_be_handed_over_on_its_page(client, administrator, jdoe):
    client.force_login(administrator)
    second = UserAccount.objects.create_superuser("second", "x")
    assert save_account(client, second, disable="on").status_code == 302
    admins = role_group(STUDENT_INFORMATION_SYSTEM)
    answer = save_group(client, admins, members_add=[jdoe.pk], members_remove=[administrator.pk])
    assert answer.status_code == 302
    assert UserAccount.objects.get(pk=jdoe.pk).security_role == STUDENT_INFORMATION_SYSTEM
    assert UserAccount.objects.get(pk=administrator.pk).security_role is None
    assert not administrator.memberships.exists()


def test_a_role_group_keeps_its_name_and_cannot_be_deleted(client, administrator):
    client.force_login(administrator)
    admins = role_group(STUDENT_INFORMATION_SYSTEM)
    mark = last_id()
    save_group(client, admins, name="Renamed")
    assert UserGroup.objects.get(pk=admins.pk).name == STUDENT_INFORMATION_SYSTEM
    assert client.post(group_url(admins, "delete"), {"post": "yes"}).status_code == 403
    bulk = {"action": "delete_selected", "_selected_action": [admins.pk], "post": "yes"}
    assert "cannot be deleted" in client.post("/admin/district/usergroup/", bulk).content.decode()
    assert nothing_changed(mark)


def test_group_assignment_changes_memberships_of_ordinary_groups_and_nothing_else(client, assigner, jdoe, health):
    client.force_login(assigner)
    user_groups_change(user=assigner, add=[health])
    mark = last_id()
    answer = save_account(client, jdoe, groups_add=[health.pk], username="hacked", disable="on", role=GROUP_ASSIGNMENT)
    assert answer.status_code == 302
    assert [(e.table, e.action, e.affected_object) for e in since(mark)] == [
        ("UserGroupMember", "add", "jdoe, Health Staff")
    ]
    answer = save_group(client, health, members_remove=[jdoe.pk], name="hacked", description="hacked")
    assert answer.status_code == 302
    assert [(e.table, e.action) for e in since(mark)][1:] == [("UserGroupMember", "delete")]
    another = UserGroup.objects.create(name="Another")
    assert "groups_add" in errors(save_account(client, jdoe, groups_add=[another.pk]))
    assert client.post(group_url(role_group(GROUP_ASSIGNMENT)), {"members_add": [jdoe.pk]}).status_code == 403
    for url in (
        account_url(jdoe, "delete"),
        account_url(jdoe, "password"),
        account_url(jdoe, "failed-sign-ins"),
        group_url(health, "delete"),
        "/admin/district/useraccount/add/",
        "/admin/district/usergroup/add/",
        "/admin/district/preference/",
    ):
        assert client.post(url, {"post": "yes"}).status_code == 403


def test_a_password_is_reset_by_the_subright_and_the_change_is_recorded_without_it(client, clerk, jdoe):
    client.force_login(clerk)
    password = "grass-and-4-clouds"
    mark = last_id()
    found = errors(save(client, account_url(jdoe, "password"), new_password1="jdoe", new_password2="jdoe"))
    assert "new_password2" in found
    answer = save(client, account_url(jdoe, "password"), new_password1=password, new_password2=password)
    assert answer.status_code == 302
    jdoe.refresh_from_db()
    assert jdoe.check_password(password)
    assert jdoe.force_password_change
    assert (jdoe.password_changed_by, jdoe.modified_by) == ("clerk", "clerk")
    (entry,) = since(mark)
    assert dict(entry.details.values_list("property_name", "masked")) == {
        "password": True,
        "forcePasswordChange": False,
    }
    clerk.tool_rights.filter(tool__path=RESET_PASSWORD).delete()
    assert client.get(account_url(jdoe, "password")).status_code == 403


def test_failed_sign_ins_are_set_back_by_a_button_without_an_entry(client, clerk, jdoe):
    client.force_login(clerk)
    UserAccount.objects.filter(pk=jdoe.pk).update(failed_logins=7)
    assert "Reset failed sign-ins" in client.get(account_url(jdoe)).content.decode()
    assert client.get(account_url(jdoe, "failed-sign-ins")).status_code == 403
    mark = last_id()
    assert client.post(account_url(jdoe, "failed-sign-ins")).status_code == 302
    assert UserAccount.objects.get(pk=jdoe.pk).failed_logins == 0
    assert nothing_changed(mark)
    client.force_login(UserAccount.objects.create_user("curious"))
    for pk in (jdoe.pk, 10**6):
        answer = client.post(f"/admin/district/useraccount/{pk}/failed-sign-ins/")
        assert answer.status_code == 403, "nobody learns which accounts there are"
