"""``import_students``: the home district's own bundle, in every state that its students can be in."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import zipfile
from datetime import UTC

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auditlog.models import AuditLogEntry
from crosssite.models import CrossSiteStudent, Roster, ServingDistrict, Student
from crosssite.students import apply as applying
from district.catalogue import SYNC_HOLD_MINIMUM, SYNC_HOLD_PERCENT
from district.models import Calendar, School
from district.preferences import set_value

from .bundles import Serving

pytestmark = pytest.mark.django_db

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=UTC)
AT = datetime.datetime(2026, 10, 1, tzinfo=UTC)
VERSIONS = ["1.1", "1.2", "1.2.1"]


@pytest.fixture
def own():
    """Maplewood's own bundle: two schools, Ana and Ben at High, Cleo at Middle, and a teacher."""
    own = Serving("maplewood", ours="elsewhere")
    own.add_student("1", "Rivera", "Ana", "Maria", org=own.high, key="ana")
    own.add_student("2", "Okafor", "Ben", org=own.high, key="ben")
    own.add_student("3", "Núñez", "Cleo", org=own.middle, key="cleo")
    own.add_teacher("teller", "Teller", "Tom")
    return own


@pytest.fixture
def bring(tmp_path, own):
    """Writes the bundle and follows it; what the command says for machines."""

    def bring(*options, version="1.1", **how):
        return command(own.write(tmp_path / "own", version, **how), *options)

    return bring


@pytest.fixture
def bring_delta(tmp_path, own):
    def bring(since, version="1.1", **how):
        return command(own.write_delta(tmp_path / "delta", since, AT, version, **how))

    return bring


def command(path, *options):
    out = io.StringIO()
    code = 0
    try:
        call_command("import_students", str(path), "--json", *options, stdout=out)
    except SystemExit as end:
        code = end.code
    told = json.loads(out.getvalue())
    assert code == (1 if told["outcome"] in {"failed", "refused"} else 0)
    return told


