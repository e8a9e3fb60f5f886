"""Reviewing: beside the log, insert-only, of one's own schools, with the right Write."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from auditlog.models import AccessLogEntry
from crosssite.models import SyncLogEntry, SyncReview
from crosssite.reviews import LONGEST_NOTE, mark_all, newest_reviews
from district.models import School

from .logbook import entry
from .readers import page, reader

pytestmark = pytest.mark.django_db

SHOWN = "/sync-log/review-shown/"


@pytest.fixture
def schools(db):
    return [School.objects.create(name=f"{name} School") for name in ("Ash", "Birch")]


@pytest.fixture
def ash(schools):
    """The registrar of Ash School, who may review."""
    return reader("ash", schools[0], writes=True)


def review(client, of, status="reviewed", note="", **more):
    return client.post(f"/sync-log/{of.pk}/review/", {"status": status, "note": note, **more})


def review_shown(client, *entries, **more):
    return client.post(SHOWN, {"entries": ",".join(str(one.pk) for one in entries), **more})


def kept():
    """All marks, oldest first: entry, status, note, by whom."""
    return list(SyncReview.objects.order_by("pk").values_list("entry", "status", "note", "reviewed_by"))


@pytest.mark.parametrize("status", SyncReview.Status.values)
def test_an_entry_is_marked_with_a_note_by_whom_and_when(ash, schools, status):
    one = entry(schools[0])
    assert review(ash, one, status, "Phoned Lakeside.").status_code == 302
    made = SyncReview.objects.get()
    assert (made.entry, made.status, made.note) == (one, status, "Phoned Lakeside.")
    assert (made.reviewed_by, made.reviewed_by_name) == ("ash", "Rita Registrar")
    text = page(ash, f"/sync-log/{one.pk}/")
    assert made.get_status_display() in text
    assert "Phoned Lakeside." in text


def test_the_log_itself_is_untouched(ash, schools):
    one = entry(schools[0])
    before = SyncLogEntry.objects.values().get()
    review(ash, one)
    assert SyncLogEntry.objects.values().get() == before


def test_marks_are_added_and_never_replaced_and_the_newest_counts(ash, schools):
    one = entry(schools[0])
    review(ash, one, "contacted", "Left a message.")
    review(ash, one, "resolved")
    assert [row[1] for row in kept()] == ["contacted", "resolved"]
    assert newest_reviews([one.pk])[one.pk].status == "Resolved"
    text = page(ash, f"/sync-log/{one.pk}/")
    assert text.index("<strong>Resolved") < text.index("<strong>Contacted serving school")


def test_the_same_click_twice_adds_nothing_but_saying_it_again_later_does(ash, schools):
    one = entry(schools[0])
    review(ash, one, "contacted", "No answer.")
    review(ash, one, "contacted", "No answer.")
    assert len(kept()) == 1
    review(ash, one, "resolved")
    review(ash, one, "contacted", "No answer.")
    assert len(kept()) == 3
    other = reader("birch", *schools, writes=True)
    review(other, one, "contacted", "No answer.")
    assert len(kept()) == 4, "another person says it too"


@pytest.mark.parametrize(
    "said",
    [{"status": ""}, {"status": "lost"}, {"note": "x" * (LONGEST_NOTE + 1)}, {"note": "a\0b"}],
    ids=["nothing chosen", "unknown status", "note too long", "NUL"],
)
def test_what_is_not_understood_is_said_on_the_page_and_nothing_is_kept(ash, schools, said):
    answer = review(ash, entry(schools[0]), **said)
    assert answer.status_code == 200
    assert "Not accepted" in answer.content.decode()
    assert kept() == []


def test_afterwards_a_person_is_where_she_was_and_never_on_another_site(ash, schools):
    one = entry(schools[0])
    back = f"/sync-log/?school={schools[0].pk}&action=Created&entry={one.pk}"
    assert review(ash, one, next=back)["Location"] == back
    for hostile in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""):
        assert review(ash, one, "resolved", next=hostile)["Location"] == f"/sync-log/{one.pk}/"
        assert review_shown(ash, one, next=hostile)["Location"] == "/sync-log/"


def test_htmx_gets_the_entry_anew_the_mark_of_its_row_and_the_words(ash, schools):
    one = entry(schools[0])
    address, part = f"/sync-log/{one.pk}/review/", {"HX-Request": "true", "HX-Target": "entry"}
    text = ash.post(address, {"status": "contacted", "note": ""}, headers=part).content.decode()
    assert "<html" not in text
    assert f'id="review-{one.pk}"' in text
    assert "The review is kept." in text
    wrong = ash.post(address, {"status": "x"}, headers=part).content.decode()
    assert "Not accepted" in wrong
    assert f'id="review-{one.pk}"' not in wrong


def test_without_write_there_is_no_form_and_every_try_is_refused_and_traced(schools):
    one = entry(schools[0])
    only_reads = reader("reads", schools[0])
    assert "<textarea" not in page(only_reads, f"/sync-log/{one.pk}/")
    assert review(only_reads, one).status_code == 403
    assert review_shown(only_reads, one).status_code == 403
    assert kept() == []
    traces = AccessLogEntry.objects.order_by("pk").values_list("event", "subject", "criteria")
    assert list(traces) == [
        ("refused", "Data Sync Log", f"review entry {one.pk}"),
        ("refused", "Data Sync Log", "mark all shown entries as reviewed"),
    ]


def test_strangers_are_led_to_sign_in_and_nothing_is_kept(schools):
    one = entry(schools[0])
    assert review(Client(), one)["Location"].startswith("/login/")
    assert review_shown(Client(), one)["Location"].startswith("/login/")
    assert kept() == []


def test_looking_at_the_addresses_of_reviews_changes_nothing(ash, schools):
    one = entry(schools[0])
    assert ash.get(f"/sync-log/{one.pk}/review/").status_code == 405
    assert ash.get(SHOWN).status_code == 405


def test_reviews_ask_for_the_token_of_the_form(schools, ash):
    one = entry(schools[0])
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ash.cookies
    assert review(strict, one).status_code == 403
    assert review_shown(strict, one).status_code == 403
    assert kept() == []


@pytest.mark.parametrize("pk", ["0", "-1", "999999999", "1" + "0" * 20])
def test_an_entry_of_another_school_cannot_be_reviewed_and_looks_like_one_that_does_not_exist(ash, schools, pk):
    theirs = entry(schools[1])
    missing = ash.post(f"/sync-log/{pk}/review/", {"status": "reviewed"})
    assert missing.status_code == 404
    assert missing.content == review(ash, theirs).content
    assert kept() == []


def test_all_shown_are_marked_by_one_click_and_those_marked_before_are_left_alone(ash, schools):
    entries = [entry(schools[0]) for _number in range(3)]
    review(ash, entries[1], "contacted", "Waiting.")
    answer = ash.post(SHOWN, {"entries": ",".join(str(one.pk) for one in entries)}, follow=False)
    assert answer.status_code == 302
    assert sorted(row[:3] for row in kept()) == [
        (entries[0].pk, "reviewed", ""),
        (entries[1].pk, "contacted", "Waiting."),
        (entries[2].pk, "reviewed", ""),
    ]
    told = page(ash, "/sync-runs/")
    assert "2 entries are marked as reviewed. 1 was reviewed before." in told


def test_the_same_click_on_all_shown_twice_adds_nothing(ash, schools):
    entries = [entry(schools[0]) for _number in range(3)]
    review_shown(ash, *entries)
    review_shown(ash, *entries, entries[0])
    assert len(kept()) == 3


def test_one_entry_of_another_school_among_all_shown_is_a_404_and_none_is_marked(ash, schools):
    mine, theirs = entry(schools[0]), entry(schools[1])
    refused = review_shown(ash, mine, theirs)
    assert refused.status_code == 404
    for other in ("0", "999999999", "1" + "0" * 20):
        assert ash.post(SHOWN, {"entries": f"{mine.pk},{other}"}).content == refused.content
    assert kept() == []


@pytest.mark.parametrize(
    "entries", ["", "x", "-1", "1;2", "1,,2", "1" * 40, "²", ",".join(["1"] * 501)], ids=lambda text: text[:9]
)
def test_what_no_list_sends_is_a_bad_request(ash, entries):
    assert ash.post(SHOWN, {"entries": entries}).status_code == 400


def test_who_reads_all_schools_marks_the_entries_of_all(schools):
    entries = [entry(school) for school in schools]
    review_shown(reader("everywhere", None, writes=True), *entries)
    assert len(kept()) == 2


def test_notes_are_text(ash, schools):
    one = entry(schools[0])
    note = "<script>alert(1)</script>\nsecond line"
    review(ash, one, note=note)
    shown = page(ash, f"/sync-log/{one.pk}/")
    assert "<script>alert" not in shown
    assert escape("<script>alert(1)</script>") in shown


def test_marking_many_costs_as_few_statements_as_marking_one(ash, schools):
    def statements(*entries):
        with CaptureQueriesContext(connection) as captured:
            assert review_shown(ash, *entries).status_code == 302
        return len(captured)

    one = statements(entry(schools[0]))
    assert statements(*(entry(schools[0]) for _number in range(200))) == one


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_mark_each_entry_once(schools):
    ids = [entry(schools[0]).pk for _number in range(20)]
    together, marked = threading.Barrier(2), []

    def click():
        together.wait()
        marked.append(mark_all(ids))
        connection.close()

    clicks = [threading.Thread(target=click) for _number in range(2)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert sorted(marked) == [0, 20]
    assert SyncReview.objects.count() == 20
