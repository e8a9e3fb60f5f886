"""The Data Sync Log as people meet it: over HTTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crosssite.models import SyncLogEntry, SyncReview
from district.models import School, UserSchoolYearRights
from tests.pages import without_chance

from .logbook import SECTION, STUDENT, entry, run
from .readers import page, reader

pytestmark = pytest.mark.django_db

LIST = "/sync-log/"
MORE = "First 500 records displayed. Enter search criteria to narrow the results."
HTMX = {"HX-Request": "true"}
WHEN = datetime(2010, 5, 13, 20, 0, 58, tzinfo=UTC)
HEADINGS = [
    "Timestamp",
    "Action Taken",
    "Student Number",
    "Student Name",
    "Course Number",
    "Course Name",
    "Section Number",
    "Old Value",
    "New Value",
    "Serving District",
    "Serving School",
]


@pytest.fixture
def schools(db):
    return [School.objects.create(name=f"{name} School") for name in ("Ash", "Birch", "Cedar")]


@pytest.fixture
def ash(schools):
    """The registrar of Ash School, signed in."""
    return reader("ash", schools[0])


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", re.sub(r"</?bdi>", "", html))).split())


def cells(html: str) -> list[list[str]]:
    """The rows of the list, by their cells."""
    rows = re.findall(r"<tr>(.*?)</tr>", html.partition('<tbody id="rows"')[2], re.DOTALL)
    return [[words(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)] for row in rows]


def many(school, number: int) -> None:
    first = entry(school, WHEN)
    fields = {field.attname: getattr(first, field.attname) for field in SyncLogEntry._meta.fields if field.name != "id"}
    SyncLogEntry.objects.bulk_create(SyncLogEntry(**fields) for _number in range(number - 1))


# --- who may ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [LIST, f"{LIST}?school=1", f"{LIST}export/"])
def test_who_is_not_signed_in_is_led_to_the_sign_in_page(client, address):
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=/sync-log/")


@pytest.mark.parametrize("role", ["nobody_special", "auditor"])
def test_without_the_tool_right_nothing_is_shown(client, request, role, schools):
    client.force_login(request.getfixturevalue(role))
    answer = client.get(LIST)
    assert answer.status_code == 403
    assert "Ash School" not in answer.content.decode()


def test_a_person_without_a_school_is_told_why_she_sees_nothing(schools):
    entry(schools[0])
    client = reader("lost")
    text = words(page(client, LIST))
    assert "There is no school of yours to show." in text
    assert "Rivera" not in text
    assert client.get(f"{LIST}export/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written_here(ash, method):
    for address in (LIST, f"{LIST}export/"):
        assert getattr(ash, method)(address).status_code == 405


def test_the_home_page_leads_to_the_log_only_for_who_may_read_it(client, ash, nobody_special):
    assert f'href="{LIST}"' in page(ash, "/")
    client.force_login(nobody_special)
    assert LIST not in page(client, "/")


# --- the school ---------------------------------------------------------------------------------------------


def test_who_has_one_school_reads_its_name_and_needs_no_picker(ash, schools):
    html = page(ash, LIST)
    assert "School Ash School" in words(html)
    assert "Birch School" not in html
    assert '<select id="id_school"' not in html


def test_the_picker_offers_the_permitted_schools_and_the_first_is_shown(schools):
    entry(schools[1], student_name="Birch, Bea")
    entry(schools[2], student_name="Cedar, Cy")
    html = page(reader("two", *schools[1:]), LIST)
    assert re.findall(r'<option value="(\w+)"( selected)?>(?!Any)', html)[:2] == [
        (str(schools[1].pk), " selected"),
        (str(schools[2].pk), ""),
    ]
    assert "Birch, Bea" in html
    assert "Cedar, Cy" not in html


def test_all_schools_have_a_last_column_with_the_home_school(administrator, client, schools):
    entry(schools[0])
    client.force_login(administrator)
    assert "Home School" not in page(client, f"{LIST}?school={schools[0].pk}")
    html = page(client, f"{LIST}?school=all")
    assert re.findall(r'<th scope="col">(.*?)</th>', html) == [*HEADINGS, "Home School"]
    assert cells(html)[0][-1] == "Ash School"


def test_a_school_that_is_not_permitted_and_one_that_does_not_exist_are_the_same_404(ash, schools):
    for address in (LIST, f"{LIST}export/"):
        answers = [
            ash.get(address, {"school": school, **more})
            for school in (schools[1].pk, 999, "all", "007")
            for more in ({}, {"action": "x"}, {"unknown": "x"}, {"timestamp": "99"})
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1


def test_a_calendar_right_taken_away_counts_from_the_next_request(ash, schools):
    assert ash.get(LIST, {"school": schools[0].pk}).status_code == 200
    UserSchoolYearRights.objects.all().delete()
    assert ash.get(LIST, {"school": schools[0].pk}).status_code == 404


# --- the list -----------------------------------------------------------------------------------------------


def test_a_row_has_the_eleven_columns_in_their_order_in_district_time(ash, schools):
    entry(schools[0], WHEN, action="Updated Roster End Date", old_value="2027-01-15", new_value="2026-12-18")
    html = page(ash, LIST)
    assert re.findall(r'<th scope="col">(.*?)</th>', html) == HEADINGS
    (row,) = cells(html)
    assert row == [
        "05/13/2010 15:00:58 -0500",
        "Updated Roster End Date",
        *STUDENT.values(),
        *list(SECTION.values())[:3],
        "2027-01-15",
        "2026-12-18",
        *list(SECTION.values())[3:],
    ]


def test_a_field_that_does_not_belong_to_the_action_is_empty(ash, schools):
    entry(schools[0], action="Updated Section Data")
    assert cells(page(ash, LIST))[0][2:4] == ["", ""]


def test_the_newest_stand_first_and_entries_of_one_moment_keep_their_order(ash, schools):
    for name, at in (("B", WHEN), ("C", WHEN), ("A", WHEN - timedelta(seconds=1))):
        entry(schools[0], at, course_name=name)
    assert [row[5] for row in cells(page(ash, LIST))] == ["C", "B", "A"]


def test_five_hundred_rows_are_shown_whole_and_one_more_says_so(ash, schools):
    many(schools[0], 500)
    html = page(ash, LIST)
    assert (len(cells(html)), MORE in html) == (500, False)
    assert "Log, 500 entries |" in html
    entry(schools[0], WHEN + timedelta(days=1), course_name="One more")
    html = page(ash, LIST)
    assert len(cells(html)) == 500
    assert cells(html)[0][5] == "One more"
    assert f"{MORE} The oldest shown is of 05/13/2010 15:00:58 -0500." in words(html)
    assert "Log, first 500 entries |" in html


def test_what_is_searched_stays_in_its_field_and_in_the_links(ash, schools):
    made = entry(schools[0], WHEN)
    query = "action=crea&student_name=riv%22%3Cb%3E"
    html = page(ash, f"{LIST}?action=crea&student_name=riv")
    assert re.search(r'name="action" value="crea" form="criteria"', html)
    assert f'href="{LIST}?action=crea&amp;student_name=riv&amp;entry={made.pk}"' in html
    assert 'href="/sync-log/export/?action=crea&amp;student_name=riv"' in html
    assert 'value="riv&quot;&lt;b&gt;"' in page(ash, f"{LIST}?{query}")


def test_every_column_has_a_field_with_a_label_and_a_button_that_clears_it(ash):
    html = page(ash, LIST)
    for heading in HEADINGS:
        name = "action" if heading == "Action Taken" else heading.lower().replace(" ", "_")
        assert f'<label for="id_{name}">' in html
        assert f'value="{name}" class="sync-clear" aria-label="Clear {heading}"' in html


def test_clearing_a_field_without_scripts_leads_to_the_list_without_it(ash):
    answer = ash.get(LIST, {"action": "upd", "student_name": "riv", "clear": "action"})
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?student_name=riv")
    assert "is not a search criterion" in words(page(ash, f"{LIST}?clear=school"))


def test_an_error_shows_no_rows_a_summary_that_leads_to_the_field_and_no_export(ash, schools):
    entry(schools[0])
    html = page(ash, f"{LIST}?timestamp=02/30")
    assert cells(html) == []
    assert 'href="#id_timestamp">Timestamp: Enter the beginning of a time' in html
    assert 'aria-invalid="true" aria-describedby="id_timestamp_error"' in html
    assert "/sync-log/export/" not in html


def test_an_entry_of_mine_is_shown_with_the_list_and_its_row_is_marked(ash, schools):
    made = entry(schools[0])
    html = page(ash, f"{LIST}?entry={made.pk}")
    assert f'data-entry="{made.pk}"' in html
    assert f'entry={made.pk}" aria-current="true"' in html


def test_an_entry_that_is_not_mine_and_one_that_does_not_exist_read_the_same(ash, schools):
    theirs = entry(schools[1], pk=777777)
    shown = [page(ash, f"{LIST}?entry={pk}").replace(str(pk), "N") for pk in (theirs.pk, 888888)]
    assert "No such entry" in shown[0]
    assert without_chance(shown[0]) == without_chance(shown[1])


# --- empty --------------------------------------------------------------------------------------------------


def test_an_empty_list_says_which_kind_of_empty_it_is(ash, schools):
    assert "Nothing was synced yet." in page(ash, LIST)
    entry(schools[1])
    html = page(ash, LIST)
    assert "There are no entries for Ash School." in words(html)
    html = page(ash, f"{LIST}?action=upd")
    assert "No entries match these criteria." in html
    assert f'href="{LIST}?school={schools[0].pk}">Reset all criteria' in html


def test_where_nothing_is_left_to_review_the_list_says_so_and_not_that_nothing_matches(ash, schools):
    reviewed = entry(schools[0], student_name="Rivera, Ana Maria")
    SyncReview.objects.create(entry=reviewed, timestamp=WHEN, status="reviewed", reviewed_by="ash")
    for criteria in ("review=none", "review=none&student_name=rivera"):
        assert "All entries here are reviewed." in page(ash, f"{LIST}?{criteria}"), criteria
    for criteria in ("review=none&student_name=nobody", "review=resolved"):
        html = page(ash, f"{LIST}?{criteria}")
        assert "No entries match these criteria." in html, criteria
        assert "All entries here" not in html


# --- reviewing ----------------------------------------------------------------------------------------------


def test_who_may_review_marks_all_that_is_shown_with_one_click(schools):
    made = [entry(schools[0]), entry(schools[0])]
    client = reader("writer", schools[0], writes=True)
    shown = re.search(r'name="entries" value="([\d,]+)"', page(client, LIST))[1]
    assert shown == f"{made[1].pk},{made[0].pk}"
    client.post("/sync-log/review-shown/", {"entries": shown, "next": LIST})
    html = page(client, LIST)
    assert [row[0].endswith("Reviewed") for row in cells(html)] == [True, True]
    assert "Mark all shown" not in html


def test_who_may_not_review_has_no_button_but_sees_what_was_done(ash, schools):
    made = entry(schools[0])
    SyncReview.objects.create(entry=made, timestamp=timezone.now(), status="contacted", reviewed_by="x")
    html = page(ash, LIST)
    assert "Mark all shown" not in html
    assert cells(html)[0][0].endswith("Contacted serving school")


# --- parts for htmx -----------------------------------------------------------------------------------------


def test_narrowing_answers_with_what_changes_and_leaves_the_search_fields_alone(ash, schools):
    entry(schools[0])
    answer = ash.get(f"{LIST}?action=crea", headers={**HTMX, "HX-Target": "rows"})
    html = answer.content.decode()
    assert "<title>Cross-Site Enrollment Interdistrict Data Sync Log, 1 entry |" in html
    for part in ("export", "errors", "results-head", "rows", "none", "entry"):
        assert html.count(f'id="{part}"') == 1
    assert '<input type="text"' not in html
    assert "<html" not in html
    assert "autofocus" not in ash.get(f"{LIST}?timestamp=x", headers={**HTMX, "HX-Target": "rows"}).content.decode()
    assert "HX-Target" in answer["Vary"]


def test_choosing_a_row_answers_with_the_entry_alone(ash, schools):
    made = entry(schools[0])
    html = ash.get(f"{LIST}?entry={made.pk}", headers={**HTMX, "HX-Target": "entry"}).content.decode()
    assert f'data-entry="{made.pk}"' in html
    assert "<table id" not in html
    assert 'id="rows"' not in html


@pytest.mark.parametrize("target", ["rows", "entry", "log"])
def test_a_part_is_refused_like_the_page(ash, schools, target):
    asked = {**HTMX, "HX-Target": target}
    assert ash.get(LIST, {"school": schools[1].pk}, headers=asked).status_code == 404


# --- what it costs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["", "school=all", "action=created&student_name=riv&review=none", "timestamp=0", "timestamp=x"]
)
def test_one_row_and_many_rows_cost_the_same_statements_and_nothing_is_counted(schools, query):
    client = reader("everywhere", None, writes=True)
    entry(schools[0], WHEN)
    with CaptureQueriesContext(connection) as of_one:
        page(client, f"{LIST}?{query}")
    for number in range(3):
        entry(schools[0], WHEN, student_name=f"Rivera {number}", run=run(WHEN, source_name=f"{number}"))
    many(schools[0], 50)
    with CaptureQueriesContext(connection) as of_many:
        page(client, f"{LIST}?{query}")
    assert len(of_one) == len(of_many) <= 22, [query["sql"][:150] for query in of_many]
    assert not any("COUNT(" in query["sql"] or "DISTINCT" in query["sql"] for query in of_many)


def test_a_search_for_what_no_text_contains_does_not_read_the_log(ash, schools):
    entry(schools[0])
    with CaptureQueriesContext(connection) as statements:
        page(ash, f"{LIST}?student_name={quote('nobody at all')}")
    assert not any('FROM "SyncLogEntry"' in query["sql"] for query in statements)
