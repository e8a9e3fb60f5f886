"""The list of runs and the page of each: what one may know of them follows from his schools."""

from __future__ import annotations

import datetime
import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from auditlog.models import AccessLogEntry
from crosssite.models import ServingDistrict, SyncRunCount
from district.models import School
from tests.people import person

from .logbook import WHEN, entry, run
from .readers import page, reader

pytestmark = pytest.mark.django_db

URL = "/sync-runs/"
FINDING = {
    "severity": "error",
    "code": "date",
    "file": "enrollments.csv",
    "line": 17,
    "column": "beginDate",
    "message": "This is no date.",
}
REASON = "412 of 4,000 rosters would be removed (10.3 %, limit 10 %)."


@pytest.fixture
def schools(db):
    return [School.objects.create(name=f"{name} School") for name in ("Ash", "Birch")]


@pytest.fixture
def ash(schools):
    """The registrar of Ash School."""
    return reader("ash", schools[0])


@pytest.fixture
def everywhere(schools):
    return reader("everywhere", None)


def count(of, school, action="Created Roster", number=1):
    SyncRunCount.objects.create(run=of, home_school_id=school.pk, home_school=school.name, action=action, count=number)


def text_of(fragment):
    """What a reader sees of some HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", fragment)).split())


def rows(client, **criteria):
    """The rows of the list as tuples of text."""
    answer = client.get(URL, criteria)
    assert answer.status_code == 200
    body = answer.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in body.split("</tr>")]
    return [tuple(map(text_of, row)) for row in cells if row]


def bundle(outcome="applied", at=WHEN, **fields):
    return run(at, outcome=outcome, duration=datetime.timedelta(seconds=75), **fields)


def test_every_run_stands_in_the_list_newest_first_whatever_came_of_it(everywhere):
    for hours, outcome in enumerate(("applied", "unchanged", "failed", "held", "discarded", "replaced", "running")):
        bundle(outcome, WHEN + datetime.timedelta(hours=hours))
    assert [row[1] for row in rows(everywhere)] == [
        "Running",
        "Replaced by a later run",
        "Discarded",
        "Held",
        "Failed",
        "Unchanged",
        "Applied",
    ]


def test_a_line_says_when_whose_what_came_of_it_from_where_by_whom_and_how_long(everywhere, schools):
    made = bundle(started_by_name="Tess Technician", finding_counts={"error": 1234, "warning": 2}, findings=[FINDING])
    for school in schools:
        count(made, school, "Created Roster", 1000)
    count(made, schools[0], "Updated Section Data", 2)
    assert rows(everywhere) == [
        (
            "11/20/2026 02:00:00 -0600",
            "Applied",
            "Lakeside District",
            "Created Roster 2,000 Updated Section Data 2",
            "Findings: 1,236",
            "lakeside.zip Bulk",
            "command: sync_rosters ( Tess Technician )",
            "1 min 15 s",
        )
    ]


def test_a_registrar_sees_every_run_with_the_counts_of_her_schools_and_no_others(ash, schools):
    made = bundle(finding_counts={"error": 77}, findings=[FINDING])
    count(made, schools[0], "Created Roster", 3)
    count(made, schools[1], "Deleted Roster", 41)
    ((_when, _outcome, _district, entries, *rest),) = rows(ash)
    assert entries == "Created Roster 3"
    assert "77" not in " ".join(rest)


def test_a_run_of_an_unknown_district_is_listed_too(everywhere):
    bundle("failed", district=None)
    assert rows(everywhere)[0][2] == "not known"


def test_runs_are_narrowed_by_serving_district_and_outcome(everywhere):
    other = ServingDistrict.objects.create(name="Birchwood District", identifier="birchwood")
    bundle("failed")
    bundle(district=other)
    bundle("failed", district=other)
    assert [row[1:3] for row in rows(everywhere, district=other.pk, outcome="failed")] == [
        ("Failed", "Birchwood District")
    ]
    assert rows(everywhere, outcome="held") == []
    assert "No run matches these criteria." in everywhere.get(URL, {"outcome": "held"}).content.decode()


@pytest.mark.parametrize(
    "criteria",
    [{"outcome": "lost"}, {"district": "0"}, {"district": "1' or"}, {"entry": "1"}, {"run": "1"}, {"outcome": "\0"}],
    ids=repr,
)
def test_criteria_that_are_not_understood_are_a_form_error_and_give_no_rows(everywhere, criteria):
    bundle()
    assert rows(everywhere, **criteria) == []
    assert "Not accepted" in everywhere.get(URL, criteria).content.decode()


def test_never_more_than_500_and_the_notice(everywhere):
    for _number in range(501):
        bundle()
    assert len(rows(everywhere)) == 500
    assert "First 500 records displayed." in page(everywhere, URL)


def test_the_list_says_when_there_was_no_run(everywhere):
    assert "There was no run yet." in page(everywhere, URL)


def test_the_page_of_a_run_tells_all_of_it(everywhere, schools):
    made = bundle(
        "held",
        reason=REASON,
        source_hash="ab" * 32,
        finding_counts={"error": 1234},
        findings=[FINDING],
        figures={"enrollments left out": 55555},
        initial_schools=["Lakeside High"],
    )
    for school, number in zip(schools, (400, 12), strict=True):
        count(made, school, "Deleted Roster", number)
    text = text_of(page(everywhere, f"{URL}{made.pk}/"))
    for part in (
        REASON,
        "ab" * 32,
        "What it would change",
        "Home School Deleted Roster Ash School Deleted Roster 400 Birch School Deleted Roster 12 Together",
        "First run of Lakeside High",
        "1 of 1,234 listed",
        "Row left out enrollments.csv Line 17 beginDate This is no date.",
        "Enrollments left out 55,555",
    ):
        assert part in text, part


def test_a_run_leads_to_its_entries(ash, schools):
    made = bundle()
    mine = entry(schools[0], run=made)
    others = entry(schools[1], run=made)
    elsewhere = entry(schools[0], run=bundle())
    shown = page(ash, f"{URL}{made.pk}/")
    assert f'href="/sync-log/{mine.pk}/"' in shown
    for hidden in (others, elsewhere):
        assert f'href="/sync-log/{hidden.pk}/"' not in shown


def test_a_run_shows_500_entries_and_says_that_there_are_more(everywhere, schools):
    made = bundle()
    for number in range(501):
        entry(schools[0], run=made, student_id=number)
    shown = page(everywhere, f"{URL}{made.pk}/")
    assert shown.count('href="/sync-log/') == 500
    assert "The first 500 are listed." in shown


@pytest.mark.parametrize("outcome", ["failed", "held", "discarded", "replaced"])
def test_a_registrar_is_told_no_reason_that_could_name_others(ash, schools, outcome):
    made = bundle(
        outcome,
        reason=f"Birch School: {REASON}",
        finding_counts={"error": 98765},
        findings=[FINDING],
        figures={"enrollments left out": 55555},
        initial_schools=["Lakeside High", "Lakeside Middle"],
    )
    count(made, schools[1], "Deleted Roster", 4321)
    entry(schools[0], run=made, serving_school="Lakeside High")
    text = text_of(page(ash, f"{URL}{made.pk}/"))
    for secret in ("Birch", "412", "98,765", "55,555", "4,321", FINDING["message"], "Lakeside Middle"):
        assert secret not in text, secret
    assert "First run of Lakeside High" in text
    assert "othing" in text, "in its place a sentence says that nothing was applied"


@pytest.mark.parametrize("outcome", ["held", "failed"])
def test_whom_to_ask_about_a_held_or_failed_run_is_told_to_everybody_who_sees_it(ash, outcome):
    made = bundle(outcome)
    ServingDistrict.objects.update(contact_name="Dana Díaz", contact_phone="555 0100", contact_email="d@lakeside.test")
    shown = page(ash, f"{URL}{made.pk}/")
    for part in ("Whom to ask", "Dana Díaz", 'href="tel:555%200100"', 'href="mailto:d@lakeside.test"'):
        assert part in shown, part


def test_where_no_contact_is_kept_the_way_to_enter_one_is_for_who_may(ash, administrator, client):
    made = bundle("failed")
    setup = f'href="/admin/crosssite/servingdistrict/{made.district_id}/change/"'
    shown = page(ash, f"{URL}{made.pk}/")
    assert "No contact is kept for Lakeside District" in text_of(shown)
    assert setup not in shown
    client.force_login(administrator)
    assert setup in page(client, f"{URL}{made.pk}/")


def test_a_run_that_was_applied_needs_nobody_to_be_asked(ash):
    assert "Whom to ask" not in page(ash, f"{URL}{bundle().pk}/")
    assert "Whom to ask" not in page(ash, f"{URL}{bundle('failed', district=None).pk}/")


def test_a_reader_of_one_school_is_told_that_rows_were_left_out_and_not_how_many(ash):
    shown = text_of(page(ash, f"{URL}{bundle(finding_counts={'error': 98765}).pk}/"))
    assert "Some rows of the bundle could not be read and were left out." in shown
    assert "98" not in shown.partition("Some rows")[2]
    assert "Some rows" not in page(ash, f"{URL}{bundle(finding_counts={'warning': 3}).pk}/")


@pytest.mark.parametrize("outcome", ["discarded", "replaced"])
def test_a_run_that_is_not_held_any_more_says_that_it_was(everywhere, outcome):
    made = bundle(outcome, reason=f"Held: {REASON}")
    assert f"It was held: {REASON}" in text_of(page(everywhere, f"{URL}{made.pk}/"))


@pytest.mark.parametrize("pk", ["0", "-1", "999999999", "1" + "0" * 20])
def test_a_run_that_does_not_exist_is_the_same_404(everywhere, pk):
    made = bundle()
    nobody = reader("nobody")
    missing = everywhere.get(f"{URL}{pk}/")
    assert missing.status_code == 404
    assert missing.content == nobody.get(f"{URL}{made.pk}/").content == everywhere.get("/no-such-page/").content


def test_a_person_without_schools_is_told_why_there_is_nothing(schools):
    made = bundle()
    nobody = reader("nobody")
    shown = page(nobody, URL)
    assert "There is no school of yours to show." in shown
    assert "<table class" not in shown.partition("<main")[2]
    assert nobody.get(f"{URL}{made.pk}/").status_code == 404


def test_without_the_right_nothing_is_shown_and_the_try_is_traced(client, nobody_special):
    made = bundle()
    client.force_login(nobody_special)
    for address in (URL, f"{URL}{made.pk}/"):
        assert client.get(address).status_code == 403
    assert [trace.subject for trace in AccessLogEntry.objects.all()] == ["Sync Runs", "Sync Runs"]
    assert Client().get(URL)["Location"] == "/login/?next=/sync-runs/"


def test_hostile_text_is_text(everywhere):
    hostile = "<script>alert(1)</script>\u202e"
    district = ServingDistrict.objects.create(name=hostile, identifier="x")
    made = bundle(
        "failed",
        district=district,
        source_name=hostile,
        reason=hostile,
        started_by=hostile,
        findings=[{**FINDING, "message": hostile, "file": hostile}],
        finding_counts={"error": 1},
    )
    for address in (URL, f"{URL}{made.pk}/"):
        shown = page(everywhere, address)
        assert "<script>alert" not in shown
        assert "\u202e" not in shown


def test_the_number_of_statements_does_not_grow_with_runs_schools_and_entries(ash, schools):
    def statements(address):
        with CaptureQueriesContext(connection) as captured:
            page(ash, address)
        return len(captured)

    made = bundle()
    count(made, schools[0])
    entry(schools[0], run=made)
    few = statements(URL), statements(f"{URL}{made.pk}/")
    for number in range(30):
        count(bundle(), schools[0])
        count(made, schools[0], f"Action {number}")
        entry(schools[0], run=made)
    assert (statements(URL), statements(f"{URL}{made.pk}/")) == few
    assert max(few) <= 16


def test_home_leads_to_the_runs_who_may_open_them(ash):
    assert f'href="{URL}"' in page(ash, "/")
    plain = Client()
    plain.force_login(person("without"))
    assert URL not in page(plain, "/")
