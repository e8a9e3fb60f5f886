from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict

from auditlog import criteria, search, walks, ways
from auditlog.context import acting_as
from auditlog.filters import AuditLogFilterSet
from auditlog.models import AuditLogEntry
from district.models import UserAccount, UserGroup, UserGroupMember

pytestmark = pytest.mark.django_db


def named(*names: str) -> None:
    for name in names:
        UserGroup.objects.create(name=name)


def objects_found(text: str, **more: str) -> set[str]:
    return _found(affected_object=text, **more)


def _found(**query: str) -> set[str]:
    asked = QueryDict(mutable=True)
    asked.update(query)
    filterset = AuditLogFilterSet(asked)
    assert filterset.is_valid(), filterset.form.errors
    newest = filterset.newest(501)
    assert [entry.pk for entry in newest] == [entry.pk for entry in filterset.qs]
    return {entry.affected_object for entry in newest if entry.channel != "install"}


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("Ὀδυσσεύς", "ὈΔΥΣΣΕΎΣ"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("İstanbul", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("Isparta", "İSPARTA"),
        ("Иванов", "ИВАНОВ"),
        ("ÅNGSTRÖM", "ångström"),
        (unicodedata.normalize("NFD", "Zoë"), unicodedata.normalize("NFC", "ZOË")),
        ("ﬁnance", "FINANCE"),
        ("Ǆemal", "ǆEMAL"),
    ],
)
def test_case_does_not_count_in_any_script(stored, asked):
    named(stored, "another")
    with acting_as(stored):
        UserAccount.objects.create_user("made")
    assert objects_found(asked) == {stored}
    assert _found(changed_by=asked) == {"made"}


@pytest.mark.parametrize("text", ["%", "_", "!", "\\", "'", '"', "*", "?", "[a]", "a%b", "!%"])
def test_signs_that_mean_something_to_a_database_stand_for_themselves(text):
    named(f"before{text}after", "before and after")
    with acting_as(f"who{text}"):
        UserAccount.objects.create_user("made")
    assert objects_found(text) == {f"before{text}after"}
    assert _found(changed_by=text) == {"made"}


def test_a_text_is_found_anywhere_in_a_name():
    named("Title One", "Subtitle", "Other")
    assert objects_found("title") == {"Title One", "Subtitle"}


def test_a_search_may_span_the_parts_of_an_affected_object():
    user, group = UserAccount.objects.create_user("smithmark"), UserGroup.objects.create(name="Behavior")
    UserGroupMember.objects.create(user=user, group=group)
    assert objects_found("smithmark, Behavior") == {"smithmark, Behavior"}
    assert objects_found("MARK,behav") == {"smithmark, Behavior"}
    assert objects_found("smithmark, Health") == set()


def test_a_name_that_contains_a_comma_is_found_whole_and_in_part():
    named("Nurses, Deans", "Nurses")
    assert objects_found("Nurses, Deans") == {"Nurses, Deans"}
    assert objects_found("rses, De") == {"Nurses, Deans"}
    assert objects_found(",") == {"Nurses, Deans"}
    assert objects_found("nurses,") == {"Nurses, Deans", "Nurses"}


def test_a_renamed_user_is_found_under_both_names_in_what_touched_him_then():
    user = UserAccount.objects.create_user("jdoe2610")
    user.username = "jroe2610"
    user.save()
    assert len(AuditLogFilterSet(QueryDict("affected_object=JDoe2610")).newest(9)) == 2
    assert objects_found("jroe2610") == {"jroe2610"}


def test_a_name_longer_than_an_index_takes_is_found_by_its_beginning():
    from district.models import School, UserSchoolYearRights

    user = UserAccount.objects.create_user("jdoe")
    for letter in "sß":  # the second one is two letters where case does not count
        school = School.objects.create(name=letter * 200)
        UserSchoolYearRights.objects.create(user=user, school=school)
        assert f"jdoe, All Years, {school}" in objects_found(school.name.upper()[:255])
        assert f"jdoe, All Years, {school}" in objects_found(school.name)


