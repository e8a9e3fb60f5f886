"""Taking note of marked entries: once, by whoever comes first, and beside the log."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from html import unescape

import pytest
from django.db import connection
from django.test import Client

from auditlog.acknowledging import Seen, acknowledge
from auditlog.context import acting_as
from auditlog.models import AccessLogEntry, AuditLogAcknowledgement, AuditLogEntry, Mark
from district.models import UserGroup

from .marked import mark
from .test_views import LIST, newest, rows_of, text_of

pytestmark = pytest.mark.django_db

WHERE = "/audit-log/acknowledge/"
AT = datetime(2026, 3, 3, 18, tzinfo=UTC)


@pytest.fixture
def reader(client, auditor):
    client.force_login(auditor)
    return client


def marked(*names: str) -> list[AuditLogEntry]:
    """Marked entries of one click."""
    before = newest().pk if AuditLogEntry.objects.exists() else 0
    with acting_as("jclerk", at=AT):
        UserGroup.objects.bulk_create(UserGroup(name=name) for name in names)
    entries = list(AuditLogEntry.objects.filter(pk__gt=before).order_by("pk"))
    for entry in entries:
        mark(entry, Mark.OWN)
    return entries


def seen(*entries: AuditLogEntry) -> str:
    return Seen(entries[0].change_set, min(entry.pk for entry in entries), max(entry.pk for entry in entries)).text


def noted() -> list[tuple[int, str]]:
    return list(AuditLogAcknowledgement.objects.order_by("entry").values_list("entry", "acknowledged_by"))


def test_the_button_of_an_entry_acknowledges_it_and_leads_back(reader, auditor):
    first, _second = marked("First", "Second")
    page = reader.get(f"{LIST}{first.pk}/").content.decode()
    value = unescape(re.search(r'name="seen" value="([^"]+)"', page)[1])
    back = unescape(re.search(r'name="next" value="([^"]+)"', page)[1])
    response = reader.post(WHERE, {"seen": value, "next": back}, follow=True)
    assert response.redirect_chain == [(f"{LIST}{first.pk}/", 302)]
    assert "1 entry is acknowledged." in text_of(response)
    assert "Acknowledged by auditor (Otto Auditor)," in text_of(response)
    assert WHERE not in response.content.decode()
    (kept,) = AuditLogAcknowledgement.objects.all()
    assert (kept.entry_id, kept.acknowledged_by, kept.acknowledged_by_id) == (first.pk, "auditor", auditor.pk)
    assert kept.acknowledged_by_name == "Otto Auditor"


def test_the_list_says_by_whom_a_row_and_a_whole_folded_line_are_acknowledged(reader):
    first, second = marked("First", "Second")
    reader.post(WHERE, {"seen": seen(first)})
    shown = rows_of(reader.get(LIST, {"changed_by": "jclerk"}))
    assert [("acknowledged by auditor" in row) for row in shown] == [False, True]
    folded = {"changed_by": "jclerk", "fold": "1"}
    assert "acknowledged" not in rows_of(reader.get(LIST, folded))[0]
    reader.post(WHERE, {"seen": seen(second)})
    assert "acknowledged by auditor" in rows_of(reader.get(LIST, folded))[0]


def test_the_first_one_counts_and_a_second_click_does_no_harm(reader, administrator):
    entries = marked("First", "Second")
    with acting_as("admin", user_id=administrator.pk):
        assert acknowledge([Seen.of(seen(entries[0]))]) == 1
    response = reader.post(WHERE, {"seen": seen(*entries)}, follow=True)
    assert "1 entry is acknowledged." in text_of(response)
    response = reader.post(WHERE, {"seen": seen(*entries)}, follow=True)
    assert "This was acknowledged already: nothing was added." in text_of(response)
    assert noted() == [(entries[0].pk, "admin"), (entries[1].pk, "auditor")]


def test_several_clicks_are_acknowledged_in_one_statement(django_assert_num_queries):
    clicks = [marked(f"{number} a", f"{number} b") for number in range(5)]
    with django_assert_num_queries(3):  # with the savepoint around it
        assert acknowledge([Seen.of(seen(*click)) for click in clicks]) == 10


def test_what_was_not_seen_is_not_acknowledged(reader):
    entries = marked("First", "Second", "Third")
    plain = marked("Plain")[0]
    others = Seen(plain.change_set, entries[0].pk, entries[2].pk).text
    reader.post(WHERE, {"seen": [seen(entries[1]), others]})
    assert noted() == [(entries[1].pk, "auditor")]


def test_an_entry_without_a_mark_has_nothing_to_acknowledge(reader):
    with acting_as("jclerk", at=AT):
        UserGroup.objects.create(name="Plain")
    reader.post(WHERE, {"seen": seen(newest())})
    assert noted() == []


@pytest.mark.parametrize(
    "value", ["", "abc", "a.1.2", f"{'0' * 32}.1", f"{'0' * 32}.x.2", f"{'0' * 32}.1.{'9' * 30}", "0.0.0\x00"]
)
def test_what_no_form_sends_is_refused(reader, value):
    assert reader.post(WHERE, {"seen": value}).status_code == 400


def test_nothing_and_too_much_are_refused(reader):
    assert reader.post(WHERE).status_code == 400
    assert reader.post(WHERE, {"seen": [f"{'0' * 32}.1.2"] * 101}).status_code == 400
    assert reader.get(WHERE).status_code == 405


@pytest.mark.parametrize("role", ["nobody_special", "registrar"])
def test_without_the_right_nothing_is_acknowledged_and_the_try_is_traced(client, request, role):
    (entry,) = marked("First")
    client.force_login(request.getfixturevalue(role))
    assert client.post(WHERE, {"seen": seen(entry)}).status_code == 403
    assert noted() == []
    assert AccessLogEntry.objects.get().criteria == f"POST {WHERE}"


def test_a_form_from_elsewhere_is_refused_and_nobody_is_sent_elsewhere(auditor):
    (entry,) = marked("First")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(auditor)
    assert strict.post(WHERE, {"seen": seen(entry)}).status_code == 403
    assert noted() == []
    client = Client()
    client.force_login(auditor)
    for elsewhere in ("https://evil.example/", "//evil.example/", "a word", "admin:index"):
        assert client.post(WHERE, {"seen": seen(entry), "next": elsewhere})["Location"] == "/"


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_each_entry_counts_once():
    entries = marked(*(f"Group {number}" for number in range(20)))
    what, counts, start = [Seen.of(seen(*entries))], [], threading.Barrier(6)

    def click(number: int) -> None:
        try:
            start.wait(30)
            with acting_as(f"person {number}"):
                counts.append(acknowledge(what))
        finally:
            connection.close()

    clicks = [threading.Thread(target=click, args=(number,)) for number in range(6)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 0, 0, 20]
    assert [entry for entry, _by in noted()] == [entry.pk for entry in entries]
    assert len({by for _entry, by in noted()}) == 1
