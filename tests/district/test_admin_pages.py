"""Who may open and post which record page, what hostile input does, and what a page costs."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auditlog.models import AuditLogEntry
from district.memberships import role_set
from district.models import (
    Calendar,
    Preference,
    Right,
    School,
    Tool,
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserGroupSchoolYearRights,
    UserSchoolYearRights,
    UserToolRights,
)
from district.rights import (
    AUDIT_LOG,
    GROUP_CALENDAR_RIGHTS,
    GROUP_TOOL_RIGHTS,
    PREFERENCES,
    RESET_PASSWORD,
    SCHOOL_INFORMATION,
    SECURITY_PREFERENCES,
    USER_ACCOUNT,
    USER_GROUP,
)
from district.roles import GROUP_ASSIGNMENT
from tests.people import person

from .pages import (
    account_url,
    errors,
    group_url,
    last_id,
    save,
    save_account,
    save_group,
    save_preferences,
    shown,
    since,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def records(administrator):
    school = School.objects.create(name="Harrison High School")
    calendar = Calendar.objects.create(school=school, name="26-27", end_year=2027)
    jdoe = UserAccount.objects.create_user("jdoe", "x")
    group = UserGroup.objects.create(name="Health Staff")
    return {"jdoe": jdoe, "group": group, "school": school, "calendar": calendar}


#: Page: the tools and right that open it, and the right that its POST takes.
PAGES = {
    "useraccount/": ([USER_ACCOUNT], Right.READ),
    "useraccount/add/": ([USER_ACCOUNT], Right.ADD),
    "useraccount/{jdoe}/change/": ([USER_ACCOUNT], Right.READ),
    "useraccount/{jdoe}/delete/": ([USER_ACCOUNT], Right.DELETE),
    "useraccount/{jdoe}/password/": ([RESET_PASSWORD], Right.WRITE),
    "usergroup/": ([USER_GROUP], Right.READ),
    "usergroup/add/": ([USER_GROUP], Right.ADD),
    "usergroup/{group}/change/": ([USER_GROUP], Right.READ),
    "usergroup/{group}/delete/": ([USER_GROUP], Right.DELETE),
    "preference/": ([PREFERENCES, SECURITY_PREFERENCES], Right.READ),
    "school/": ([SCHOOL_INFORMATION], Right.READ),
    "school/add/": ([SCHOOL_INFORMATION], Right.ADD),
    "school/{school}/change/": ([SCHOOL_INFORMATION], Right.READ),
    "school/{school}/delete/": ([SCHOOL_INFORMATION], Right.DELETE),
    "calendar/": ([SCHOOL_INFORMATION], Right.READ),
    "calendar/add/": ([SCHOOL_INFORMATION], Right.ADD),
    "calendar/{calendar}/change/": ([SCHOOL_INFORMATION], Right.READ),
    "calendar/{calendar}/delete/": ([SCHOOL_INFORMATION], Right.DELETE),
}
TOOLS = [USER_ACCOUNT, RESET_PASSWORD, USER_GROUP, PREFERENCES, SECURITY_PREFERENCES, SCHOOL_INFORMATION, AUDIT_LOG]
#: Adding, changing and deleting take no Read; but who may write a record may see it.
OPENS = {Right.READ: {Right.READ, Right.WRITE}}


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_for_its_own_right_and_for_no_other(client, records, page):
    tools, needed = PAGES[page]
    url = "/admin/district/" + page.format(**{name: record.pk for name, record in records.items()})
    client.force_login(person("others", *[(tool, right) for tool in TOOLS if tool not in tools for right in Right]))
    assert client.get(url).status_code == 403
    opens = OPENS.get(needed, {needed})
    for tool in tools:
        for right in Right:
            client.force_login(person(f"{tools.index(tool)}-{right}", (tool, right)))
            assert client.get(url).status_code == (200 if right in opens else 403), (tool, right)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_opens_for_strangers_people_without_rights_and_disabled_accounts(client, records, page):
    url = "/admin/district/" + page.format(**{name: record.pk for name, record in records.items()})
    assert client.get(url).status_code == 302
    client.force_login(person("plain"))
    assert client.get(url).status_code == 403
    assert client.post(url, {"post": "yes"}).status_code == 403
    client.force_login(UserAccount.objects.create_superuser("gone", "x", disable=True))
    assert client.get(url).status_code == 302


def test_reading_shows_and_does_not_write(client, records):
    reader = person("reader", *[(tool, Right.READ) for tool in TOOLS])
    client.force_login(reader)
    mark = last_id()
    for name, page in (("jdoe", "useraccount"), ("group", "usergroup"), ("school", "school")):
        url = f"/admin/district/{page}/{records[name].pk}/change/"
        assert str(records[name]) in client.get(url).content.decode()
        assert client.post(url, {"name": "x", "username": "x"}).status_code == 403
    page = client.get("/admin/district/preference/")
    assert 'name="AuditUsers"' in page.content.decode()
    assert 'type="submit" class="default"' not in page.content.decode()
    assert client.post("/admin/district/preference/", {"AuditUsers": "false"}).status_code == 403
    assert since(mark) == []


def test_the_account_security_section_has_a_tool_right_of_its_own(client, administrator):
    client.force_login(person("writer", (PREFERENCES, Right.READ), (PREFERENCES, Right.WRITE)))
    page = client.get("/admin/district/preference/").content.decode()
    assert "SearchFieldOrder" in page
    assert "AuditUsers" not in page
    assert save_preferences(client, SearchFieldOrder="before", AuditUsers="false").status_code == 302
    assert list(Preference.objects.values_list("name", "value")) == [("SearchFieldOrder", "before")]
    client.force_login(person("security", (SECURITY_PREFERENCES, Right.READ), (SECURITY_PREFERENCES, Right.WRITE)))
    assert "SearchFieldOrder" not in client.get("/admin/district/preference/").content.decode()
    assert save_preferences(client, AuditUsers="false").status_code == 302
    assert Preference.objects.get(name="AuditUsers").value == "false"


def test_who_switches_audit_users_off_is_told_what_that_means(client, administrator):
    client.force_login(administrator)

    def told(**values):
        save_preferences(client, **values)
        return client.get("/admin/district/preference/").content.decode()

    page = told(AuditUsers="false")
    assert "1 preference changed." in page
    assert "are not recorded, until Audit Users is on again" in page
    assert "are not recorded" not in told(SearchFieldOrder="before", AuditUsers="false")
    assert "are not recorded" not in told(AuditUsers="true")


def test_preferences_are_set_back_to_their_default_and_a_stale_page_undoes_nothing(client, administrator):
    client.force_login(administrator)
    stale = shown(client, "/admin/district/preference/")
    save_preferences(client, SearchFieldOrder="before", GPADigits="2")
    client.post("/admin/district/preference/", stale | {"SearchLimit": ["100"]})
    values = dict(Preference.objects.values_list("name", "value"))
    assert values == {"SearchFieldOrder": "before", "GPADigits": "2", "SearchLimit": "100"}
    save_preferences(client, **{"default-SearchFieldOrder": "on", "GPADigits": "3"})
    assert dict(Preference.objects.values_list("name", "value")) == {"SearchLimit": "100"}
    newest = AuditLogEntry.objects.order_by("-id")[:2]
    assert {entry.action for entry in newest} == {"change"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SearchFieldOrder", "beside"),
        ("GPADigits", "seven"),
        ("GPADigits", "7"),
        ("GPADigits", ""),
        ("AuditUsers", "1"),
    ],
)
def test_a_wrong_preference_is_a_message_beside_the_field_and_nothing_is_saved(client, administrator, name, value):
    client.force_login(administrator)
    answer = save_preferences(client, **{name: value, "SearchLimit": "100"})
    assert name in errors(answer)
    assert not Preference.objects.exists()


def test_a_form_that_names_no_field_to_look_a_record_up_by_is_no_error_page(client, records, administrator):
    client.force_login(administrator)
    assert client.post(group_url(records["group"]), {"_to_field": ""}).status_code == 200
    answer = client.post(group_url(records["group"], "delete"), {"_to_field": "", "post": "yes"})
    assert answer["Location"] == "/admin/district/usergroup/"


def test_group_tool_and_calendar_rights_open_the_group_for_themselves_only(client, records):
    group = records["group"]
    client.force_login(person("tools", (GROUP_TOOL_RIGHTS, Right.READ)))
    assert client.get(group_url(group)).status_code == 200
    assert client.post(group_url(group), {"name": "x"}).status_code == 403
    holder = person("calendars", (GROUP_CALENDAR_RIGHTS, Right.READ), (GROUP_CALENDAR_RIGHTS, Right.WRITE))
    UserSchoolYearRights.objects.create(user=holder)
    client.force_login(holder)
    mark = last_id()
    answer = save_group(
        client, group, **{"calendar_rights-0-end_year": "2027", "name": "x", "members_add": [holder.pk]}
    )
    assert answer.status_code == 302
    assert [(e.table, e.action) for e in since(mark)] == [("UserGroupSchoolYearRights", "add")]


def test_only_the_record_pages_are_registered_and_django_keeps_no_log_of_its_own(client, administrator):
    ours = {model.__name__ for model in admin.site._registry if model._meta.app_label != "crosssite"}
    assert ours == {"UserAccount", "UserGroup", "Preference", "School", "Calendar"}
    client.force_login(administrator)
    save_group(client, name="Health Staff")
    save_group(client, UserGroup.objects.get(name="Health Staff"), name="Health")
    group = UserGroup.objects.get(name="Health")
    answer = client.get(group_url(group, "history"))
    assert answer.headers["Location"] == f"/audit-log/of/UserGroup/{group.pk}/"
    client.post(group_url(group, "delete"), {"post": "yes"})
    assert not LogEntry.objects.exists()


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "formula": '=HYPERLINK("http://x","y")',
    "nul": "a\0b",
    "control": "a\x07b\x1b[31m",
    "line break": "a\nb",
    "right to left": "\u202eevil\u202c שלום",
    "long": "x" * 40_000,
    "emoji": "👩🏽‍🏫 Ünï",
    "spaces": "   ",
}
REFUSED = {"nul", "control", "line break", "long", "spaces"}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_in_a_name_is_refused_beside_the_field_or_shown_as_text(client, administrator, kind):
    client.force_login(administrator)
    text = HOSTILE[kind]
    answer = save_group(client, name=text)
    if kind in REFUSED:
        assert "name" in errors(answer)
        return
    group = UserGroup.objects.get(name=text)
    for url in (group_url(group), group_url(group, "delete"), "/admin/district/usergroup/", account_url(administrator)):
        assert "<script>alert" not in client.get(url).content.decode()
    assert client.post(group_url(group, "delete"), {"post": "yes"}).status_code == 302
    assert AuditLogEntry.objects.filter(affected_object=text, action="delete").exists()


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_in_every_other_field_is_never_an_error_page(client, records, administrator, kind):
    client.force_login(administrator)
    text = HOSTILE[kind]
    jdoe = records["jdoe"]
    fields = ("username", "first_name", "last_name", "email", "staff_number", "homepage", "role", "expires_date")
    rows = ("calendar_rights-0-end_year", "calendar_rights-0-id")
    page = shown(client, account_url(jdoe), "useraccount_form")
    for field in (*fields, *rows):
        assert client.post(account_url(jdoe), page | {field: text}).status_code in {200, 302}, field
    assert client.post(account_url(jdoe), page | {"groups_add": [text]}).status_code == 200
    page = shown(client, group_url(records["group"]), "usergroup_form")
    texts = {"description": text, "associated_product": text}
    assert client.post(group_url(records["group"]), page | texts).status_code in {200, 302}
    assert client.post(group_url(records["group"]), page | {"members_remove": [text]}).status_code == 200
    assert save_preferences(client, FlagableHealthConditions=text, SearchLimit=text).status_code in {200, 302}
    url = f"/admin/district/school/{records['school'].pk}/change/"
    assert save(client, url, "school_form", name=text, identifier=text).status_code in {200, 302}
    url = f"/admin/district/calendar/{records['calendar'].pk}/change/"
    assert save(client, url, "calendar_form", name=text, end_year=text, start_date=text).status_code in {200, 302}
    password = {"new_password1": text, "new_password2": text}
    assert save(client, account_url(jdoe, "password"), **password).status_code in {200, 302}
    assert client.get("/admin/district/useraccount/", {"q": text[:2000], "security_role": text[:2000]}).status_code in {
        200,
        302,
    }


@pytest.mark.parametrize("object_id", ["0", "999999", "9" * 30, "abc", "%00", "_00", "1' or 1"])
@pytest.mark.parametrize(
    "page", ["useraccount/{}/change/", "usergroup/{}/change/", "usergroup/{}/delete/", "school/{}/change/"]
)
def test_a_record_that_is_not_there_is_said_so(client, administrator, page, object_id):
    client.force_login(administrator)
    assert client.get("/admin/district/" + page.format(object_id)).status_code in {302, 403, 404}
    assert client.post("/admin/district/" + page.format(object_id), {"post": "yes"}).status_code in {302, 403, 404}


def test_user_names_differ_by_more_than_letter_case_in_every_script(client, administrator):
    client.force_login(administrator)
    password = {"password1": "grass-and-4-clouds", "password2": "grass-and-4-clouds"}
    assert save_account(client, username="Ölaf", **password).status_code == 302
    for name in ("ölaf", "ÖLAF", "Ölaf", "ADMIN"):
        assert "username" in errors(save_account(client, username=name, **password))
    olaf = UserAccount.objects.get(username="Ölaf")
    assert save_account(client, olaf, username="ölaf").status_code == 302


def test_a_new_account_needs_a_good_password_twice(client, administrator):
    client.force_login(administrator)
    found = errors(save_account(client, username="jdoe", password1="12345678", password2="12345678"))
    assert "password1" in found
    found = errors(save_account(client, username="jdoe", password1="grass-and-4-clouds", password2="another"))
    assert "password2" in found
    assert not UserAccount.objects.filter(username="jdoe").exists()


def test_a_stale_page_undoes_nothing_of_what_another_did_meanwhile(client, records, administrator):
    client.force_login(administrator)
    jdoe, group = records["jdoe"], records["group"]
    another = UserGroup.objects.create(name="Another")
    stale = shown(client, account_url(jdoe), "useraccount_form")
    UserAccount.objects.filter(pk=jdoe.pk).update(disable=True, last_name="Doe")
    UserGroupMember.objects.create(user=jdoe, group=group)
    mark = last_id()
    client.post(account_url(jdoe), stale | {"first_name": ["John"], "groups_add": [another.pk]})
    now = UserAccount.objects.get(pk=jdoe.pk)
    assert (now.first_name, now.last_name, now.disable) == ("John", "Doe", True)
    assert {m.group for m in now.memberships.all()} == {group, another}
    assert [(e.table, e.action) for e in since(mark)] == [("UserAccount", "change"), ("UserGroupMember", "add")]


def test_a_record_deleted_while_its_page_was_open_is_a_message(client, records, administrator):
    client.force_login(administrator)
    jdoe, group = records["jdoe"], records["group"]
    on_account = shown(client, account_url(jdoe), "useraccount_form")
    on_group = shown(client, group_url(group), "usergroup_form")
    other = UserGroup.objects.create(name="Another")
    member = UserAccount.objects.create_user("member", "x")
    url, pk = account_url(member), member.pk
    jdoe.delete()
    assert client.post(account_url(UserAccount(pk=999)), on_account).status_code == 302
    assert "members_add" in errors(client.post(group_url(group), on_group | {"members_add": [999]}))
    stale = shown(client, url, "useraccount_form")
    other_pk = other.pk
    other.delete()
    assert "groups_add" in errors(client.post(url, stale | {"groups_add": [other_pk]}))
    UserSchoolYearRights.objects.create(user_id=pk, end_year=2027)
    stale = shown(client, url, "useraccount_form")
    UserSchoolYearRights.objects.all().delete()
    answer = client.post(url, stale | {"calendar_rights-0-modify_rights": "on"})
    assert "deleted one of these rows" in errors(answer)["rows"][0]
    assert "deleted one of these rows" in answer.content.decode()


def test_deleting_names_what_goes_with_it(client, records, administrator):
    client.force_login(administrator)
    group, jdoe = records["group"], records["jdoe"]
    UserGroup.objects.filter(pk=group.pk).update(account_automation=True)
    UserGroupMember.objects.create(user=jdoe, group=group)
    UserGroupSchoolYearRights.objects.create(group=group, end_year=2027)
    UserToolRights.objects.create(user=jdoe, tool=Tool.objects.first(), right="Read")
    page = client.get(group_url(group, "delete")).content.decode()
    for line in ("1 member loses", "1 calendar right of the group", "account automation"):
        assert line in page
    bulk = {"action": "delete_selected", "_selected_action": [group.pk]}
    assert "1 member loses" in client.post("/admin/district/usergroup/", bulk).content.decode()
    page = client.get(account_url(jdoe, "delete")).content.decode()
    for line in ("leaves 1 user group", "1 tool right of its own goes"):
        assert line in page
    assert "0 " not in page[page.index("leaves 1 user group") :][:200], "what there is none of is not mentioned"
    assert "your own account" not in page
    UserAccount.objects.create_superuser("second")
    own = client.get(account_url(administrator, "delete")).content.decode()
    assert "your own account" in own
    mark = last_id()
    assert client.post("/admin/district/usergroup/", bulk | {"post": "yes"}).status_code == 302
    assert len({entry.change_set for entry in since(mark)}) == 1
    assert len(since(mark)) == 3


def test_a_school_or_calendar_that_rights_refer_to_stays_and_the_page_names_them(client, records, administrator):
    client.force_login(administrator)
    UserSchoolYearRights.objects.create(
        user=records["jdoe"], school=records["school"], calendar=records["calendar"], end_year=2027
    )
    for name, page in (("school", "school"), ("calendar", "calendar")):
        url = f"/admin/district/{page}/{records[name].pk}/delete/"
        assert "jdoe, 2027, Harrison High School" in client.get(url).content.decode()
        assert client.post(url, {"post": "yes"}).status_code == 200
        bulk = {"action": "delete_selected", "_selected_action": [records[name].pk], "post": "yes"}
        assert "jdoe, 2027" in client.post(f"/admin/district/{page}/", bulk).content.decode()
    assert School.objects.exists()
    assert Calendar.objects.exists()


def test_a_calendar_right_names_a_calendar_only_of_its_school_and_year_and_only_once(client, records, administrator):
    client.force_login(administrator)
    school, calendar = records["school"], records["calendar"]
    row = "calendar_rights-0-"
    wrong = {f"{row}end_year": "all", f"{row}calendar_id": str(calendar.pk)}
    assert "0-calendar_id" in errors(save_account(client, records["jdoe"], **wrong))
    assert "0-end_year" in errors(save_account(client, records["jdoe"], **{f"{row}school_id": str(school.pk)}))
    right = {f"{row}end_year": "2027", f"{row}school_id": str(school.pk), f"{row}calendar_id": str(calendar.pk)}
    assert save_account(client, records["jdoe"], **right).status_code == 302
    again = {name.replace("-0-", "-1-"): value for name, value in right.items()}
    assert "rows" in errors(save_account(client, records["jdoe"], **again))


def queries(act):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = act()
    assert answer.status_code in {200, 302}, answer.status_code
    return len(captured)


def test_pages_and_saves_cost_the_same_with_few_and_with_many_rows(client, records, administrator):
    client.force_login(administrator)
    jdoe, group = records["jdoe"], records["group"]
    UserSchoolYearRights.objects.create(user=jdoe, end_year=2027)
    UserGroupMember.objects.create(user=jdoe, group=group)
    urls = [
        account_url(jdoe),
        group_url(group),
        account_url(jdoe, "delete"),
        group_url(group, "delete"),
        "/admin/district/useraccount/",
        "/admin/district/usergroup/",
        "/admin/district/calendar/",
    ]
    few = UserGroup.objects.bulk_create(UserGroup(name=f"few {n}") for n in range(30))
    for url in urls:
        client.get(url)  # what is asked once in a process is asked here
    first = [queries(lambda url=url: client.get(url)) for url in urls]
    stale = shown(client, account_url(jdoe), "useraccount_form")
    # Thirty: from 25 on a change set is marked as many changes, which costs one more.
    first.append(queries(lambda: client.post(account_url(jdoe), stale | {"groups_add": [one.pk for one in few]})))
    groups = UserGroup.objects.bulk_create(UserGroup(name=f"group {n}") for n in range(60))
    people = UserAccount.objects.bulk_create(UserAccount(username=f"user{n}") for n in range(60))
    UserGroupMember.objects.bulk_create(UserGroupMember(user=one, group=group) for one in people)
    UserSchoolYearRights.objects.bulk_create(
        UserSchoolYearRights(user=jdoe, end_year=2027, school=school)
        for school in School.objects.bulk_create(School(name=f"school {n}") for n in range(30))
    )
    UserGroupSchoolYearRights.objects.bulk_create(
        UserGroupSchoolYearRights(group=group, end_year=year) for year in range(2000, 2030)
    )
    Calendar.objects.bulk_create(
        Calendar(school=records["school"], name=f"c {year}", end_year=year) for year in range(2000, 2040)
    )
    second = [queries(lambda url=url: client.get(url)) for url in urls]
    stale = shown(client, account_url(jdoe), "useraccount_form")
    everything = stale | {"groups_add": [one.pk for one in groups]}
    second.append(queries(lambda: client.post(account_url(jdoe), everything)))
    assert second == first
    assert jdoe.memberships.count() == 91


def test_a_group_assigner_sees_no_lists_of_a_role_on_the_page(client, records):
    assigner = person("assigner")
    role_set(user=assigner, role=GROUP_ASSIGNMENT)
    client.force_login(assigner)
    assert 'name="role"' not in client.get(account_url(records["jdoe"])).content.decode()


def test_one_confirmation_deletes_at_most_five_hundred(client, administrator):
    client.force_login(administrator)
    UserAccount.objects.bulk_create(UserAccount(username=f"user{n}") for n in range(501))
    everybody = {
        "action": "delete_selected",
        "_selected_action": UserAccount.objects.first().pk,
        "select_across": "1",
        "post": "yes",
    }
    assert "at most 500" in client.post("/admin/district/useraccount/?q=user", everybody).content.decode()
    assert UserAccount.objects.count() == 502
