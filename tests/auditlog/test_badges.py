"""Marks as the list and the page of an entry show them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from auditlog.badges import ABOUT
from auditlog.context import acting_as
from auditlog.models import AuditLogEntry, Mark
from district.models import UserGroup

from .marked import mark
from .test_views import HTMX, LIST, count_queries, newest, rows_of, text_of

pytestmark = pytest.mark.django_db

#: A Tuesday, in the middle of a working day.
NOON = datetime(2026, 3, 3, 18, tzinfo=UTC)
HERS = {"changed_by": "jclerk"}
LEGEND = "What the marks mean"


@pytest.fixture
def reader(client, auditor):
    client.force_login(auditor)
    return client


def groups(*names: str, minutes: int = 0) -> list[AuditLogEntry]:
    """Entries of one click."""
    before = newest().pk
    with acting_as("jclerk", at=NOON + timedelta(minutes=minutes)):
        UserGroup.objects.bulk_create(UserGroup(name=name) for name in names)
    return list(AuditLogEntry.objects.filter(pk__gt=before).order_by("pk"))


def badges(response) -> list[str]:
    return re.findall(r'<a class="log-mark" href="#(mark-\w+)"', response.content.decode())


def test_a_row_names_its_marks_and_the_legend_explains_those_that_are_shown(reader):
    _plain, marked = groups("Plain", "Marked")
    mark(marked, Mark.SECURITY, Mark.OWN)
    response = reader.get(LIST, HERS)
    assert rows_of(response)[0].endswith("Marked Gave it to oneself Security tools jclerk")
    assert rows_of(response)[1].endswith("Plain jclerk")
    assert badges(response) == ["mark-own", "mark-security"]
    legend = text_of(response).partition(LEGEND)[2]
    assert legend.index(str(ABOUT[Mark.OWN])) < legend.index(str(ABOUT[Mark.SECURITY]))
    assert str(ABOUT[Mark.SWITCHED_OFF]) not in legend


def test_a_mark_leads_to_its_explanation_and_is_described_by_it(reader):
    mark(groups("Marked")[0], *Mark.values)
    page = reader.get(LIST, HERS).content.decode()
    for one in Mark:
        assert f'href="#mark-{one}" aria-describedby="about-{one}" data-about="{ABOUT[one]}"' in page
        assert f'<dt id="mark-{one}" tabindex="-1">{one.label}</dt>' in page
        assert f'<dd id="about-{one}">' in page


def test_without_marks_there_is_no_legend(reader):
    groups("Plain")
    assert LEGEND not in text_of(reader.get(LIST, HERS))


def test_a_folded_line_has_the_marks_of_all_that_it_holds(reader):
    first, second, _third = groups("First", "Second", "Third")
    mark(first, Mark.MANY)
    mark(second, Mark.HOURS, Mark.MANY)
    response = reader.get(LIST, {**HERS, "fold": "1"})
    (row,) = rows_of(response)
    assert "3 entries: UserGroup Add Third and 2 others Outside working hours Many changes in one go jclerk" in row
    assert badges(response) == ["mark-hours", "mark-many"]
    assert LEGEND in text_of(response)


@pytest.fixture(params=["list", "alone", "part"])
def show(request, reader):
    """An entry as its three addresses show it."""

    def get(pk: int):
        if request.param == "alone":
            return reader.get(f"{LIST}{pk}/")
        headers = {**HTMX, "HX-Target": "entry"} if request.param == "part" else {}
        return reader.get(LIST, {"entry": pk}, headers=headers)

    return get


def test_an_entry_says_what_its_marks_mean_and_offers_to_acknowledge_them(show):
    plain, marked = groups("Plain", "Marked")
    mark(marked, Mark.OWN)
    response = show(marked.pk)
    assert f"Gave it to oneself. {ABOUT[Mark.OWN]}" in text_of(response)
    assert response.content.decode().count('action="/audit-log/acknowledge/"') == 1
    assert "acknowledge/" not in show(plain.pk).content.decode()


def test_marks_cost_one_query_however_many_there_are(reader):
    def marked(start: int, stop: int) -> None:
        for entry in groups(*(f"Group {number}" for number in range(start, stop)), minutes=start):
            mark(entry, Mark.OWN, Mark.MANY)

    marked(0, 1)
    asked = count_queries(lambda: reader.get(LIST, HERS))
    marked(1, 501)
    assert count_queries(lambda: reader.get(LIST, HERS)) == asked
    assert asked <= 16
    assert len(badges(reader.get(LIST, HERS))) == 1000