def said(path):
    """What people read, on both streams."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("import_students", str(path), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def students():
    return {
        one.number: (one.name, one.school.name, one.active) for one in Student.objects.select_related("school").all()
    }


def codes(told):
    return {(finding["severity"], finding["code"]) for finding in told["listed"]}


def many(own, count, school=None, prefix="m", number=None):
    for one in range(count):
        key = f"{prefix}{one}"
        own.add_student(f"{number or prefix}{one}", "Many", f"M{one}", org=school or own.high, key=key)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
def test_schools_calendars_and_students_come_in_and_nobody_else(bring, version, zipped):
    told = bring(version=version, zipped=zipped)
    assert told["outcome"] == "applied"
    assert told["kind"] == "bulk"
    assert told["schools"] == {"found": 0, "new": 2}
    assert told["calendars"] == {"new": 2, "changed": 0}
    assert students() == {
        "1": ("Rivera, Ana Maria", "Maplewood High", True),
        "2": ("Okafor, Ben", "Maplewood High", True),
        "3": ("Núñez, Cleo", "Maplewood Middle", True),
    }
    assert told["students"]["not students"] == 1
    assert set(School.objects.values_list("name", "identifier")) == {
        ("Maplewood High", "maplewood-high"),
        ("Maplewood Middle", "maplewood-middle"),
    }
    assert set(Calendar.objects.values_list("school__name", "name", "end_year", "start_date", "end_date")) == {
        (school, "2026-2027", 2027, datetime.date(2026, 8, 17), datetime.date(2027, 6, 4))
        for school in ("Maplewood High", "Maplewood Middle")
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_bundle_twice_changes_nothing_and_touches_nothing(bring, version):
    bring(version=version)
    Student.objects.update(updated=LONG_AGO)
    told = bring(version=version)
    assert told["outcome"] == "unchanged"
    assert told["students"]["unchanged"] == 3
    assert set(Student.objects.values_list("updated", flat=True)) == {LONG_AGO}
    assert Calendar.objects.count() == School.objects.count() == 2


def test_names_numbers_and_schools_follow_and_only_who_changed_is_touched(bring, own):
    bring()
    Student.objects.update(updated=LONG_AGO)
    before = dict(Student.objects.values_list("sourced_id", "pk"))
    own.change("users", "ana", givenName="Anna", middleName="", orgSourcedIds=own.middle)
    own.change("users", "ben", identifier="22")
    told = bring()
    assert told["students"]["changed"] == 2
    assert students() == {
        "1": ("Rivera, Anna", "Maplewood Middle", True),
        "22": ("Okafor, Ben", "Maplewood High", True),
        "3": ("Núñez, Cleo", "Maplewood Middle", True),
    }
    assert dict(Student.objects.values_list("sourced_id", "pk")) == before
    assert list(Student.objects.filter(updated=LONG_AGO).values_list("sourced_id", flat=True)) == ["cleo"]


def test_numbers_change_hands_in_a_circle(bring, own):
    own.add_student("4", "Dunn", "Dora", org=own.high, key="dora")
    bring()
    before = dict(Student.objects.values_list("sourced_id", "pk"))
    for key, number in (("ana", "2"), ("ben", "3"), ("cleo", "1")):
        own.change("users", key, identifier=number)
    assert bring()["students"]["changed"] == 3
    assert dict(Student.objects.values_list("sourced_id", "pk")) == before
    assert dict(Student.objects.values_list("sourced_id", "number")) == {
        "ana": "2",
        "ben": "3",
        "cleo": "1",
        "dora": "4",
    }


def test_who_is_missing_from_a_bulk_has_left_and_who_returns_is_active_again(bring, own):
    bring()
    before = own.snapshot()
    pk = Student.objects.get(number="2").pk
    own.remove("users", "ben")
    told = bring()
    assert told["students"]["left"] == 1
    assert not Student.objects.get(pk=pk).active
    assert bring()["outcome"] == "unchanged"
    own.tables = before
    assert bring()["students"]["returned"] == 1
    assert Student.objects.get(pk=pk).active


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_who_is_no_student_any_more_or_is_deleted_has_left(bring, own, version):
    bring(version=version)
    own.change("users", "ana", role="teacher")
    own.change("users", "ben", status="tobedeleted")
    told = bring(version=version)
    assert told["students"]["left"] == 2
    assert set(Student.objects.filter(active=True).values_list("number", flat=True)) == {"3"}


def test_a_delta_changes_only_what_it_names(bring, bring_delta, own):
    bring()
    before = own.snapshot()
    own.change("users", "ana", familyName="Rivera-Lopez")
    own.remove("users", "ben")
    own.add_student("4", "Dahl", "Dan", org=own.middle, key="dan")
    told = bring_delta(before)
    assert (told["kind"], told["outcome"]) == ("delta", "applied")
    assert students() == {
        "1": ("Rivera-Lopez, Ana Maria", "Maplewood High", True),
        "2": ("Okafor, Ben", "Maplewood High", False),
        "3": ("Núñez, Cleo", "Maplewood Middle", True),
        "4": ("Dahl, Dan", "Maplewood Middle", True),
    }
    assert bring()["outcome"] == "unchanged"


def test_a_delta_of_1_2_that_says_no_role_changes_nothing_and_says_so(tmp_path, bring, bring_delta, own):
    bring(version="1.2")
    before = own.snapshot()
    own.change("users", "ana", familyName="Rivera-Lopez")
    told = bring_delta(before, "1.2", override={"roles.csv": None, **no_roles(own, before)})
    assert told["outcome"] == "unchanged"
    assert ("warning", "unknown_role") in codes(told)


def no_roles(own, before):
    manifest = own.delta(before, AT, "1.2")["manifest.csv"]
    return {"manifest.csv": manifest.replace(b"file.roles,delta", b"file.roles,absent")}


def test_a_delta_closes_a_school_year_for_every_school_though_it_lists_none(bring, bring_delta, own):
    bring()
    before = own.snapshot()
    own.change("academicSessions", "year", endDate="2027-06-12")
    assert bring_delta(before)["calendars"] == {"new": 0, "changed": 2}
    assert set(Calendar.objects.values_list("end_date", flat=True)) == {datetime.date(2027, 6, 11)}


def test_a_manifest_alone_is_no_update(tmp_path, bring, own):
    bring()
    empty = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n"
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "manifest.csv").write_text(empty)
    assert command(tmp_path / "empty")["outcome"] == "unchanged"
    assert Student.objects.filter(active=True).count() == 3


def test_courses_classes_and_enrollments_need_not_be_there_nor_be_right(bring):
    override = {
        "courses.csv": b"\xff\xfe not at all",
        "classes.csv": None,
        "enrollments.csv": b"",
    }
    assert bring(override=override)["outcome"] == "applied"


# Schools and calendars


def test_a_school_is_found_by_identifier_of_either_kind_then_by_name_and_keeps_its_name(bring, own):
    own.change("orgs", own.middle, identifier="0042")
    own.add_school("third", "Third School")
    School.objects.create(name="The High School", identifier=own.high)
    School.objects.create(name="The Middle School", identifier="0042")
    named = School.objects.create(name="Third School")
    told = bring()
    assert told["schools"] == {"found": 3, "new": 0}
    assert students()["1"][1] == "The High School"
    assert students()["3"][1] == "The Middle School"
    named.refresh_from_db()
    assert named.identifier == "third"
    assert School.objects.count() == 3
    assert bring()["outcome"] == "unchanged"


def test_a_school_here_is_one_school_of_the_bundle_at_most(bring, own):
    School.objects.create(name="Number 42", identifier="0042")
    for key in (own.high, own.middle):
        own.change("orgs", key, identifier="0042")
    told = bring()
    assert told["schools"] == {"found": 1, "new": 1}
    assert students()["1"][1] == "Number 42"
    assert students()["3"][1] == "Maplewood Middle"


def test_two_new_schools_of_one_name_are_an_error_of_the_second(bring, own):
    own.change("orgs", own.middle, name="Maplewood High")
    told = bring()
    assert ("error", "duplicate_school") in codes(told)
    assert ("error", "unknown_school") in codes(told)
    assert set(students()) == {"1", "2"}


def test_a_calendar_that_is_there_gets_its_days_under_the_name_it_has(bring, own):
    school = School.objects.create(name="Maplewood High")
    Calendar.objects.create(school=school, name="26-27 High", end_year=2027)
    track = School.objects.create(name="Maplewood Middle")
    for name in ("Blue Track", "Gold Track"):
        Calendar.objects.create(school=track, name=name, end_year=2027)
    told = bring()
    assert told["calendars"] == {"new": 0, "changed": 1}
    assert ("warning", "several_calendars") in codes(told)
    assert Calendar.objects.get(school=school).end_date == datetime.date(2027, 6, 4)
    assert not Calendar.objects.filter(school=track).exclude(end_date=None).exists()


def test_school_years_of_several_kinds_make_one_calendar_and_a_warning(bring, own):
    own.add_session("early", "Early", "2026-08-03", "2027-05-22", "schoolYear")
    told = bring()
    assert ("warning", "several_years") in codes(told)
    assert set(Calendar.objects.values_list("start_date", "end_date")) == {
        (datetime.date(2026, 8, 3), datetime.date(2027, 6, 4))
    }


def test_the_bundle_of_a_serving_district_is_refused_and_its_schools_are_never_ours(bring, own):
    ServingDistrict.objects.create(name="Maplewood", identifier="maplewood-4711")
    told = bring()
    assert told["outcome"] == "failed"
    assert "sync_rosters" in told["reason"]
    assert not Student.objects.exists()
    own.add("orgs", "home", name="Home District", type="district")
    own.add("orgs", "home-school", name="Home School", type="school", parentSourcedId="home")
    own.add_student("9", "Home", "Hal", org="home-school", key="hal")
    bring()
    assert set(students()) == {"9"}
    assert list(School.objects.values_list("name", flat=True)) == ["Home School"]


# Whose row is whose


def test_a_student_entered_by_hand_is_found_by_number_and_a_new_id_is_the_same_student(bring, own):
    high = School.objects.create(name="Maplewood High")
    hand = Student.objects.create(number="1", family_name="R", given_name="A", school=high)
    bring()
    hand.refresh_from_db()
    assert (hand.name, hand.sourced_id) == ("Rivera, Ana Maria", "ana")
    own.tables["users"]["ana-2"] = own.tables["users"].pop("ana") | {"sourcedId": "ana-2"}
    assert bring()["students"] == {
        "new": 0,
        "changed": 1,
        "returned": 0,
        "left": 0,
        "unchanged": 2,
        "left out": 0,
        "not students": 1,
    }
    hand.refresh_from_db()
    assert (hand.sourced_id, hand.active) == ("ana-2", True)


def test_a_number_of_two_people_leaves_both_out_and_neither_is_marked_as_left(bring, own):
    bring()
    own.change("users", "ana", identifier="2", givenName="Changed")
    told = bring()
    assert [(f["code"], f["file"], f["column"]) for f in told["listed"]] == [
        ("duplicate_number", "users.csv", "identifier")
    ] * 2
    assert told["students"]["left out"] == 2
    assert students()["1"] == ("Rivera, Ana Maria", "Maplewood High", True)
    assert students()["2"] == ("Okafor, Ben", "Maplewood High", True)
    assert "Changed" not in json.dumps(told)


def test_who_takes_a_number_that_somebody_keeps_is_left_out_and_so_is_who_waited_for_his(bring, bring_delta, own):
    bring()
    before = own.snapshot()
    own.change("users", "ana", identifier="3")
    own.change("users", "ben", identifier="1")
    told = bring_delta(before)
    assert told["findings"]["error"] == 2
    assert dict(Student.objects.values_list("sourced_id", "number")) == {"ana": "1", "ben": "2", "cleo": "3"}


def test_a_number_of_two_new_people_does_not_mark_whoever_had_it_as_left(bring, own):
    bring()
    own.remove("users", "ana")
    for key in ("ida", "ivy"):
        own.add_student("1", "Twin", key.title(), org=own.high, key=key)
    told = bring()
    assert told["students"]["left"] == 0
    assert students()["1"] == ("Rivera, Ana Maria", "Maplewood High", True)


@pytest.mark.parametrize(("cells", "active"), [({"familyName": ""}, True), ({"status": "tobedeleted"}, False)])
def test_the_number_of_somebody_who_is_in_the_bundle_makes_nobody_else_the_same(bring, own, cells, active):
    bring()
    own.change("users", "ana", **cells)
    own.add_student("1", "Impostor", "Ida", org=own.high, key="ida")
    told = bring()
    assert ("error", "duplicate_number") in codes(told)
    assert students()["1"] == ("Rivera, Ana Maria", "Maplewood High", active)


def test_a_delta_does_not_give_a_student_another_persons_id(bring, bring_delta, own):
    bring()
    before = own.snapshot()
    own.add_student("1", "Impostor", "Ida", org=own.high, key="ida")
    told = bring_delta(before)
    assert ("error", "duplicate_number") in codes(told)
    assert students()["1"][0] == "Rivera, Ana Maria"


ROW_ERRORS = {
    "no name": {"familyName": ""},
    "long name": {"givenName": "x" * 101},
    "NUL in the id": {"sourcedId": "a\0na"},
    "no such school": {"orgSourcedIds": "nowhere"},
    "of the district only": {"orgSourcedIds": "maplewood"},
    "unknown role": {"role": "wizard"},
    "long number": {"identifier": "1" * 256},
    "long user id": {"identifier": "", "userIds": "{sis:" + "1" * 300 + "}"},
    "bad status": {"status": "gone"},
}


@pytest.mark.parametrize("fault", ROW_ERRORS)
def test_whoever_has_a_row_that_cannot_be_taken_stays_as_he_is(bring, own, fault):
    bring()
    own.change("users", "ana", **ROW_ERRORS[fault])
    own.change("users", "ben", givenName="Benjamin")
    told = bring()
    assert told["findings"]["error"] == 1
    assert told["listed"][0]["file"] == "users.csv"
    assert told["listed"][0]["line"] == 2
    assert students() == {
        "1": ("Rivera, Ana Maria", "Maplewood High", True),
        "2": ("Okafor, Benjamin", "Maplewood High", True),
        "3": ("Núñez, Cleo", "Maplewood Middle", True),
    }


def test_a_row_without_an_id_may_be_anybodys_so_nobody_is_marked_as_left(bring, own):
    bring()
    own.change("users", "ana", sourcedId="")
    told = bring()
    assert told["students"]["left"] == 0
    assert told["students"]["left out"] == 1
    assert Student.objects.filter(active=True).count() == 3


def test_a_strange_row_may_be_that_of_a_student_whose_id_nobody_knows_yet(bring, own):
    bring()
    Student.objects.filter(number="2").update(sourced_id="")
    own.change("users", "ben", sourcedId="benjamin", familyName="")
    told = bring()
    assert told["students"]["left"] == 0
    assert Student.objects.get(number="2").active


def test_rows_that_contradict_each_other_leave_the_student_alone_and_like_ones_count_once(bring, own):
    bring()
    own.add("users", "again", **{**own.tables["users"]["ana"], "givenName": "Other"})
    own.add("users", "once more", **own.tables["users"]["ben"])
    told = bring()
    assert codes(told) == {("error", "duplicate_id"), ("warning", "duplicate_row")}
    assert students()["1"] == ("Rivera, Ana Maria", "Maplewood High", True)
    assert Student.objects.count() == 3


def test_the_home_school_is_that_of_the_primary_role(bring, own):
    own.change("users", "ana", orgSourcedIds=f"{own.middle},{own.high}")
    bring(version="1.2")
    assert students()["1"][1] == "Maplewood Middle"
    own.change("users", "ana", primaryOrgSourcedId=own.high)
    bring(version="1.2")
    assert students()["1"][1] == "Maplewood High"


def test_a_role_row_whose_person_cannot_be_read_marks_nobody_as_left(bring, own):
    bring(version="1.2")
    files = own.files("1.2")
    broken = files["roles.csv"].replace(b",ana,primary", b",,primary")
    assert broken != files["roles.csv"]
    told = bring(version="1.2", override={"roles.csv": broken})
    assert told["students"]["left"] == 0
    assert Student.objects.get(number="1").active


def test_passwords_and_people_who_are_no_students_leave_no_trace(bring, own, tmp_path):
    own.add_teacher("secret-person", "Hidden", "Hugo")
    own.change("users", "ana", familyName="")
    told = bring()
    out, _err = said(own.write(tmp_path / "own"))
    for text in (json.dumps(told), out, str(list(Student.objects.values()))):
        for word in ("secret-of", "Hidden", "Hugo", "teller"):
            assert word not in text


NAMES = {
    "Cyrillic": "Дми́триевич",
    "Arabic": "عبد الرحمن",
    "Hebrew": "מַעֲיָן",
    "Han": "歐陽",
    "Hangul": "남궁",
    "Devanagari": "श्रीनिवास",
    "Thai": "กิตติศักดิ์",
    "astral": "𠮷野👩🏽‍🏫",
    "Turkish": "İıŞğ",
    "formula": '=HYPERLINK("x")',
    "markup": "<script>alert(1)</script>",
    "quotes": 'O\'Brien "x" \\ \t',
    "copy": r"\N \. %s %%",
}


@pytest.mark.parametrize("script", NAMES)
def test_names_of_a_hundred_characters_in_every_script_are_kept_as_they_are(bring, own, script):
    name = (NAMES[script].strip() * 100)[:100].strip()
    name += "x" * (100 - len(name))
    own.change("users", "ana", familyName=name, givenName=name, middleName=name)
    bring()
    ana = Student.objects.get(sourced_id="ana")
    assert (ana.family_name, ana.given_name, ana.middle_name) == (name, name, name)
    Student.objects.update(updated=LONG_AGO)
    assert bring()["outcome"] == "unchanged"


# The brake


@pytest.mark.parametrize(("gone", "waits"), [(9, False), (10, False), (20, False), (21, True), (60, True)])
def test_a_bulk_that_marks_more_than_the_limit_as_left_waits_for_a_person(bring, own, gone, waits):
    many(own, 97)
    bring()
    for number in range(gone):
        own.remove("users", f"m{number}")
    told = bring()
    assert told["outcome"] == ("refused" if waits else "applied")
    assert Student.objects.filter(active=False).count() == (0 if waits else gone)
    if waits:
        assert f"{gone} of 100 active students" in told["reason"]
        assert bring("--confirm")["outcome"] == "applied"
        assert Student.objects.filter(active=False).count() == gone


def test_few_never_wait_and_both_limits_are_preferences(bring, own):
    many(own, 7)
    bring()
    for number in range(7):
        own.remove("users", f"m{number}")
    before = own.snapshot()
    set_value(SYNC_HOLD_MINIMUM, "5")
    assert bring()["outcome"] == "refused"
    set_value(SYNC_HOLD_PERCENT, "80")
    assert bring()["outcome"] == "applied"
    assert own.snapshot() == before


def test_a_school_that_loses_every_student_waits_though_the_district_is_large(bring, own):
    many(own, 200)
    many(own, 11, own.middle, "n")
    bring()
    for number in range(11):
        own.remove("users", f"n{number}")
    own.remove("users", "cleo")
    told = bring()
    assert told["outcome"] == "refused"
    assert told["reason"] == "All 12 students of Maplewood Middle would be marked as left."


def test_a_header_alone_waits(bring, own, tmp_path):
    bring()
    for key in list(own.tables["users"]):
        own.remove("users", key)
    told = bring()
    assert told["outcome"] == "refused"
    assert "users.csv has a header and no rows" in told["reason"]
    assert Student.objects.filter(active=True).count() == 3
    out, err = said(tmp_path / "own")
    assert out == ""
    assert "start it again with --confirm" in err
    assert bring("--confirm")["outcome"] == "applied"
    assert not Student.objects.filter(active=True).exists()


@pytest.mark.parametrize(("prefix", "why"), [("m", "would get another sourcedId"), ("f", "would be marked as left")])
def test_another_districts_bundle_waits_whether_its_numbers_are_like_ours_or_not(bring, own, tmp_path, prefix, why):
    many(own, 30)
    bring()
    other = Serving("fernhill", ours="elsewhere")
    for number in range(40):
        other.add_student(f"{prefix}{number}", "Other", "Otto", org=other.high)
    told = command(other.write(tmp_path / "other"))
    assert told["outcome"] == "refused"
    assert why in told["reason"]
    assert not School.objects.filter(name__startswith="Fernhill").exists()
    assert not Student.objects.filter(family_name="Other").exists()


@pytest.mark.parametrize(("changed", "waits"), [(9, False), (20, False), (21, True), (97, True)])
def test_a_bulk_that_gives_more_than_the_limit_another_number_waits_for_a_person(bring, own, changed, waits):
    many(own, 97)
    bring()
    before = students()
    for number in range(changed):
        own.change("users", f"m{number}", identifier=f"new-{number}")
    told = bring()
    assert told["outcome"] == ("refused" if waits else "applied")
    assert (students() == before) == waits
    if waits:
        assert f"{changed} of 100 known students would get another student number" in told["reason"]
        assert bring("--confirm")["outcome"] == "applied"
        assert Student.objects.filter(number__startswith="new-").count() == changed


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("count", [0, 97])
def test_a_misspelt_header_of_the_numbers_replaces_them_in_no_district_however_small(bring, own, version, count):
    many(own, count, number="n")
    bring(version=version)
    before = students()
    misspelt = own.files(version)["users.csv"].replace(b",identifier,", b",identifer,", 1)
    told = bring(version=version, override={"users.csv": misspelt})
    assert told["outcome"] == "refused"
    assert "would get another student number" in told["reason"]
    assert students() == before
    assert bring("--confirm", version=version, override={"users.csv": misspelt})["outcome"] == "applied"
    assert not Student.objects.filter(number="1").exists()


def test_a_delta_with_a_misspelt_header_waits_too(bring, bring_delta, own):
    many(own, 97, number="n")
    bring()
    since, before = own.snapshot(), students()
    for number in range(30):
        own.change("users", f"m{number}", givenName="Changed")
    misspelt = own.delta(since, AT)["users.csv"].replace(b",identifier,", b",identifer,", 1)
    told = bring_delta(since, override={"users.csv": misspelt})
    assert told["outcome"] == "refused"
    assert "30 of 100 known students would get another student number" in told["reason"]
    assert students() == before


def test_students_who_come_back_under_other_numbers_count_too(bring, own):
    bring()
    Student.objects.update(active=False)
    for key in ("ana", "ben", "cleo"):
        own.change("users", key, identifier=f"new-{key}")
    assert bring()["outcome"] == "refused"


@pytest.mark.parametrize(("district", "changed", "waits"), [(1, 1, False), (2, 1, False), (2, 2, True), (3, 2, False)])
def test_a_small_district_waits_where_every_number_of_two_or_more_would_change(bring, own, district, changed, waits):
    keys = ["ana", "ben", "cleo"][:district]
    for key in {"ana", "ben", "cleo"} - set(keys):
        own.remove("users", key)
    bring()
    for key in keys[:changed]:
        own.change("users", key, identifier=f"new-{key}")
    told = bring()
    assert told["outcome"] == ("refused" if waits else "applied")
    assert Student.objects.filter(number__startswith="new-").count() == (0 if waits else changed)


def test_who_left_does_not_hide_that_every_other_number_would_change(bring, own):
    bring()
    own.remove("users", "cleo")
    for key in ("ana", "ben"):
        own.change("users", key, identifier=f"new-{key}")
    assert bring()["outcome"] == "refused"


# Faults


def test_what_cannot_be_taken_at_all_names_file_line_and_column_and_changes_nothing(bring, own, tmp_path):
    bring()
    users = own.files()["users.csv"]
    for content, file, place in (
        (users.replace("Núñez".encode(), b"N\xfa\xf1ez"), "users.csv", "line"),
        (users + b'"unclosed', "users.csv", "line"),
        (b"", "users.csv", ""),
        (users.replace(b"familyName", b"surname"), "users.csv", "column familyName"),
        (None, "users.csv", ""),
    ):
        told = bring(override={"users.csv": content})
        assert told["outcome"] == "failed", content
        assert told["reason"].startswith(file)
        assert place in told["reason"]
    assert bring()["outcome"] == "unchanged"


def test_a_bulk_of_1_2_without_roles_is_refused(bring, own):
    manifest = own.files("1.2")["manifest.csv"].replace(b"file.roles,bulk", b"file.roles,absent")
    told = bring(version="1.2", override={"roles.csv": None, "manifest.csv": manifest})
    assert told["outcome"] == "failed"
    assert told["reason"].startswith("roles.csv")


def test_what_is_no_bundle_is_a_sentence_and_exit_1(tmp_path):
    (tmp_path / "not.zip").write_bytes(b"PK\x03\x04 nothing")
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../users.csv", "x")
    for path in (tmp_path / "missing", tmp_path / "not.zip", tmp_path, evil):
        out, err = said(path)
        assert (out, err[:6]) == ("", "failed")
        assert "Traceback" not in err


def test_who_changes_a_student_meanwhile_makes_the_import_start_again(bring, own, monkeypatch):
    bring()
    own.change("users", "ana", givenName="Anna")
    whole = applying.engine_of

    def meanwhile(connection):
        Student.objects.filter(number="2").update(given_name="Benny")
        monkeypatch.setattr(applying, "engine_of", whole)
        return whole(connection)

    monkeypatch.setattr(applying, "engine_of", meanwhile)
    told = bring()
    assert told["outcome"] == "failed"
    assert "Start it again" in told["reason"]
    assert Student.objects.get(number="1").given_name == "Ana"


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_fails_leaves_nothing_behind(bring, own):
    own.add_school("third", "Third School")

    class Broken(Exception):
        pass

    for number in range(1, 200):
        seen = []

        def fail(execute, sql, params, many, context, number=number, seen=seen):
            seen.append(sql)
            if len(seen) == number:
                raise Broken
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(fail):
                bring()
        except Broken:
            assert (School.objects.count(), Calendar.objects.count(), Student.objects.count()) == (0, 0, 0)
        else:
            break
    assert number > 5
    assert Student.objects.count() == 3


# What it costs, and what it leaves alone


def test_statements_do_not_grow_with_the_students(bring, own):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            bring("--confirm")
        return len(captured)

    def grow(count, prefix):
        many(own, count, prefix=prefix)
        created = statements()
        for number in range(count):
            own.change("users", f"{prefix}{number}", givenName="Changed", identifier=f"{prefix}-{number}")
        changed = statements()
        for number in range(count):
            own.remove("users", f"{prefix}{number}")
        return created, changed, statements()

    bring()
    assert grow(10, "few") == grow(1000, "many")


def test_rosters_links_and_the_audit_log_are_left_alone(home, bring, own):
    CrossSiteStudent.objects.create(student=home.students["ana"], district=home.lakeside, number="L-1")
    entries = AuditLogEntry.objects.count()
    for student in home.students.values():
        own.add_student(student.number, student.family_name, student.given_name, org=own.high, key=student.number)
    assert bring()["outcome"] == "applied"
    assert CrossSiteStudent.objects.get().student == home.students["ana"]
    assert Roster.objects.count() == 0
    assert AuditLogEntry.objects.count() == entries


def test_people_read_what_came_of_it(own, tmp_path):
    own.change("users", "ana", familyName="")
    out, err = said(own.write(tmp_path / "own"))
    assert out.startswith("applied\n")
    assert "  students: 2 new, 0 changed" in out
    assert "error: users.csv, line 2, familyName: A required value is missing." in out
    assert err == ""
