"""What the entries of each area say in plain words: a table of examples, read on the entry's page."""

from __future__ import annotations

import re
from html import unescape

import pytest

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry
from district import roles
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
    UserGroupToolRights,
    UserSchoolYearRights,
    UserToolRights,
)
from district.preferences import set_value

pytestmark = pytest.mark.django_db

RESET = "User Management > User Account Administration > User Account > Reset Password"


def jdoe(**fields) -> UserAccount:
    return UserAccount.objects.get_or_create(username="jdoe", defaults=fields)[0]


def teacher(**fields) -> UserGroup:
    return UserGroup.objects.get_or_create(name="Teacher", defaults=fields)[0]


def falls() -> School:
    return School.objects.get_or_create(name="Steep Falls Elementary School")[0]


def tool(name: str) -> Tool:
    return Tool.objects.filter(path__endswith=f" > {name}").order_by("position")[0]


def change(record, **fields) -> None:
    for name, value in fields.items():
        setattr(record, name, value)
    with acting_as("admin"):
        record.save()


def calendar_right(**fields) -> UserSchoolYearRights:
    return UserSchoolYearRights.objects.create(user=jdoe(), **fields)


def in_a_calendar() -> None:
    calendar = Calendar.objects.create(school=falls(), name="Block B", end_year=2026)
    UserGroupSchoolYearRights.objects.create(group=teacher(), end_year=2026, school=falls(), calendar=calendar)


EXAMPLES = {
    # Preference
    lambda: set_value("SearchFieldOrder", "before"): "admin changed the preference SearchFieldOrder from “after” to "
    "“before”.",
    lambda: (set_value("SearchFieldOrder", "before"), set_value("SearchFieldOrder", None)): "admin changed the "
    "preference SearchFieldOrder from “before” to “after”. That is its default.",
    lambda: set_value("NewDeviceNotice", "true"): "admin switched the preference NewDeviceNotice on.",
    lambda: (set_value("NewDeviceNotice", "true"), Preference.objects.all().delete()): "admin switched the preference "
    "NewDeviceNotice off. That is its default.",
    lambda: set_value("AuditUsers", "false"): "admin switched the recording of user changes off (preference "
    "AuditUsers).",
    lambda: (set_value("AuditUsers", "false"), set_value("AuditUsers", "true")): "admin switched the recording of user "
    "changes on (preference AuditUsers). That is its default.",
    lambda: set_value("FlagableHealthConditions", "J45"): "admin set the preference FlagableHealthConditions, which "
    "was empty, to “J45”.",
    lambda: set_value("DefaultHealthConditions", ""): "admin emptied the preference DefaultHealthConditions, which "
    "was “ICD”.",
    # UserAccount
    lambda: UserAccount.objects.create_user("lbush", "secret-1", first_name="Laura", last_name="Bush"): "admin added "
    "the account lbush (Laura Bush).",
    lambda: UserAccount.objects.create_user("lbush"): "admin added the account lbush.",
    lambda: jdoe(first_name="John", last_name="Doe").delete(): "admin deleted the account jdoe (John Doe).",
    lambda: change(jdoe(), username="jdoe2"): "admin renamed the account jdoe to jdoe2.",
    lambda: change(jdoe(), password="md5$secret$hash"): "admin changed the password of the account jdoe; it is not "
    "shown.",
    lambda: change(jdoe(), disable=True): "admin disabled the account jdoe.",
    lambda: change(jdoe(disable=True), disable=False): "admin enabled the account jdoe.",
    lambda: change(jdoe(), force_password_change=True): "admin required jdoe to choose a new password at the next "
    "sign-in.",
    lambda: change(jdoe(force_password_change=True), force_password_change=False): "admin switched “force password "
    "change” off in the account jdoe.",
    lambda: change(jdoe(), expires_date="2026-06-30"): "admin set the account jdoe to expire; its last day is "
    "2026-06-30.",
    lambda: change(jdoe(expires_date="2026-06-30"), expires_date=None): "admin removed the expiration date of the "
    "account jdoe, which was 2026-06-30.",
    lambda: change(jdoe(expires_date="2026-06-30"), expires_date="2027-06-30"): "admin changed the account expiration "
    "date of the account jdoe from “2026-06-30” to “2027-06-30”.",
    lambda: change(jdoe(), security_role="A"): "admin gave jdoe the product security role A.",
    lambda: change(jdoe(security_role="A"), security_role="B"): "admin exchanged the product security role A of jdoe "
    "for B.",
    lambda: change(jdoe(security_role="B"), security_role=None): "admin took the product security role B from jdoe.",
    lambda: change(jdoe(), email="j@example.org"): "admin set the e-mail address of the account jdoe, which was empty, "
    "to “j@example.org”.",
    lambda: change(jdoe(email="j@example.org"), email=""): "admin emptied the e-mail address of the account jdoe, "
    "which was “j@example.org”.",
    lambda: change(jdoe(first_name="Jon"), first_name="John"): "admin changed the first name of the account jdoe from "
    "“Jon” to “John”.",
    lambda: change(jdoe(), password="md5$s$h", force_password_change=True): "admin changed the account jdoe: force "
    "password change and password (not shown).",
    lambda: change(jdoe(), username="x", first_name="x", last_name="x", email="x", staff_number="x"): "admin changed "
    "the account x: user name, first name, last name, e-mail address and staff number.",
    lambda: change(
        jdoe(), first_name="x", last_name="x", email="x", staff_number="x", homepage="x", disable=True, two_factor=True
    ): "admin changed the account jdoe: first name, last name, e-mail address, staff number, homepage, disable account "
    "and 1 more.",
    # UserGroup
    lambda: teacher(): "admin added the group Teacher.",
    lambda: teacher().delete(): "admin deleted the group Teacher.",
    lambda: change(teacher(), name="Title One/LEP"): "admin renamed the group Teacher to Title One/LEP.",
    lambda: change(teacher(description="Staff"), description="All staff"): "admin changed the group description of the "
    "group Teacher from “Staff” to “All staff”.",
    lambda: change(teacher(), description="x" * 90): "admin set the group description of the group Teacher, which was "
    f"empty, to “{'x' * 79}…”.",
    lambda: change(teacher(), account_automation=True): "admin switched “tied to account automation” on in the group "
    "Teacher.",
    lambda: change(teacher(), name="Teachers", description="All"): "admin changed the group Teachers: name and group "
    "description.",
    # UserGroupMember
    lambda: teacher().users.add(jdoe()): "admin added jdoe to the group Teacher.",
    lambda: (teacher().users.add(jdoe()), teacher().users.clear()): "admin removed jdoe from the group Teacher.",
    lambda: UserGroupMember.objects.create(
        user=jdoe(), group=roles.role_group(roles.GROUP_ASSIGNMENT)
    ): f"admin gave jdoe the product security role {roles.GROUP_ASSIGNMENT}.",
    lambda: UserGroupMember.objects.create(
        user=jdoe(), group=roles.role_group(roles.GROUP_ASSIGNMENT)
    ).delete(): f"admin took the product security role {roles.GROUP_ASSIGNMENT} from jdoe.",
    # UserToolRights, UserGroupToolRights
    lambda: UserToolRights.objects.create(user=jdoe(), tool=tool("Behavior"), right=Right.READ): "admin gave jdoe the "
    "right to Read in Behavior.",
    lambda: UserToolRights.objects.create(user=jdoe(), tool=tool("Behavior"), right=Right.ADD).delete(): "admin took "
    "the right to Add in Behavior from jdoe.",
    lambda: UserGroupToolRights.objects.create(
        group=teacher(), tool=tool("Behavior"), right=Right.WRITE
    ): "admin gave the group Teacher the right to Write in Behavior.",
    lambda: UserGroupToolRights.objects.create(
        group=teacher(), tool=Tool.objects.get(path=RESET), right=Right.WRITE
    ).delete(): "admin took the right to Write in Reset Password of User Account from the group Teacher.",
    # UserSchoolYearRights, UserGroupSchoolYearRights
    lambda: calendar_right(modify_rights=True): "admin gave jdoe calendar rights for All Years at All Schools, with "
    "modify rights.",
    lambda: calendar_right(end_year=2010, school=falls()): "admin gave jdoe calendar rights for 2010 at Steep Falls "
    "Elementary School.",
    lambda: calendar_right(end_year=2010, modify_rights=True, close_months=True): "admin gave jdoe calendar rights for "
    "2010 at All Schools, with modify rights and close school months.",
    lambda: calendar_right(modify_rights=True).delete(): "admin took from jdoe the calendar rights for All Years at "
    "All Schools.",
    in_a_calendar: "admin gave the group Teacher calendar rights for 2026 at Steep Falls Elementary School (Block B).",
    lambda: change(calendar_right(end_year=2010, modify_rights=True), modify_rights=False): "admin switched “modify "
    "rights” off in the calendar rights of jdoe for 2010 at All Schools.",
    lambda: change(calendar_right(), close_months=True): "admin switched “close school months” on in the calendar "
    "rights of jdoe for All Years at All Schools.",
    lambda: change(calendar_right(end_year=2010), end_year=2011): "admin changed the end year of the calendar rights "
    "of jdoe for 2011 at All Schools from “2010” to “2011”.",
    lambda: change(calendar_right(school=falls()), school=None): "admin changed the school of the calendar rights of "
    "jdoe for All Years at All Schools from “Steep Falls Elementary School” to “All Schools”.",
    lambda: change(calendar_right(), end_year=2012, school=falls(), modify_rights=True): "admin changed the calendar "
    "rights of jdoe for 2012 at Steep Falls Elementary School: end year, school and modify rights.",
}


