from __future__ import annotations

import pytest
from django.http import Http404

from crosssite.access import ALL, ChosenSchool, chosen_school, only_visible, permitted_schools, visible_entries
from crosssite.models import SyncRunCount
from district.models import School, UserAccount, UserSchoolYearRights
from district.years import school_year

from .logbook import entry, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def schools(db):
    return [School.objects.create(name=f"{name} School") for name in ("Ash", "Birch", "Cedar")]


def allow(user, school, **fields):
    UserSchoolYearRights.objects.create(user=user, school=school, end_year=school_year(), **fields)
    # Rights are read once for each request: the next one reads them anew.
    return UserAccount.objects.get(pk=user.pk)


def test_a_person_sees_the_entries_and_counts_of_her_schools_only(registrar, schools):
    ash, birch, _cedar = schools
    mine, _others = entry(ash), entry(birch)
    counts = [
        SyncRunCount.objects.create(run=run(), home_school_id=school.pk, home_school=school.name, action="x", count=1)
        for school in schools
    ]
    registrar = allow(registrar, ash)
    assert list(visible_entries(registrar)) == [mine]
    assert list(only_visible(registrar, SyncRunCount.objects.all())) == counts[:1]


def test_who_may_see_all_schools_sees_entries_of_a_school_that_is_gone_too(administrator, registrar, schools):
    gone = entry(School(pk=999, name="Gone School"))
    assert list(visible_entries(administrator)) == [gone]
    assert list(visible_entries(allow(registrar, None))) == [gone]


def test_a_person_without_a_school_sees_nothing_and_chooses_nothing(registrar, schools):
    entry(schools[0])
    assert list(visible_entries(registrar)) == []
    assert permitted_schools(registrar) == []
    assert chosen_school(registrar, None) is None


def test_without_a_name_the_first_permitted_school_is_chosen(administrator, registrar, schools):
    _ash, birch, cedar = schools
    allow(registrar, cedar)
    assert chosen_school(allow(registrar, birch), "") == ChosenSchool(birch)
    assert chosen_school(administrator, None) == ChosenSchool(schools[0])


def test_where_there_is_no_school_yet_all_schools_are_chosen(administrator):
    assert chosen_school(administrator, None) == ChosenSchool(None)


def test_all_schools_are_for_those_whose_rights_say_so(administrator, registrar, schools):
    assert chosen_school(administrator, ALL).value == ALL
    assert chosen_school(allow(registrar, None), ALL).name == "All Schools"
    assert [choice.value for choice in permitted_schools(administrator)] == ["all", *(str(s.pk) for s in schools)]


@pytest.mark.parametrize("value", ["all", "birch", 999, "999"])
def test_what_is_not_permitted_and_what_does_not_exist_are_not_found(registrar, schools, value):
    registrar = allow(registrar, schools[0])
    assert chosen_school(registrar, schools[0].pk) == chosen_school(registrar, str(schools[0].pk))
    with pytest.raises(Http404):
        chosen_school(registrar, schools[1].pk if value == "birch" else value)


def test_a_right_for_another_school_year_does_not_count(registrar, schools):
    UserSchoolYearRights.objects.create(user=registrar, school=schools[0], end_year=school_year() - 1)
    assert permitted_schools(registrar) == []
