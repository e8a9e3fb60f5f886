"""The criteria of the Audit Log against a plain filter in Python: list and export find just what they say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditlog import asking, criteria, walks, ways
from auditlog.filters import AuditLogFilterSet
from auditlog.generated.filling import fill
from auditlog.models import Action, AuditLogEntry, Mark
from auditlog.search import fold, fold_value

pytestmark = pytest.mark.django_db


class Told:
    """An entry with all that stands beside it, read once, and what a query says about it in Python."""

    def __init__(self, entry):
        self.entry = entry
        self.names = {name.folded for name in entry.names.all()}
        self.subjects = {subject.subject for subject in entry.subjects.all()}
        self.marks = {mark.mark for mark in entry.marks.all()}
        self.properties = [
            (detail.property_name, fold_value(detail.existing_value), fold_value(detail.new_value))
            for detail in entry.details.all()
        ]

    def meets(self, query: QueryDict) -> bool:
        one, many = query.get, query.getlist
        entry = self.entry
        properties = [name for name, _old, _new in self.properties]
        asked = [fold(one(name, "")) for name in ("property", "existing_value", "new_value")]
        return all(
            (
                not many("table") or entry.table in many("table"),
                not many("action") or entry.action in many("action"),
                entry.table not in many("not_table"),
                entry.action not in many("not_action"),
                entry.changed_by not in many("not_actor"),
                one("actor") in (None, entry.changed_by),
                fold(one("changed_by", "")) in fold(entry.changed_by),
                one("by") in (None, str(entry.changed_by_id)),
                one("change_set") in (None, str(entry.change_set)),
                one("subject") is None or one("subject") in self.subjects,
                one("object") is None or fold(one("object")) in self.names,
                any(fold(one("affected_object", "")) in name for name in self.names),
                self.names.isdisjoint(map(fold, many("not_object"))),
                self.subjects.isdisjoint(many("not_subject")),
                set(properties).isdisjoint(many("not_property")),
                not many("mark") or not self.marks.isdisjoint(many("mark")),
                not any(asked)
                or any(all(map(str.__contains__, (fold(p), old, new), asked)) for p, old, new in self.properties),
            )
        )


@pytest.fixture(scope="module")
def history(module_db) -> list[Told]:
    """Everything in the log, newest first: what installing left, and 400 invented entries."""
    fill(400, 7, lambda done, of: None)
    related = ("names", "subjects", "marks", "details")
    return [Told(entry) for entry in AuditLogEntry.objects.order_by("-timestamp", "-id").prefetch_related(*related)]


#: Query parameters, and how the values of one are drawn from what the log holds.
DRAWN = {
    "table": lambda told: told.entry.table,
    "action": lambda told: told.entry.action,
    "not_table": lambda told: told.entry.table,
    "not_action": lambda told: told.entry.action,
    "actor": lambda told: told.entry.changed_by,
    "not_actor": lambda told: told.entry.changed_by,
    "changed_by": lambda told: told.entry.changed_by[:2],
    "by": lambda told: str(told.entry.changed_by_id or 5),
    "change_set": lambda told: str(told.entry.change_set),
    "subject": lambda told: max(told.subjects),
    "not_subject": lambda told: max(told.subjects),
    "object": lambda told: max(told.names).upper(),
    "not_object": lambda told: max(told.names).title(),
    "affected_object": lambda told: max(told.names)[:3].replace(",", ""),
    "property": lambda told: told.properties[0][0][:5].upper() if told.properties else "value",
    "not_property": lambda told: told.properties[0][0] if told.properties else "value",
    "existing_value": lambda told: told.properties[0][1][:3] if told.properties else "1",
    "new_value": lambda told: told.properties[0][2][:3] if told.properties else "true",
    "mark": lambda told: max(told.marks, default=Mark.MANY.value),
}
REPEATED = {"table", "action", "mark"} | {name for name in DRAWN if name.startswith("not_")}


@st.composite
def queries(draw, history):
    """Up to four criteria, most of them true of one and the same entry, so that much is found."""
    query = QueryDict(mutable=True)
    told = draw(st.sampled_from(history))
    for name in draw(st.sets(st.sampled_from(sorted(DRAWN)), min_size=1, max_size=4)):
        other = draw(st.sampled_from(history)) if name.startswith("not_") or draw(st.booleans()) else told
        value = DRAWN[name](other)
        if value:
            query.setlist(name, [value])
        if name in REPEATED and draw(st.booleans()):
            query.appendlist(name, DRAWN[name](draw(st.sampled_from(history))))
    return query


@pytest.mark.parametrize("few", [criteria.FEW, 2], ids=["rare", "frequent"])
def test_list_and_export_find_exactly_what_the_criteria_say(history, monkeypatch, few):
    for module in (criteria, walks, asking):
        monkeypatch.setattr(module, "FEW", few)

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def check(data):
        query = data.draw(queries(history))
        filterset = AuditLogFilterSet(query)
        assert filterset.is_valid(), filterset.form.errors
        expected = [told.entry.pk for told in history if told.meets(query)]
        assert [entry.pk for entry in filterset.newest(1000)] == expected, query.urlencode()
        assert [entry.pk for entry in filterset.newest(7)] == expected[:7], query.urlencode()
        assert list(filterset.qs.values_list("pk", flat=True)) == expected, query.urlencode()

    check()


@pytest.mark.parametrize("name", DRAWN)
def test_every_parameter_finds_something_and_leaves_something_out(history, name):
    """So that the test above cannot be right for want of anything to find."""
    values = {DRAWN[name](told) for told in history[:400:7]}
    found = []
    for value in values - {""}:
        query = QueryDict(mutable=True)
        query[name] = value
        filterset = AuditLogFilterSet(query)
        assert filterset.is_valid(), filterset.form.errors
        found.append(len(filterset.newest(1000)))
    assert any(0 < number < len(history) for number in found)


def test_the_way_with_the_fewest_entries_leads(history):
    told = history[0]
    asked = criteria.Criteria(subject=max(told.subjects), marks=(Mark.HOURS.value,), change_set=told.entry.change_set)
    some = list(ways.ways(asked, "default"))
    counts = {way.source + way.keys[0][0]: way for way in some}
    assert len(counts) == 3
    assert ways.fewest(some, "default").count[1] != [Mark.HOURS.value]


def test_what_one_property_has_is_not_put_together_from_two(history):
    """modifyRights from false to true is not found by an entry where closeMonths became true."""
    for query in ("property=modifyRights&new_value=true", "property=modifyrights&existing_value=false&new_value=TRUE"):
        found = AuditLogFilterSet(QueryDict(query)).newest(1000)
        wanted = [t.entry.pk for t in history if t.meets(QueryDict(query))]
        assert [entry.pk for entry in found] == wanted


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("range=fortnight", "range"),
        ("range=today&start_date=2025-01-01", "range"),
        ("range=today&end_time=06:00", "range"),
        ("start_time=18:00", "start_time"),
        ("end_time=18:00&start_date=2025-01-01", "end_time"),
        ("start_date=2025-01-01&start_time=25:00", "start_time"),
        ("start_date=2025-01-01&start_time=6", "start_time"),
        ("start_date=2025-01-01&end_date=2025-01-01&start_time=18:00&end_time=06:00", "end_time"),
        ("affected_object=" + "%2C".join(f"{n}." for n in range(10, 31)), "affected_object"),
        ("by=jdoe", "by"),
        ("by=-1", "by"),
        ("by=99999999999999999999", "by"),
        ("subject=3", "subject"),
        ("subject=Tool:3", "subject"),
        ("subject=UserGroup:", "subject"),
        ("subject=UserGroup:%00", "subject"),
        ("not_subject=UserGroup:3&not_subject=3", "not_subject"),
        ("change_set=abc", "change_set"),
        ("mark=unknown", "mark"),
        ("not_table=Tool", "not_table"),
        ("not_action=Add", "not_action"),
        ("not_actor=%00", "not_actor"),
        ("not_object=" + "a" * 256, "not_object"),
        ("&".join(f"not_property=p{n}" for n in range(51)), "not_property"),
        ("actor=%00", "actor"),
        ("object=" + "a" * 256, "object"),
        ("property=%00", "property"),
        ("new_value=" + "a" * 256, "new_value"),
    ],
)
def test_what_is_not_understood_is_an_error_and_gives_no_rows(query, field):
    filterset = AuditLogFilterSet(QueryDict(query))
    assert list(filterset.form.errors) == [field]
    assert filterset.newest(501) == []
    assert list(filterset.qs) == []


@pytest.mark.parametrize("limit", [1, 501])
def test_a_search_is_never_more_than_a_few_statements(history, django_assert_max_num_queries, limit):
    told = next(told for told in history if told.properties)
    query = QueryDict(mutable=True)
    query.update(
        {name: DRAWN[name](told) for name in ("subject", "by", "object", "property", "not_actor", "not_table")}
    )
    filterset = AuditLogFilterSet(query)
    assert filterset.is_valid()
    with django_assert_max_num_queries(8):
        filterset.newest(limit)


def test_what_is_named_again_and_again_costs_no_more_than_once(history, django_assert_max_num_queries):
    for query in ("table=UserGroup&action=add", "mark=own", "affected_object=" + "%2C".join(["a", "an"] * 40)):
        filterset = AuditLogFilterSet(QueryDict("&".join([query] * 300)))
        assert filterset.is_valid()
        with django_assert_max_num_queries(5):
            filterset.newest(501)


def test_a_complement_of_everything_finds_nothing():
    query = "&".join(f"not_action={action}" for action in Action.values)
    assert AuditLogFilterSet(QueryDict(query)).newest(501) == []
    assert list(AuditLogFilterSet(QueryDict(query)).qs) == []


def begins(query: str) -> datetime | None:
    filterset = AuditLogFilterSet(QueryDict(query))
    assert filterset.is_valid()
    return filterset.criteria.start


def test_a_range_stays_relative_to_today_when_the_query_is_used_again(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 7, 2, 12, tzinfo=UTC))
    assert begins("range=today") == datetime(2026, 7, 2, 5, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 7, 3, 4, tzinfo=UTC))
    assert begins("range=today") == datetime(2026, 7, 2, 5, tzinfo=UTC), "23:00 in the district"
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 7, 3, 6, tzinfo=UTC))
    assert begins("range=today") == datetime(2026, 7, 3, 5, tzinfo=UTC)


def test_times_of_day_are_the_districts_and_the_minute_of_the_end_counts():
    filterset = AuditLogFilterSet(
        QueryDict("start_date=2025-01-01&start_time=18:00&end_date=2025-01-02&end_time=05:59")
    )
    assert filterset.is_valid()
    assert filterset.criteria.start == datetime(2025, 1, 2, 0, 0, tzinfo=UTC)
    assert filterset.criteria.end == datetime(2025, 1, 2, 12, 0, tzinfo=UTC)
