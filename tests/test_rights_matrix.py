"""Which page opens for whom: every page x every right on every governing tool x how it is held.

That a right is enough is asked of each that should be; that no other is, of all the others at once.

``PAGES`` is the contract's table of rights as data. Each page names the tool and rights that open it; every
other combination is refused. A review of this file is a review of who may do what.
"""

from __future__ import annotations

import datetime
import itertools
from dataclasses import dataclass

import pytest
from django.urls import reverse
from django.utils import timezone

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from crosssite.models import CrossSiteStudent, ServingDistrict, ServingSchool, Student, SyncRun
from district import rights, roles
from district.models import (
    Calendar,
    Right,
    School,
    Tool,
    UserAccount,
    UserGroup,
    UserGroupMember,
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)
from tests.crosssite import logbook

pytestmark = pytest.mark.django_db

#: The rights with which a record can be seen: who may change it can see it.
SEE = {Right.READ, Right.WRITE}


@dataclass(frozen=True)
class Page:
    """A page, the tools that govern it (any is enough) and the rights that open it."""

    name: str
    tools: tuple[str, ...]
    opened_by: frozenset[str]

    @property
    def opening(self) -> set[tuple[str, str]]:
        """Each (tool, right) that opens it."""
        return set(itertools.product(self.tools, self.opened_by))


def page(name, tools, *opened_by):
    return Page(name, (tools,) if isinstance(tools, str) else tools, frozenset(opened_by))


#: The list and the page of a group lead to its tool rights and calendar rights too.
GROUP_TOOLS = (rights.USER_GROUP, rights.GROUP_TOOL_RIGHTS, rights.GROUP_CALENDAR_RIGHTS)

PAGES = (
    page("auditlog:list", rights.AUDIT_LOG, "Read"),
    page("auditlog:entry", rights.AUDIT_LOG, "Read"),
    page("auditlog:export", rights.AUDIT_LOG, "Read"),
    page("auditlog:exports", rights.AUDIT_LOG, "Read"),
    page("auditlog:of", rights.AUDIT_LOG, "Read"),
    page("rights_report:list", rights.AUDIT_LOG, "Read"),
    page("rights_report:export", rights.AUDIT_LOG, "Read"),
    page("crosssite:list", rights.SYNC_LOG, "Read"),
    page("crosssite:export", rights.SYNC_LOG, "Read"),
    page("crosssite:entry", rights.SYNC_LOG, "Read"),
    page("crosssite:runs", rights.SYNC_LOG, "Read"),
    page("crosssite:run", rights.SYNC_LOG, "Read"),
    page("admin:district_useraccount_changelist", rights.USER_ACCOUNT, *SEE),
    page("admin:district_useraccount_add", rights.USER_ACCOUNT, "Add"),
    page("admin:district_useraccount_change", rights.USER_ACCOUNT, *SEE),
    page("admin:district_useraccount_delete", rights.USER_ACCOUNT, "Delete"),
    page("admin:district_useraccount_tool_rights", rights.USER_ACCOUNT, *SEE),
    page("admin:district_usergroup_changelist", GROUP_TOOLS, *SEE),
    page("admin:district_usergroup_add", rights.USER_GROUP, "Add"),
    page("admin:district_usergroup_change", GROUP_TOOLS, *SEE),
    page("admin:district_usergroup_delete", rights.USER_GROUP, "Delete"),
    page("admin:district_usergroup_tool_rights", rights.GROUP_TOOL_RIGHTS, *SEE),
    page("admin:district_preference_changelist", (rights.PREFERENCES, rights.SECURITY_PREFERENCES), *SEE),
    page("admin:district_school_changelist", rights.SCHOOL_INFORMATION, *SEE),
    page("admin:district_school_add", rights.SCHOOL_INFORMATION, "Add"),
    page("admin:district_school_change", rights.SCHOOL_INFORMATION, *SEE),
    page("admin:district_school_delete", rights.SCHOOL_INFORMATION, "Delete"),
    page("admin:district_calendar_changelist", rights.SCHOOL_INFORMATION, *SEE),
    page("admin:district_calendar_add", rights.SCHOOL_INFORMATION, "Add"),
    page("admin:district_calendar_change", rights.SCHOOL_INFORMATION, *SEE),
    page("admin:district_calendar_delete", rights.SCHOOL_INFORMATION, "Delete"),
    *(
        page(f"admin:crosssite_{model}_{view}", rights.CROSS_SITE_SETUP, *opened_by)
        for model in ("student", "servingdistrict", "servingschool", "crosssitestudent")
        for view, opened_by in (("changelist", SEE), ("add", ["Add"]), ("change", SEE), ("delete", ["Delete"]))
    ),
)

TOOLS = sorted(
    {tool for entry in PAGES for tool in entry.tools} | {rights.RESET_PASSWORD, rights.GROUP_CALENDAR_RIGHTS}
)


@pytest.fixture
def district(db):
    """One record of each kind that a page could show."""
    school = School.objects.create(name="Bonny Brook School")
    student = Student.objects.create(number="1", family_name="Rivera", given_name="Ana", school=school)
    serving = ServingDistrict.objects.create(name="Hilltop District", identifier="hilltop")
    return {
        "useraccount": UserAccount.objects.create_user("somebody"),
        "usergroup": UserGroup.objects.create(name="Some Group"),
        "school": school,
        "calendar": Calendar.objects.create(school=school, name="2026-27", end_year=2027),
        "auditlog:entry": AuditLogEntry.objects.first(),
        "crosssite:entry": logbook.entry(school),
        "crosssite:run": SyncRun.objects.get(),
        "student": student,
        "servingdistrict": serving,
        "servingschool": ServingSchool.objects.create(name="Hilltop High", identifier="h-1", district=serving),
        "crosssitestudent": CrossSiteStudent.objects.create(student=student, district=serving, number="H-1"),
    }


