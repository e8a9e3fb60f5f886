"""How many exports are made at once: shared by threads and processes, given back whatever happens."""

from __future__ import annotations

import html
import os
import re
import signal
import threading
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from auditlog.export import turns
from auditlog.export.views import AuditLogExportView
from auditlog.models import AccessLogEntry
from district.models import Right
from district.rights import AUDIT_LOG
from tests.auditlog.downloads import URL, begin, make_large_log
from tests.people import person
from tests.served import served


@pytest.fixture(autouse=True)
def _folder_of_its_own(tmp_path, monkeypatch):
    """Exports of other tests, and those that they left open, are none of these."""
    monkeypatch.setattr(turns.tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def clients(db):
    """A client for each of four readers of the log."""
    found = []
    for name in ("ann", "ben", "cleo", "dan"):
        found.append(Client())
        found[-1].force_login(person(name, (AUDIT_LOG, Right.READ)))
    return found


def text_of(response):
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


@pytest.mark.parametrize("query", ["?table=UserGroup", "?table=UserGroup&format=csv", "?table=UserGroup&format=jsonl"])
def test_when_as_many_exports_are_made_as_may_be_the_next_one_is_told_to_try_again_in_a_minute(clients, query):
    *three, fourth = clients
    under_way = [client.get(URL + query) for client in three]
    refused = fourth.get(URL + query)
    assert [answer.status_code for answer in under_way] == [200] * 3
    assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert refused["Content-Type"].startswith("text/html")
    assert "Too many exports at the moment" in refused.content.decode().partition("</title>")[0]
    assert "So many exports are being made at the moment" in text_of(refused)
    assert "Nothing was exported. Try again in a minute." in text_of(refused)
    page = html.unescape(refused.content.decode())
    assert f'href="{URL}{query}"' in page
    assert f'href="/audit-log/{query}"' in page
    under_way[0].getvalue()
    assert fourth.get(URL + query).status_code == 200


@pytest.mark.django_db(transaction=True)  # closing a response closes the connection
def test_one_person_has_two_at_once_and_others_go_on(clients):
    ann, ben = clients[:2]
    under_way = [ann.get(URL), ann.get(URL)]
    refused = ann.get(URL)
    assert refused.status_code == 503
    assert "Exports of yours are still on their way to you" in text_of(refused)
    assert "no more than 2 at once" in text_of(refused)
    other = ben.get(URL)
    assert other.status_code == 200
    under_way.pop().close()
    assert ann.get(URL).status_code == 200


def test_how_many_there_are_is_set_and_every_export_counts(settings, clients, administrator):
    settings.EXPORTS_AT_ONCE = settings.EXPORTS_PER_PERSON = 1
    client, reader = Client(), clients[0]
    client.force_login(administrator)
    for address in ("/rights-report/export/", "/sync-log/export/?school=all"):
        under_way = client.get(address)
        assert under_way.status_code == 200
        assert reader.get(URL).status_code == 503
        assert "one person has no more than 1 at once" in text_of(client.get(address))
        under_way.getvalue()


def test_a_refused_try_is_traced_and_no_export_begins(clients):
    under_way = [client.get(URL) for client in clients[:3]]
    clients[3].get(f"{URL}?table=UserGroup")
    trace = AccessLogEntry.objects.order_by("-id")[0]
    assert (trace.event, trace.subject, trace.changed_by) == ("refused", "Audit Log", "dan")
    assert trace.criteria == f"GET {URL}?table=UserGroup, while as many exports as may be were being made"
    assert AccessLogEntry.objects.filter(event="export started").count() == len(under_way)


def test_being_refused_costs_the_database_nothing_but_the_trace(clients):
    under_way = [client.get(URL) for client in clients[:3]]
    with CaptureQueriesContext(connection) as asked:
        clients[3].get(URL)
    assert [query["sql"] for query in asked if '"AuditLogEntry' in query["sql"]] == []
    assert sum("INSERT" in query["sql"] for query in asked) == 1
    del under_way


def test_an_export_that_fails_before_it_begins_gives_its_turn_back(clients, monkeypatch):
    client = clients[0]
    client.raise_request_exception = False
    failures = []

    def fail(view, *arguments):
        failures.append(ValueError())
        raise failures[-1]

    with monkeypatch.context() as broken:
        broken.setattr(AuditLogExportView, "get_export", fail)
        assert [client.get(URL).status_code for _time in range(4)] == [500] * 4
    assert client.get(URL).status_code == 200


def test_a_download_that_breaks_off_gives_its_turn_back(clients, monkeypatch):
    def broken(export):
        yield b"half"
        raise ValueError

    client = clients[0]
    with monkeypatch.context() as patch:
        patch.setattr("auditlog.export.export.Export.__iter__", broken)
        for _time in range(4):
            answer = client.get(URL)
            with pytest.raises(ValueError, match=r"^$"):
                answer.getvalue()
    assert client.get(URL).status_code == 200


def test_of_many_who_begin_at_the_same_moment_no_more_than_may_get_a_turn(db):
    """Threads of one process, a hundred tries of eight: a look for a turn takes none away from anybody."""
    together, got, lost = threading.Barrier(8), [], []

    def tries(number):
        for _time in range(100):
            together.wait(30)
            try:
                got.append(turns.take_turn(number))
            except turns.NoTurn:
                lost.append(number)
            if together.wait(30) == 0:
                most.append(len(got))
                for turn in got:
                    turn.end()
                got.clear()
            together.wait(30)

    most: list[int] = []
    threads = [threading.Thread(target=tries, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == [3] * 100
    assert len(lost) == 500


def test_where_the_files_cannot_be_used_exports_are_made_and_the_text_log_says_so(clients, tmp_path, caplog):
    for name in ("folder", "file"):
        turns._folder().unlink(missing_ok=True)
        if name == "file":
            turns._folder().write_text("in the way")
        else:
            turns._folder().symlink_to(tmp_path / "nowhere")
        caplog.clear()
        assert [client.get(URL).status_code for client in clients] == [200] * 4
        assert "Exports are made without a limit" in caplog.text


# --- over real processes --------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path, db):
    make_large_log()
    with served(tmp_path, "--workers", "2", "--threads", "4", TMPDIR=str(tmp_path)) as running:
        yield running


def until_one_begins(server, client):
    end = time.monotonic() + 60
    while True:
        line, answer = begin(server, client)
        if answer.status == 200:
            return line, answer
        line.close()
        assert time.monotonic() < end, "no turn was given back"
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_workers_share_the_turns_and_one_that_is_killed_or_a_client_that_goes_gives_them_back(server, clients):
    *three, fourth = clients
    under_way = [begin(server, client) for client in three]
    assert [answer.status for _line, answer in under_way] == [200] * 3
    for client in (fourth, three[0]):
        line, refused = begin(server, client)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "60")
        line.close()

    gone, answer = under_way.pop()
    answer.close()
    gone.close()
    under_way.append(until_one_begins(server, fourth))

    for worker in server.workers:
        os.kill(worker, signal.SIGKILL)
    under_way += [until_one_begins(server, client) for client in clients[:3]]
    for line, answer in under_way:
        answer.close()
        line.close()
