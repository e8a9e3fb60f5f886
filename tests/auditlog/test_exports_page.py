from __future__ import annotations

import datetime
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from auditlog import access
from auditlog.models import AccessLogEntry

URL = "/audit-log/exports/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(auditor):
    client = Client()
    client.force_login(auditor)
    return client


def who(name="auditor", person="Otto Auditor"):
    return access.Who(name, person, 7, "web", "10.1.2.3")


def exported(rows=None, *, by=None, subject="Audit Log", criteria="Table: UserGroup", broken=False):
    """An export; without rows it is still under way."""
    of = {"who": by or who(), "subject": subject, "criteria": criteria}
    reference = access.export_started(**of)
    if rows is not None:
        (access.export_broken if broken else access.export_finished)(**of, reference=reference, rows=rows)
    return reference


def refused(subject="User Groups", tried="give the right Write on Behavior", by="plain"):
    AccessLogEntry.objects.create(
        timestamp=timezone.now(),
        event="refused",
        subject=subject,
        criteria=tried,
        reference=uuid.uuid4(),
        changed_by=by,
        channel="web",
    )


def page(client, **criteria):
    """The lines of the page as tuples of text, without the timestamp."""
    response = client.get(URL, criteria)
    assert response.status_code == 200
    html = response.content.decode()
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in body.split("</tr>")]
    return [tuple(re.sub(r"<[^>]*>", "", cell).strip() for cell in row[1:]) for row in cells if row], html


def test_the_start_and_the_end_of_an_export_are_one_line(client):
    exported(1234)
    lines, html = page(client)
    assert lines == [
        ("Exported", "1,234 rows", "Audit Log", "auditor (Otto Auditor)", "Table: UserGroup", "10.1.2.3"),
    ]
    assert re.search(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d [+-]\d{4}", html)


def test_exports_of_both_logs_and_refused_tries_stand_newest_first(client):
    exported(1, subject="Audit Log")
    exported(7, subject="Data Sync Log", criteria="School: Bonny Eagle", broken=True)
    refused()
    exported()
    lines, _html = page(client)
    assert [line[:3] for line in lines] == [
        ("Under way", "", "Audit Log"),
        ("Refused", "", "User Groups"),
        ("Broken off", "7 rows", "Data Sync Log"),
        ("Exported", "1 row", "Audit Log"),
    ]


def test_an_export_whose_server_died_is_not_under_way_for_ever(client):
    AccessLogEntry.objects.create(
        timestamp=timezone.now() - datetime.timedelta(hours=2),
        event="export started",
        subject="Audit Log",
        reference=uuid.uuid4(),
        changed_by="auditor",
        channel="web",
    )
    lines, _html = page(client)
    assert lines[0][0] == "Broken off, its end is not known"


def test_it_is_narrowed_by_who_in_every_script_and_by_what(client):
    exported(1, by=who("Ödön", ""))
    exported(2)
    refused(by="ödön")
    assert [line[3] for line in page(client, who="öDÖ")[0]] == ["ödön", "Ödön"]
    assert [line[0] for line in page(client, what="refused")[0]] == ["Refused"]
    assert [line[1] for line in page(client, what="exports")[0]] == ["2 rows", "1 row"]
    assert page(client, what="purges", who="x")[0] == []


def test_it_says_when_there_is_nothing_and_when_nothing_matches(client):
    assert "Nothing was exported yet, and nobody was refused anything." in page(client)[1]
    assert "No export and no refused try match these criteria." in page(client, who="x")[1]


@pytest.mark.parametrize("criteria", [{"what": "drop"}, {"whom": "x"}, {"who": "\x00"}, {"who": "x" * 999}], ids=repr)
def test_criteria_that_are_not_understood_are_a_form_error(client, criteria):
    exported(1)
    lines, html = page(client, **criteria)
    assert lines == []
    assert "Not accepted" in html


def test_never_more_than_500_lines(client):
    for _n in range(502):
        refused()
    lines, html = page(client)
    assert len(lines) == 500
    assert "First 500 records displayed." in html


def test_hostile_text_is_text(client):
    refused(subject="<b>x", tried="<script>alert(1)</script>", by="\u202e<i>")
    _lines, html = page(client)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "\u202e" not in html


def test_the_number_of_statements_does_not_grow_with_the_lines(client):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            page(client)
        return len(captured)

    exported(1)
    one = statements()
    for _n in range(60):
        exported(1)
        refused()
    assert statements() == one
    assert one <= 6


def test_a_person_without_the_right_sees_nothing_and_leaves_a_trace(nobody_special):
    client = Client()
    client.force_login(nobody_special)
    assert client.get(URL).status_code == 403
    assert AccessLogEntry.objects.get().event == "refused"


def test_home_leads_to_it_who_may_open_it(client):
    assert f'href="{URL}"' in client.get("/").content.decode()