def address(entry: Page, district) -> str:
    if entry.name == "auditlog:of":
        return reverse(entry.name, args=["UserAccount", district["useraccount"].pk])
    if entry.name in district:
        return reverse(entry.name, args=[district[entry.name].pk])
    name = entry.name.rpartition(":")[2]
    model = name.removeprefix("district_").removeprefix("crosssite_").partition("_")[0]
    needs_record = name.endswith(("_change", "_delete", "_tool_rights"))
    return reverse(entry.name, args=[district[model].pk] if needs_record else [])


def status(client, entry: Page, district) -> int:
    """What a page answers; a file is taken whole, for while it is not, its export keeps others from theirs."""
    answer = client.get(address(entry, district))
    if answer.streaming:
        answer.getvalue()
    return answer.status_code


def ready(client, name: str) -> UserAccount:
    """A new person, signed in."""
    user = UserAccount.objects.create_user(name)
    sign_in(client, user)
    return user


def sign_in(client, user) -> None:
    # Which schools a person may see is another matter: tests/crosssite.
    UserSchoolYearRights.objects.get_or_create(user=user, school=None)
    client.force_login(user)


def statuses(client, user, district) -> dict[str, int]:
    """What every page answers this person, by its name."""
    sign_in(client, user)
    return {entry.name: status(client, entry, district) for entry in PAGES}


def opening(*names: str) -> dict[str, int]:
    """What pages answer a person to whom just these open."""
    return {entry.name: 200 if entry.name in names else 403 for entry in PAGES}


def hold(user, held) -> None:
    """Just these rights on tools."""
    tools = {tool.path: tool for tool in Tool.objects.all()}
    UserToolRights.objects.filter(user=user).delete()
    UserToolRights.objects.bulk_create(
        UserToolRights(user=user, tool=tools[path], right=right) for path, right in sorted(held)
    )


def test_each_right_that_opens_a_page_is_enough_for_it(client, district):
    user = ready(client, "somebody-else")
    opened = {}
    for entry in PAGES:
        for one in entry.opening:
            opened.setdefault(one, []).append(entry)
    for one, entries in opened.items():
        hold(user, {one})
        for entry in entries:
            assert status(client, entry, district) == 200, (entry.name, one)


def test_all_other_rights_together_do_not_open_a_page(client, district):
    """Rights only add: what would be opened by one of them wrongly is opened by all of them."""
    user = ready(client, "somebody-else")
    every = set(itertools.product(TOOLS, Right.values))
    for entry in PAGES:
        hold(user, every - entry.opening)
        assert status(client, entry, district) == 403, entry.name


def test_a_right_held_through_a_group_counts_like_an_own_one_until_it_is_taken_away(client, district):
    user = UserAccount.objects.create_user("member")
    group = UserGroup.objects.create(name="Reviewers")
    UserGroupMember.objects.create(user=user, group=group)
    assert statuses(client, user, district) == opening()
    for entry in PAGES:
        tool, right = Tool.objects.get(path=entry.tools[0]), sorted(entry.opened_by)[0]
        given = UserGroupToolRights.objects.create(group=group, tool=tool, right=right)
        assert status(client, entry, district) == 200, entry.name
        given.delete()
        assert status(client, entry, district) == 403, entry.name


def test_strangers_are_sent_to_sign_in(client, district):
    for entry in PAGES:
        sent_to_sign_in(client, entry, district)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"disable": False}, {"disable": True}),
        ({"expires_date": None}, {"expires_date": timezone.localdate() - datetime.timedelta(days=1)}),
    ],
    ids=["disabled", "expired"],
)
def test_an_account_that_has_ended_is_sent_to_sign_in_from_the_next_request(client, district, before, after):
    user = UserAccount.objects.create_superuser("gone")
    account = UserAccount.objects.filter(pk=user.pk)
    for number, entry in enumerate(PAGES):
        account.update(**before)
        client.force_login(user)
        # That each page opens otherwise is shown below.
        assert number or status(client, entry, district) == 200
        account.update(**after)
        sent_to_sign_in(client, entry, district)


def sent_to_sign_in(client, entry: Page, district) -> None:
    answer = client.get(address(entry, district))
    assert answer.status_code == 302, entry.name
    assert answer["Location"].startswith("/login/?next="), entry.name


def test_student_information_system_opens_every_page(client, district):
    every = opening(*(entry.name for entry in PAGES))
    assert statuses(client, UserAccount.objects.create_superuser("root"), district) == every


def test_the_other_security_roles_open_no_more_than_they_say(client, district):
    login_as = UserAccount.objects.create_user("login-as")
    roles.give_role(login_as, roles.LOGIN_AS_USER)
    assert statuses(client, login_as, district) == opening()
    assigner = UserAccount.objects.create_user("assigner")
    roles.give_role(assigner, roles.GROUP_ASSIGNMENT)
    assert statuses(client, assigner, district) == opening(
        "admin:district_useraccount_changelist",
        "admin:district_useraccount_change",
        "admin:district_usergroup_changelist",
        "admin:district_usergroup_change",
    )


def test_without_the_right_nothing_of_the_log_is_shown_not_even_a_tables_name(client, district):
    with acting_as("secretive"):
        UserGroup.objects.create(name="A telling name")
    user = UserAccount.objects.create_user("curious")
    client.force_login(user)
    for entry in PAGES[:4]:
        text = client.get(address(entry, district)).content.decode()
        for word in ("UserGroup", "UserAccount", "Preference", "A telling name", "secretive"):
            assert word not in text, (entry.name, word)
