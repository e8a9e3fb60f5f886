"""Nobody can see, filter, count, export or guess at the entries of a school that is not his: every page x every
parameter.

For each parameter, a value that only entries of another school meet and one that nothing at all meets must give
pages that are equal byte for byte, but for the value itself.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import openpyxl
import pytest
from django.utils import timezone

from crosssite.models import Action, SyncReview
from district.models import School
from tests.pages import without_chance

from .logbook import TEXT_COLUMNS, WHEN, entry
from .readers import reader

pytestmark = pytest.mark.django_db

ELSEWHERE = datetime(2019, 5, 6, 12, tzinfo=UTC)
HTMX = {"HX-Request": "true"}
#: How a value is asked for, and whom the answer is for: the page, and the part that htmx takes.
ASKED = (("/sync-log/", {}), ("/sync-log/", {**HTMX, "HX-Target": "rows"}), ("/sync-log/export/", {}))

LABELS = {str(value): str(label) for value, label in SyncReview.Status.choices}
#: Parameter, what only the other school has, what nobody has.
GUESSES = (
    *((column, f"zq{number}", f"xj{number}") for number, column in enumerate(TEXT_COLUMNS)),
    ("timestamp", "05/06/2019", "05/07/2019"),
    ("timestamp", "2019-05-06 07", "2019-05-06 08"),
    ("action", Action.INVALIDATED_SECTION, Action.DELETED_ROSTER),
    ("review", "contacted", "resolved"),
    ("entry", "777777", "888888"),
)


@pytest.fixture
def ash(db):
    """The registrar of Ash School, who has one entry; Birch School has another kind of everything."""
    mine, birch = (School.objects.create(name=f"{name} School") for name in ("Ash", "Birch"))
    entry(mine, WHEN)
    texts = {column: f"zq{number}" for number, column in enumerate(TEXT_COLUMNS)}
    foreign = entry(birch, ELSEWHERE, action=Action.INVALIDATED_SECTION, pk=777777, **texts)
    SyncReview.objects.create(entry=foreign, timestamp=timezone.now(), status="contacted", reviewed_by="b")
    return reader("ash", mine, writes=True)


def told(answer, value: str) -> str:
    """What an answer says, without what differs by chance and without the value that was asked for."""
    assert answer.status_code == 200
    if answer.streaming:
        return rows_of(answer.getvalue())
    html = re.sub(r'<select name="review".*?</select>', "", without_chance(answer.content.decode()), flags=re.DOTALL)
    for form in (value, value.replace("/", "%2F").replace(" ", "+"), LABELS.get(value, value)):
        html = html.replace(form, "?")
    return html


def rows_of(content: bytes) -> str:
    return str(list(openpyxl.load_workbook(io.BytesIO(content))["Data Sync Log"].iter_rows(values_only=True)))


@pytest.mark.parametrize(("address", "headers"), ASKED, ids=["page", "part", "export"])
@pytest.mark.parametrize(("parameter", "foreign", "nobodys"), GUESSES)
def test_a_value_that_only_another_school_has_reads_like_one_that_nobody_has(
    ash, address, headers, parameter, foreign, nobodys
):
    answers = [told(ash.get(address, {parameter: value}, headers=headers), value) for value in (foreign, nobodys)]
    assert answers[0] == answers[1]
    assert not re.search("zq[0-9]|Birch School|777777", answers[0])


@pytest.mark.parametrize(("address", "headers"), ASKED, ids=["page", "part", "export"])
def test_what_the_other_school_has_is_there_for_who_may_see_it(administrator, client, ash, address, headers):
    """The guesses would find something: for somebody with All Schools they do."""
    client.force_login(administrator)
    for parameter, foreign, nobodys in GUESSES[:-1]:
        query = {"school": "all"}
        answers = [
            told(client.get(address, {**query, parameter: value}, headers=headers), value)
            for value in (foreign, nobodys)
        ]
        assert answers[0] != answers[1], parameter


def addresses(entry_id: int, school: int) -> list[tuple[str, str, dict]]:
    return [
        ("get", f"/sync-log/{entry_id}/", {}),
        ("post", f"/sync-log/{entry_id}/review/", {"status": "reviewed"}),
        ("post", "/sync-log/review-shown/", {"entries": str(entry_id)}),
        ("get", "/sync-log/", {"school": str(school)}),
        ("get", "/sync-log/export/", {"school": str(school)}),
    ]


def test_another_schools_entry_and_the_school_itself_answer_like_ones_that_do_not_exist(ash):
    birch = School.objects.get(name="Birch School")
    for foreign, nobodys in zip(addresses(777777, birch.pk), addresses(888888, birch.pk + 999), strict=True):
        answers = [getattr(ash, method)(address, data) for method, address, data in (foreign, nobodys)]
        assert [answer.status_code for answer in answers] == [404, 404], foreign
        assert answers[0].content == answers[1].content
    assert SyncReview.objects.count() == 1
