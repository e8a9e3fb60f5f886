"""The record pages of Cross-Site Enrollment: what they show, take, refuse and cost."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from auditlog.models import AuditLogEntry
from crosssite.models import CrossSiteStudent, Roster, Section, ServingDistrict, ServingSchool, Student, SyncRun
from district.models import Right, School, UserSchoolYearRights
from district.rights import CROSS_SITE_SETUP, SYNC_LOG
from tests.district.pages import errors, save, shown
from tests.people import person

pytestmark = pytest.mark.django_db

ADDRESS = "/admin/crosssite/"
HOSTILE = [
    "<script>alert(1)</script>",
    "a\0b",
    "a\x07b",
    "a\nb",
    "\u202eevil",
    "x" * 5000,
    "   ",
    "9" * 30,
    "👩🏽‍🏫 Ünï",
    "'; --",
]


@pytest.fixture
def clerk(client, home):
    """Holds every right on the setup tool and nothing else."""
    client.force_login(person("clerk", *[(CROSS_SITE_SETUP, right) for right in Right]))
    return client


@pytest.fixture
def high(home):
    return ServingSchool.objects.create(district=home.lakeside, name="Lakeside High", identifier="lakeside-high")


def url(record, page="change"):
    return reverse(f"admin:crosssite_{record._meta.model_name}_{page}", args=[record.pk])


def form(record):
    return f"{record._meta.model_name}_form"


def enroll(student, high, key="1"):
    section, _made = Section.objects.get_or_create(
        district=high.district, school=high, sourced_id="algebra", course_number="MAT201", course_name="Algebra II"
    )
    dates = {"begin_date": datetime.date(2026, 8, 17), "last_day": datetime.date(2026, 12, 18)}
    return Roster.objects.create(district=high.district, section=section, student=student, sourced_id=key, **dates)


def found(client, query):
    return {student.number for student in client.get(f"{ADDRESS}student/", query).context["cl"].result_list}


def test_students_are_found_by_number_and_by_name_in_every_script(clerk, home):
    for number, family, given in (("1", "Дмитриев", "Пётр"), ("2", "Ölmez", "Ayşe"), ("3", "O'Neil", "İpek")):
        Student.objects.create(number=number, family_name=family, given_name=given, school=home.south)
    for typed, numbers in {
        "дмитриев": {"1"},
        "ÖLMEZ": {"2"},
        "ayşe ölmez": {"2"},
        "Rivera, Ana Maria": {"104417"},
        "ipek": {"3"},
        "000520": {"000520"},
        "1044": {"104418", "104417"},
        "%": set(),
        "nobody": set(),
    }.items():
        assert found(clerk, {"q": typed}) == numbers, typed
    assert found(clerk, {"q": "a", "school__id__exact": home.south.pk}) == {"000520", "2"}
    assert found(clerk, {"active__exact": "0"}) == set()


def test_a_student_is_added_and_changed_by_hand_and_the_audit_log_has_no_area_for_it(clerk, home):
    before = AuditLogEntry.objects.count()
    answer = save(
        clerk,
        f"{ADDRESS}student/add/",
        "student_form",
        number="77",
        family_name="Łuczak",
        given_name="Zoë",
        school=home.north.pk,
    )
    assert answer.status_code == 302
    student = Student.objects.get(number="77")
    assert (student.name, student.active, student.sourced_id) == ("Łuczak, Zoë", True, "")
    Student.objects.filter(pk=student.pk).update(updated="2020-01-01T00:00Z")
    assert save(clerk, url(student), "student_form", middle_name="Eva").status_code == 302
    student.refresh_from_db()
    assert student.name == "Łuczak, Zoë Eva"
    assert student.updated.year > 2020
    twice = save(clerk, url(student), "student_form", number="104417")
    assert errors(twice) == {"number": ["There is a student with this number already."]}
    assert AuditLogEntry.objects.count() == before
    assert clerk.get(url(student, "history")).status_code == 404


def test_the_page_of_a_student_shows_rosters_and_numbers_elsewhere_and_saves_around_them(clerk, home, high):
    ana = home.students["ana"]
    CrossSiteStudent.objects.create(student=ana, district=home.lakeside, number="L-9")
    enroll(ana, high)
    page = clerk.get(url(ana)).content.decode()
    for text in ("MAT201 Algebra II", "Lakeside High, Lakeside District", "L-9", "Dec. 18, 2026"):
        assert text in page, text
    assert save(clerk, url(ana), "student_form", given_name="Anna").status_code == 302
    assert Student.objects.get(pk=ana.pk).given_name == "Anna"
    assert Roster.objects.count() == CrossSiteStudent.objects.count() == 1


def test_the_page_of_a_student_leads_to_the_data_sync_log_whoever_may_read_it_there(client, home):
    ana, link = home.students["ana"], "school={}&amp;student_number=104417".format
    rights = [(CROSS_SITE_SETUP, Right.READ), (SYNC_LOG, Right.READ)]
    people = {"both": rights, "setup": rights[:1]}
    for name, schools in (("both", [home.north]), ("setup", [home.north]), ("elsewhere", [home.south])):
        reader = person(name, *people.get(name, rights))
        for school in schools:
            UserSchoolYearRights.objects.create(user=reader, school=school)
        client.force_login(reader)
        assert (link(home.north.pk) in client.get(url(ana)).content.decode()) is (name == "both"), name


def test_a_student_with_rosters_stays_and_the_page_says_what_to_do_instead(clerk, home, high):
    ana, ben = home.students["ana"], home.students["ben"]
    CrossSiteStudent.objects.create(student=ben, district=home.lakeside, number="L-9")
    enroll(ana, high)
    page = clerk.get(url(ana, "delete")).content.decode()
    assert "Rivera, Ana Maria (104417) has 1 roster at a serving school." in page
    assert "untick Active" in page
    assert clerk.post(url(ana, "delete"), {"post": "yes"}).status_code == 200
    bulk = {"action": "delete_selected", "_selected_action": [ana.pk, ben.pk], "post": "yes"}
    assert "untick Active" in clerk.post(f"{ADDRESS}student/", bulk).content.decode()
    assert Student.objects.filter(pk__in=[ana.pk, ben.pk]).count() == 2
    assert "1 number at a serving district goes." in clerk.get(url(ben, "delete")).content.decode()
    assert clerk.post(url(ben, "delete"), {"post": "yes"}).status_code == 302
    assert not Student.objects.filter(pk=ben.pk).exists()
    assert not CrossSiteStudent.objects.exists()


def test_a_district_with_runs_and_a_school_with_sections_stay(clerk, home, high):
    enroll(home.students["ana"], high)
    SyncRun.objects.create(district=home.lakeside, started=timezone.now(), source_name="x", started_by="x")
    for record, line in (
        (home.lakeside, "1 sync run of Lakeside District is on record"),
        (home.lakeside, "Lakeside District has 1 serving school"),
        (high, "The district’s copy holds 1 section of Lakeside High."),
    ):
        assert line in clerk.get(url(record, "delete")).content.decode()
        assert clerk.post(url(record, "delete"), {"post": "yes"}).status_code == 200
        bulk = {"action": "delete_selected", "_selected_action": [record.pk], "post": "yes"}
        assert line in clerk.post(f"{ADDRESS}{record._meta.model_name}/", bulk).content.decode()
        assert type(record).objects.filter(pk=record.pk).exists()


def test_a_roster_that_comes_between_asking_and_deleting_is_a_message(clerk, home, high, monkeypatch):
    ana = home.students["ana"]
    enroll(ana, high)
    monkeypatch.setattr("crosssite.admin.students.student_obstacles", lambda students: [])
    answer = clerk.post(url(ana, "delete"), {"post": "yes"}, follow=True)
    assert "Other records refer to this one by now." in answer.content.decode()
    assert Student.objects.filter(pk=ana.pk).exists()


def test_a_district_and_a_school_without_anything_can_go(clerk, home, high):
    assert clerk.post(url(high, "delete"), {"post": "yes"}).status_code == 302
    assert clerk.post(url(home.lakeside, "delete"), {"post": "yes"}).status_code == 302
    assert not ServingDistrict.objects.exists()


def test_a_serving_district_lists_its_schools_and_its_identifier_is_its_own(clerk, home, high):
    page = clerk.get(url(home.lakeside)).content.decode()
    assert f'<a href="{url(high)}">Lakeside High</a>' in page
    answer = save(
        clerk,
        f"{ADDRESS}servingdistrict/add/",
        "servingdistrict_form",
        name="Lakeside District",
        identifier="lakeside",
        contact_email="nobody",
    )
    assert set(errors(answer)) == {"name", "identifier", "contact_email"}
    answer = save(clerk, url(home.lakeside), "servingdistrict_form", contact_phone="555 0100", expected_hours="0")
    assert answer.status_code == 302
    assert ServingDistrict.objects.values_list("contact_phone", "expected_hours").get() == ("555 0100", 0)


def test_a_serving_school_keeps_its_district_and_has_an_identifier_of_its_own_there(clerk, home, high):
    other = ServingDistrict.objects.create(name="Hilltop District", identifier="hilltop")
    answer = save(
        clerk,
        f"{ADDRESS}servingschool/add/",
        "servingschool_form",
        district=home.lakeside.pk,
        name="Middle",
        identifier="lakeside-high",
    )
    assert errors(answer) == {"identifier": ["Another school of this district has this identifier."]}
    middle = ServingSchool.objects.create(district=home.lakeside, name="Middle", identifier="m")
    answer = save(clerk, url(middle), "servingschool_form", identifier="lakeside-high")
    assert errors(answer) == {"identifier": ["Another school of this district has this identifier."]}
    assert save(clerk, url(middle), "servingschool_form", district=other.pk, name="Mid").status_code == 302
    assert ServingSchool.objects.filter(district=home.lakeside, name="Mid", identifier="m").exists()


def test_a_number_elsewhere_is_given_by_typing_our_student_number(clerk, home):
    ana, ben, district = home.students["ana"], home.students["ben"], home.lakeside

    def give(number, elsewhere):
        changes = {"student": number, "district": district.pk, "number": elsewhere}
        return save(clerk, f"{ADDRESS}crosssitestudent/add/", "crosssitestudent_form", **changes)

    assert give(" 104417 ", "L-1").status_code == 302
    link = CrossSiteStudent.objects.get(student=ana, district=district, number="L-1")
    assert errors(give("4711", "L-2")) == {"student": ["No student of this district has this number."]}
    assert errors(give("104417", "L-2")) == {"student": ["This student has a number at that district already."]}
    assert errors(give("104418", "L-1")) == {"number": ["Another student has this number at that district."]}
    assert shown(clerk, url(link), "crosssitestudent_form")["student"] == ["104417"]
    CrossSiteStudent.objects.filter(pk=link.pk).update(updated="2020-01-01T00:00Z")
    assert save(clerk, url(link), "crosssitestudent_form", student="104418").status_code == 302
    link.refresh_from_db()
    assert (link.student, link.number) == (ben, "L-1")
    assert link.updated.year > 2020
    assert "Okafor, Ben" in clerk.get(url(link)).content.decode()
    answer = clerk.get(url(link, "delete"))
    assert "is looked for there under our own number" in answer.content.decode()


def test_a_stale_page_undoes_nothing(clerk, home):
    ana = home.students["ana"]
    stale = shown(clerk, url(ana), "student_form")
    Student.objects.filter(pk=ana.pk).update(school=home.south)
    assert clerk.post(url(ana), stale | {"given_name": ["Anna"]}).status_code == 302
    ana.refresh_from_db()
    assert (ana.given_name, ana.school) == ("Anna", home.south)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_any_field_is_refused_beside_it_or_shown_as_text(clerk, home, high, text):
    link = CrossSiteStudent.objects.create(student=home.students["ana"], district=home.lakeside, number="L-9")
    records = {
        home.students["ana"]: ("number", "family_name", "middle_name", "school", "active"),
        home.lakeside: ("name", "identifier", "expected_hours", "contact_name", "contact_email", "contact_phone"),
        high: ("name", "identifier", "contact_name"),
        link: ("student", "district", "number"),
    }
    for record, fields in records.items():
        untouched = shown(clerk, url(record), form(record))
        for field in fields:
            assert clerk.post(url(record), untouched | {field: text}).status_code in {200, 302, 400}
        for page in ("change", "delete"):
            assert "<script>alert" not in clerk.get(url(record, page)).content.decode()
        listed = clerk.get(f"{ADDRESS}{record._meta.model_name}/", {"q": text[:500]})
        assert listed.status_code in {200, 302, 400}


@pytest.mark.parametrize("query", ["number__startswith=1", "school__name=x", "links__number=1", "sourced_id=u", "x=1"])
def test_a_list_tells_nothing_by_way_of_its_address(clerk, query):
    assert clerk.get(f"{ADDRESS}student/?{query}").status_code == 400


def test_the_home_page_leads_to_these_pages_whoever_may_see_them(client, clerk):
    page = clerk.get("/").content.decode()
    for name in ("student", "servingdistrict", "servingschool", "crosssitestudent"):
        assert f'href="{ADDRESS}{name}/"' in page
    client.force_login(person("plain"))
    assert ADDRESS not in client.get("/").content.decode()


def statements(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_pages_cost_the_same_with_one_and_with_many_rows(clerk, home, high):
    ana = home.students["ana"]
    CrossSiteStudent.objects.create(student=ana, district=home.lakeside, number="L-0")
    enroll(ana, high)
    models = ("student", "servingdistrict", "servingschool", "crosssitestudent")
    addresses = [f"{ADDRESS}{name}/" for name in models]
    addresses += [f"{ADDRESS}student/?q=a", url(ana), url(home.lakeside), url(ana, "delete"), url(high, "delete")]
    first = [statements(clerk, address) for address in addresses]
    schools = School.objects.bulk_create(School(name=f"School {n}") for n in range(40))
    students = Student.objects.bulk_create(
        Student(number=f"a{n}", family_name="Aa", given_name="B", school=schools[n]) for n in range(40)
    )
    districts = ServingDistrict.objects.bulk_create(
        ServingDistrict(name=f"D{n}", identifier=f"d{n}") for n in range(40)
    )
    ServingSchool.objects.bulk_create(
        ServingSchool(district=home.lakeside, name=f"S{n}", identifier=f"s{n}") for n in range(40)
    )
    for number in range(40):
        CrossSiteStudent.objects.create(student=students[number], district=districts[number], number="1")
        CrossSiteStudent.objects.create(student=ana, district=districts[number], number="2")
        enroll(ana, high, key=f"more-{number}")
    assert [statements(clerk, address) for address in addresses] == first


def test_a_school_of_many_students_names_some_of_them_where_it_cannot_go(client, administrator, home):
    client.force_login(administrator)
    Student.objects.bulk_create(
        Student(number=f"a{n}", family_name="Aa", given_name="B", school=home.north) for n in range(30)
    )
    page = client.get(f"/admin/district/school/{home.north.pk}/delete/").content.decode()
    assert "and 12 more" in page
    assert "OneRoster bundles" in client.get(f"/admin/district/school/{home.north.pk}/change/").content.decode()
