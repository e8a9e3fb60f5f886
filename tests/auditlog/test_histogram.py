"""The histogram of the rows shown: which bars, how high, where, and to what they narrow."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs

import pytest

from auditlog.context import acting_as
from auditlog.histogram import HIGHEST, LOWEST, MOST, histogram
from auditlog.unrecorded import Period
from district.models import Preference, UserGroup

from .test_views import LIST, count_queries, rows_of, text_of

#: 9 o'clock on a Monday in Chicago, in winter.
MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
HERS = {"changed_by": "jclerk"}


def drawn(*moments: datetime, periods=()):
    return histogram(sorted(moments, reverse=True), periods, "changed_by=jclerk")


def bars(found) -> list[tuple[str, int]]:
    return [(bar.label, bar.count) for bar in found.bars]


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


def test_without_rows_there_is_nothing_to_draw():
    assert drawn() is None


def test_one_row_and_five_hundred_of_one_moment_are_one_bar():
    for number in (1, 500):
        found = drawn(*[MONDAY] * number)
        assert bars(found) == [("03/02/2026 09:00", number)]
        (bar,) = found.bars
        assert (bar.height, bar.y) == (HIGHEST, 0)
        assert percent(bar.width) < 10


@pytest.mark.parametrize(
    ("span", "unit"),
    [
        (timedelta(minutes=30), "by minute"),
        (timedelta(hours=3), "by 5 minutes"),
        (timedelta(hours=9), "by quarter of an hour"),
        (timedelta(hours=36), "by hour"),
        (timedelta(days=4), "by 3 hours"),
        (timedelta(days=9), "by 6 hours"),
        (timedelta(days=40), "by day"),
        (timedelta(days=200), "by week"),
        (timedelta(days=1100), "by month"),
        (timedelta(days=3650), "by quarter"),
        (timedelta(days=9000), "by year"),
    ],
)
def test_bars_are_as_long_as_the_span_calls_for_and_never_too_many(span, unit):
    moments = [MONDAY + span * number / 499 for number in range(500)]
    found = drawn(*moments)
    assert str(found.unit) == unit
    assert 4 < len(found.bars) <= MOST
    assert sum(bar.count for bar in found.bars) == found.shown == 500


def test_heights_follow_the_counts_and_what_is_there_can_be_seen():
    found = drawn(*[MONDAY] * 400, *[MONDAY + timedelta(minutes=1)] * 200, MONDAY + timedelta(minutes=3))
    assert [bar.height for bar in found.bars] == [HIGHEST, HIGHEST / 2, 0, LOWEST]
    assert found.highest.count == 400
    assert all(bar.y + bar.height == HIGHEST for bar in found.bars)


def test_bars_stand_side_by_side_within_the_drawing():
    found = drawn(*(MONDAY + timedelta(days=number) for number in range(20)))
    edges = [(percent(bar.x), percent(bar.x) + percent(bar.width)) for bar in found.bars]
    assert all(end < start for (_start, end), (start, _end) in itertools.pairwise(edges))
    assert edges[0][0] > 0
    assert edges[-1][1] < 100


def criteria(bar) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(bar.query).items()}


def test_a_bar_of_days_narrows_to_its_days():
    found = drawn(*(MONDAY + timedelta(days=7 * number + 2) for number in range(10)))
    assert bars(found)[1] == ("03/09/2026 to 03/15/2026", 1)
    assert criteria(found.bars[1]) == {**HERS, "start_date": "2026-03-09", "end_date": "2026-03-15"}


def test_a_shorter_bar_narrows_to_its_minutes_up_to_the_end_of_the_day():
    late = datetime(2026, 3, 3, 5, 30, tzinfo=UTC)  # 23:30
    found = drawn(late - timedelta(hours=20), late)
    day = {"start_date": "2026-03-02", "end_date": "2026-03-02"}
    assert bars(found)[0] == ("03/02/2026, 03:00 to 03:59", 1)
    assert criteria(found.bars[0]) == {**HERS, **day, "start_time": "03:00", "end_time": "03:59"}
    assert bars(found)[-1] == ("03/02/2026, 23:00 to 23:59", 1)
    assert criteria(found.bars[-1]) == {**HERS, **day, "start_time": "23:00", "end_time": "23:59"}


def test_a_month_and_a_quarter_end_with_their_last_day():
    found = drawn(*(datetime(2026, month, 15, tzinfo=UTC) for month in range(1, 13)))
    assert str(found.unit) == "by month"
    assert bars(found)[1] == ("February 2026", 1)
    assert criteria(found.bars[1])["end_date"] == "2026-02-28"
    found = drawn(datetime(2020, 1, 15, tzinfo=UTC), datetime(2026, 12, 15, tzinfo=UTC))
    assert bars(found)[-1] == ("October to December 2026", 1)
    assert criteria(found.bars[-1])["end_date"] == "2026-12-31"


def test_the_hour_that_an_autumn_night_has_twice_is_one_bar():
    first = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 01:30 -0500, and an hour later 01:30 -0600
    found = drawn(*(first + timedelta(hours=number) for number in range(-1, 24)))
    assert ("11/01/2026, 01:00 to 01:59", 2) in bars(found)
    assert len(found.bars) == 24


def test_the_hour_that_a_spring_night_leaves_out_is_no_bar():
    found = drawn(*(datetime(2026, 3, 8, hour, 30, tzinfo=UTC) for hour in range(6, 18)))
    labels = [label for label, _count in bars(found)]
    assert labels[1:3] == ["03/08/2026, 01:00 to 01:59", "03/08/2026, 03:00 to 03:59"]
    assert all(count == 1 for _label, count in bars(found))


def test_days_of_23_and_25_hours_are_days():
    for start in (datetime(2026, 3, 1, 6, tzinfo=UTC), datetime(2026, 10, 26, 5, tzinfo=UTC)):
        found = drawn(*(start + timedelta(hours=number) for number in range(24 * 14)))
        assert sorted({bar.count for bar in found.bars[1:-1]} - {24})[0] in (23, 25)
        assert str(found.unit) == "by day"


def test_a_band_lies_where_the_silence_was():
    days = [MONDAY - timedelta(hours=9) + timedelta(days=number) for number in range(20)]
    silence = Period("User changes", days[2] + timedelta(hours=12), days[4] + timedelta(hours=12))
    ((x, width),) = drawn(*days, periods=[silence]).bands
    assert (percent(x), percent(width)) == (12.5, 10)


def test_bands_end_with_the_drawing_and_the_shortest_can_be_seen():
    days = [MONDAY + timedelta(days=number) for number in range(10)]
    whole, outside = Period("x", None, None), Period("x", None, days[0] - timedelta(days=3))
    assert drawn(*days, periods=[whole, outside]).bands == [("0.000%", "100.000%")]
    short = Period("x", days[3], days[3] + timedelta(seconds=5))
    ((_x, width),) = drawn(*days, periods=[short]).bands
    assert percent(width) == 0.4


# --- on the page --------------------------------------------------------------------------------------------


@pytest.fixture
def reader(client, auditor):
    client.force_login(auditor)
    return client


def at(when: datetime, name: str) -> None:
    with acting_as("jclerk", at=when):
        UserGroup.objects.create(name=name)


def links(response) -> list[str]:
    part = response.content.decode().partition('<details class="histogram-list">')[2].partition("</details>")[0]
    return [unescape(address) for address in re.findall(r'<a href="([^"]+)"', part)]


@pytest.mark.django_db
def test_every_bar_leads_to_as_many_rows_as_it_counts(reader):
    for number in range(30):
        at(MONDAY + timedelta(days=(number * 7) % 25, hours=number % 5), f"Group {number}")
    response = reader.get(LIST, HERS)
    assert "The 30 entries shown, by day." in text_of(response)
    counted = [int(count) for count in re.findall(r"/2026: (\d+) entr(?:y|ies)</a>", response.content.decode())]
    assert sum(counted) == 30
    assert [len(rows_of(reader.get(address))) for address in links(response)] == counted


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [1, 40, 400])
def test_bars_shorter_than_a_day_lead_to_as_many_rows_as_they_count(reader, minutes):
    for number in range(6):
        at(datetime(2026, 3, 3, 5, 0, 59, 999_999, tzinfo=UTC) + timedelta(minutes=number * minutes), f"Group {number}")
    response = reader.get(LIST, HERS)
    counted = [int(count) for count in re.findall(r": (\d+) entr(?:y|ies)</a>", response.content.decode())]
    assert sum(counted) == 6
    assert [len(rows_of(reader.get(address))) for address in links(response)] == counted


@pytest.mark.django_db
def test_the_drawing_has_the_links_of_the_list_and_no_stop_for_the_keyboard(reader):
    for number in range(5):
        at(MONDAY + timedelta(days=number), f"Group {number}")
    page = reader.get(LIST, HERS).content.decode()
    svg = page.partition("<svg width")[2].partition("</svg>")[0]
    drawn_links = [unescape(address) for address in re.findall(r'<a href="([^"]+)" tabindex="-1">', svg)]
    assert drawn_links == links(reader.get(LIST, HERS))
    assert 'aria-hidden="true"' in svg
    assert "style=" not in svg


@pytest.mark.django_db
def test_nothing_is_drawn_for_no_rows_and_for_a_refused_search(reader):
    assert "log-histogram" not in reader.get(LIST, {"changed_by": "nobody"}).content.decode()
    assert "log-histogram" not in reader.get(LIST, {"table": "Nonsense"}).content.decode()


@pytest.mark.django_db
def test_the_list_says_when_user_changes_were_not_recorded_in_the_time_it_covers(reader):
    at(MONDAY, "Before")
    for days, value in ((1, "false"), (2, "true"), (10, "false")):
        with acting_as("jclerk", at=MONDAY + timedelta(days=days)):
            Preference.objects.update_or_create(name="AuditUsers", defaults={"value": value})
    first = "User changes were not recorded from 03/03/2026 09:00:00 -0600 to 03/04/2026 09:00:00 -0600."
    still = "User changes have not been recorded since 03/12/2026 10:00:00 -0500."
    page = text_of(reader.get(LIST, HERS))
    assert page.index(still) < page.index(first)
    assert "Hatched: not recorded, see above." in page
    assert still not in text_of(reader.get(LIST, {**HERS, "end_date": "2026-03-10"}))
    assert first not in text_of(reader.get(LIST, {**HERS, "start_date": "2026-03-05"}))
    assert first in text_of(reader.get(LIST, {"changed_by": "nobody"}))
    assert first not in text_of(reader.get(LIST, {"table": "Preference"}))


@pytest.mark.django_db
def test_silences_and_the_histogram_cost_the_same_queries_however_many(reader):
    at(MONDAY, "One")
    asked = count_queries(lambda: reader.get(LIST, HERS))
    for number in range(40):
        with acting_as("jclerk", at=MONDAY + timedelta(days=number)):
            value = "false" if number % 2 == 0 else "true"
            Preference.objects.update_or_create(name="AuditUsers", defaults={"value": value})
    response = reader.get(LIST, HERS)
    assert count_queries(lambda: reader.get(LIST, HERS)) == asked
    assert text_of(response).count("User changes were not recorded from") == 3
    assert "17 earlier periods" in text_of(response)


@pytest.mark.django_db
def test_paper_names_the_criteria(reader):
    at(MONDAY, "One")
    page = text_of(reader.get(LIST, {**HERS, "table": "UserGroup", "start_date": "2026-03-01", "fold": "1"}))
    assert "Criteria: Start Date: 03/01/2026; Table: UserGroup; Changed By: jclerk" in page
    assert "Criteria: none, every entry" in text_of(reader.get(LIST))
