"""The criteria of the Data Sync Log: each column, several together, and what is not understood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.http import QueryDict
from django.utils import timezone

from crosssite import filters, reading
from crosssite.filters import SyncLogFilterSet
from crosssite.models import SyncReview
from district.models import School, UserAccount

from .logbook import entry
from .readers import reader

pytestmark = pytest.mark.django_db

LONG = "a" * 256
NAMES = {
    "end": ("Updated Roster End Date", {"old_value": "2027-01-15", "new_value": "2026-12-18"}),
    "start": ("Updated Roster Start Date", {"old_value": "2026-08-17", "new_value": "2026-09-01"}),
    "deleted": ("Deleted Roster", {"student_number": "000520", "student_name": "O’Brien, Dan"}),
    "created": (
        "Created Roster",
        {"student_number": "104519", "student_name": "NÚÑEZ, Cleo", "course_number": "BIO_1"},
    ),
    "section": ("Updated Section Data", {"section_number": "12", "serving_school": "Lakeside Tech"}),
    "invalid": ("Invalidated Section", {"course_name": "Straße 100%", "serving_district": "Northview Unified"}),
}
TIMES = {
    "end": "2026-03-28 07:15:07",
    "start": "2026-03-28 06:59:59",
    "deleted": "2025-03-21 12:00:00",
    "created": "2025-03-02 12:00:00",
    "section": "2024-11-20 12:00:00",
    "invalid": "2024-02-29 12:00:00",
}


#: Queries and what they find, newest first.
QUERIES = (
    ("", list(NAMES)),
    ("action=Update", ["end", "start", "section"]),
    ("action=roster", ["end", "start", "deleted", "created"]),
    ("action=E", list(NAMES)),
    ("action=nothing", []),
    ("student_number=104417", ["end", "start"]),
    ("student_number=0005", ["deleted"]),
    ("student_name=rivera, ana", ["end", "start"]),
    ("student_name=núñez", ["created"]),
    ("student_name=O’BRIEN", ["deleted"]),
    ("student_name=nobody", []),
    ("course_number=o_1", ["created"]),
    ("course_number=m_t", []),
    ("course_name=STRASSE", ["invalid"]),
    ("course_name=100%", ["invalid"]),
    ("course_name=algebra", ["end", "start", "deleted", "created", "section"]),
    ("section_number=2", ["section"]),
    ("old_value=2027", ["end"]),
    ("new_value=2026-0", ["start"]),
    ("serving_district=north", ["invalid"]),
    ("serving_school=tech", ["section"]),
    ("action=upd&old_value=08-17", ["start"]),
    ("action=upd&serving_school=tech&section_number=12", ["section"]),
    ("action=deleted&student_name=rivera", []),
    ("student_name=&action=", list(NAMES)),
    ("entry=5", list(NAMES)),
    ("timestamp=03/2", ["end", "start", "deleted"]),
    ("timestamp=03/28/2026 02", ["end"]),
    ("timestamp=03/28/2026 01:59:59 -0500", ["start"]),
    ("timestamp=03/28/2026 01:59:59 -0600", []),
    ("timestamp=2026-03-28 02:15:07", ["end"]),
    ("timestamp=2025-", ["deleted", "created"]),
    ("timestamp=20", list(NAMES)),
    ("timestamp=1", ["section"]),
    ("timestamp=02/29", ["invalid"]),
    ("timestamp=03/&action=roster&student_name=rivera", ["end", "start"]),
    ("review=none", list(NAMES)),
    ("review=reviewed", []),
)


@pytest.fixture(scope="module")
def school(module_db):
    return School.objects.create(name="Ash School")


@pytest.fixture(scope="module")
def log(school):
    """Six entries of a school, newest first as in NAMES, and the same of another school."""
    other = School.objects.create(name="Birch School")
    made = {}
    for name, (action, fields) in reversed(NAMES.items()):
        at = datetime.fromisoformat(TIMES[name]).replace(tzinfo=UTC)
        made[name] = entry(school, at, action=action, **fields)
        entry(other, at, action=action, **fields)
    reader("ash", school)
    return made


def filterset(query: str, username: str = "ash") -> SyncLogFilterSet:
    return SyncLogFilterSet(QueryDict(query), user=UserAccount.objects.get(username=username))


def found(log, query: str) -> list[str]:
    """What a query finds, by name, newest first: the list on the page and all that matches are the same."""
    return found_by(log, filterset(query))


def found_by(log, criteria: SyncLogFilterSet) -> list[str]:
    assert criteria.is_valid(), criteria.form.errors
    names = {made.pk: name for name, made in log.items()}
    newest = [names[one.pk] for one in criteria.newest(501)]
    assert newest == [names[one.pk] for one in criteria.qs]
    return newest


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_each_criterion_and_their_combinations_find_what_they_say(log, query, expected):
    assert found(log, query.replace("%", "%25")) == expected


@pytest.mark.parametrize("recent", [0, 1, 3, 5])
@pytest.mark.parametrize("share", [0, 1, 1000])
def test_wherever_the_newest_are_sought_they_are_the_same(log, monkeypatch, recent, share):
    """Among the recent ones, through the index of the school, in the whole table."""
    monkeypatch.setattr(reading, "RECENT", recent)
    monkeypatch.setattr(reading, "SHARE", share)
    for query, expected in QUERIES:
        criteria = filterset(query.replace("%", "%25"))
        assert found_by(log, criteria) == expected, query
        assert [one.pk for one in criteria.newest(1)] == [log[name].pk for name in expected[:1]], query


def test_a_text_that_very_many_texts_of_a_column_contain_is_found_too(log, monkeypatch):
    monkeypatch.setattr(filters, "FEW", 1)
    assert found(log, "course_name=a") == list(NAMES)
    assert found(log, "student_name=n&action=roster") == ["end", "start", "deleted", "created"]


def test_all_schools_are_searched_together(log):
    reader("everywhere", None)
    assert len(filterset("school=all&action=update", "everywhere").qs) == 6
    assert len(filterset("school=all&timestamp=03/2", "everywhere").qs) == 6


def review(of, status: str, days: int = 0) -> None:
    when = timezone.now() + timedelta(days=days)
    SyncReview.objects.create(entry=of, timestamp=when, status=status, reviewed_by="ash")


def test_the_newest_review_of_an_entry_counts(log):
    review(log["end"], "reviewed")
    review(log["start"], "resolved")
    review(log["start"], "contacted", days=1)
    assert found(log, "review=reviewed") == ["end"]
    assert found(log, "review=contacted") == ["start"]
    assert found(log, "review=resolved") == []
    assert found(log, "review=none") == ["deleted", "created", "section", "invalid"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("unknown=1", "__all__"),
        ("home_school_id=1", "__all__"),
        ("action__in=Created Roster", "__all__"),
        ("%00=1", "__all__"),
        ("school=abc", "school"),
        ("school=-1", "school"),
        ("school=%D9%A1", "school"),
        ("school=100000000000000000000", "school"),
        ("school=%00", "school"),
        ("timestamp=3", "timestamp"),
        ("timestamp=13/", "timestamp"),
        ("timestamp=02/30", "timestamp"),
        ("timestamp=02/29/2025", "timestamp"),
        ("timestamp=03/28/2025 24", "timestamp"),
        ("timestamp=03-28", "timestamp"),
        ("timestamp=2025/03", "timestamp"),
        ("timestamp=yesterday", "timestamp"),
        ("timestamp=03/28/2025 02:15:07 CST", "timestamp"),
        ("timestamp=%00", "timestamp"),
        ("review=maybe", "review"),
        ("review=%00", "review"),
        *((f"{name}={text}", name) for name in ("action", "student_name", "old_value") for text in ("%00", LONG)),
        *((f"entry={text}", "entry") for text in ("abc", "-1", "%00", "100000000000000000000")),
    ],
)
def test_what_is_not_understood_is_an_error_and_gives_no_rows(log, query, field):
    criteria = filterset(query)
    assert list(criteria.form.errors) == [field]
    assert criteria.newest(501) == list(criteria.qs) == []


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("11/01/2026 01", "2026-11-01 06:00:00", True),
        ("11/01/2026 01", "2026-11-01 07:59:59", True),
        ("11/01/2026 01", "2026-11-01 08:00:00", False),
        ("11/01/2026 01:3", "2026-11-01 06:35:00", True),
        ("11/01/2026 01:3", "2026-11-01 06:45:00", False),
        ("11/01/2026 01:3", "2026-11-01 07:35:00", True),
        ("11/01/2026 01:35:00 -0600", "2026-11-01 06:35:00", False),
        ("03/08/2026 02", "2026-03-08 08:30:00", False),
        ("03/08/2026 03", "2026-03-08 08:30:00", True),
        ("03/08/2026", "2026-03-08 06:00:00", True),
        ("03/08/2026", "2026-03-09 05:00:00", False),
        ("12/31", "2027-01-01 05:59:59", True),
        ("12", "2027-01-01 06:00:00", False),
    ],
)
def test_a_time_is_the_districts_in_the_nights_too_when_the_clocks_change(text, at, expected):
    school = School.objects.create(name="Night School")
    reader("owl", school)
    entry(school, datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert bool(filterset(f"timestamp={quote(text)}", "owl").newest(501)) is expected