def test_every_distinct_value_is_found_once_by_a_walk_along_the_index(django_assert_num_queries):
    named(*(f"klasse {number}" for number in range(30)))
    for actor in ("b", "a", "C", "ä", "a"):
        with acting_as(actor):
            UserAccount.objects.create_user(f"by {actor} {AuditLogEntry.objects.count()}")
    with django_assert_num_queries(1):
        assert len(search.names_containing("klasse", "default")) == 30
    with django_assert_num_queries(1):
        assert set(search.actors_containing("", "default")) >= {"a", "b", "C", "ä"}
    with django_assert_num_queries(1):
        assert search.tables_in_log("default") == ["UserAccount", "UserGroup"]


def test_more_names_than_one_statement_takes_are_walked_in_several(monkeypatch):
    monkeypatch.setattr(walks, "AT_ONCE", 3)
    named(*(f"group {number}" for number in range(20)))
    assert len(objects_found("group")) == 20
    newest = AuditLogFilterSet(QueryDict("affected_object=group")).newest(5)
    assert [entry.affected_object for entry in newest] == [f"group {number}" for number in (19, 18, 17, 16, 15)]


def test_what_the_first_walks_found_keeps_out_only_what_is_older_than_all_of_it(monkeypatch):
    monkeypatch.setattr(walks, "AT_ONCE", 1)
    day = datetime(2025, 3, 1, 12, tzinfo=UTC)
    with acting_as("admin", at=day):
        first = UserGroup.objects.create(name="klasse a")
    with acting_as("admin", at=day + timedelta(days=1)):
        named("klasse b")
    with acting_as("admin", at=day + timedelta(days=2)):
        first.description = "changed"
        first.save()
    newest = AuditLogFilterSet(QueryDict("affected_object=klasse")).newest(2)
    assert [(entry.affected_object, entry.action) for entry in newest] == [("klasse a", "change"), ("klasse b", "add")]


@pytest.mark.parametrize("query", ["affected_object=group", "changed_by=by", "affected_object=group, 1&changed_by=by"])
def test_frequent_values_are_found_along_the_time_with_the_same_result(monkeypatch, query):
    for number in range(12):
        with acting_as(f"by {number}"):
            named(f"group {number}")
    few = [entry.pk for entry in AuditLogFilterSet(QueryDict(query)).newest(501)]
    monkeypatch.setattr(criteria, "FEW", 2)
    monkeypatch.setattr(walks, "FEW", 2)
    filterset = AuditLogFilterSet(QueryDict(query))
    assert [entry.pk for entry in filterset.newest(501)] == few == [entry.pk for entry in filterset.qs]
    assert few


@pytest.mark.parametrize("recent", [1, 5, 100])
@pytest.mark.parametrize("query", ["affected_object=klasse", "changed_by=by&end_date=2999-01-01", "changed_by=by"])
def test_many_values_are_looked_for_among_the_most_recent_entries_first_with_the_same_result(
    monkeypatch, query, recent
):
    for number in range(12):
        with acting_as(f"by {number}"):
            named(f"klasse {number}")
    everything = [entry.pk for entry in AuditLogFilterSet(QueryDict(query)).newest(501)]
    monkeypatch.setattr(walks, "MANY", 2)
    monkeypatch.setattr(walks, "RECENT", recent)
    for limit in (1, 5, 12, 501):
        assert [entry.pk for entry in AuditLogFilterSet(QueryDict(query)).newest(limit)] == everything[:limit]


def test_the_part_with_the_fewest_entries_leads():
    group = UserGroup.objects.create(name="Everybody")
    users = [UserAccount.objects.create_user(f"user{number}") for number in range(5)]
    UserGroupMember.objects.bulk_create([UserGroupMember(user=user, group=group) for user in users])
    parts = [criteria.Part(text, search.names_containing(text, "default")) for text in ("everybody", "user3")]
    led = ways.fewest(list(ways.ways(criteria.Criteria(parts=tuple(parts)), "default")), "default")
    assert led.keys == [("n.folded = %s", ["user3"])]
    assert objects_found("everybody, user3") == {"user3, Everybody"}


@pytest.mark.parametrize("written", ["O’Brien", "O‘Brien", "Oʼbrien", "O'BRIEN", "O´Brien"])
def test_an_apostrophe_is_found_as_the_keyboard_types_it(written):
    assert search.fold(written) == search.fold("o'brien")