@pytest.fixture
def reader(client, auditor):
    client.force_login(auditor)
    return client


def said(client) -> str:
    """The sentence on the newest entry's page."""
    page = client.get(f"/audit-log/{AuditLogEntry.objects.order_by('-id')[0].pk}/").content.decode()
    sentence = re.search(r'<p class="entry-sentence">(.*?)</p>', page, re.DOTALL)[1]
    return unescape(re.sub("</?bdi>", "", sentence)).strip()


@pytest.mark.parametrize(("happening", "sentence"), EXAMPLES.items(), ids=EXAMPLES.values())
def test_an_entry_says_in_plain_words_what_happened(reader, happening, sentence):
    with acting_as("admin"):
        happening()
    assert said(reader) == sentence


def test_the_sentence_reads_the_same_when_everything_it_tells_of_is_gone(reader):
    with acting_as("admin"):
        user, school = jdoe(), falls()
        right = calendar_right(end_year=2010, school=school)
        change(right, modify_rights=True)
    pk, before = AuditLogEntry.objects.order_by("-id")[0].pk, said(reader)
    user.delete()
    school.delete()
    assert before.startswith("admin switched “modify rights” on")
    assert before in re.sub("</?bdi>", "", reader.get(f"/audit-log/{pk}/").content.decode())


def test_every_area_has_words_of_its_own():
    from auditlog.areas import all_areas

    assert [area.name for area in all_areas() if area.sentence is None] == []
