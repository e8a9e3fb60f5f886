"""Held runs in the browser's place: what would be done, and who may confirm or discard it."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from auditlog.models import AccessLogEntry
from crosssite.models import Roster, Student, SyncLogEntry, SyncRun, SyncRunCount
from crosssite.runs import deciding
from crosssite.sync.run import sync
from district.catalogue import SYNC_HOLD_MINIMUM
from district.models import School, UserSchoolYearRights
from district.preferences import set_value
from tests.people import person

from .readers import WRITES, page, reader
from .test_runs import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(home, serving, tmp_path) -> SyncRun:
    """A run that would delete two of four rosters, of Ana and Ben, who are at North."""
    set_value(SYNC_HOLD_MINIMUM, "1")
    assert sync(serving.write(tmp_path / "monday")).outcome == "applied"
    serving.drop("ana-algebra")
    serving.drop("ben-algebra")
    run = sync(serving.write(tmp_path / "tuesday"))
    assert run.outcome == "held"
    return run


@pytest.fixture
def chief(home) -> Client:
    """Who sees all schools and may write."""
    return reader("chief", None, writes=True)


def address(run, step=""):
    return f"/sync-runs/{run.pk}/{step}"


def state(run):
    """What became of the run, and how many rosters there are."""
    run.refresh_from_db()
    return run.outcome, Roster.objects.count()


def test_the_page_shows_what_a_held_run_would_do_and_the_ways_to_decide(chief, held):
    shown = page(chief, address(held))
    text = text_of(shown)
    for part in (
        "This run waits for a person",
        held.reason,
        "What it would change",
        "Maplewood North High Deleted Roster 2",
        "Planned entries 2",
        "Deleted Roster Rivera, Ana Maria (104417)",
        "Deleted Roster Okafor, Ben (104418)",
    ):
        assert part in text, part
    for step in ("confirm/", "discard/"):
        assert f'href="{address(held, step)}"' in shown


def test_the_step_before_names_what_is_deleted_and_that_a_mistake_can_be_put_right(chief, held):
    text = text_of(page(chief, address(held, "confirm/")))
    assert "Confirming deletes from the home copy, with 2 entries Deleted Roster in the Data Sync Log." in text
    assert "Confirm and delete, with 2 entries Deleted Roster" in text
    assert "Maplewood North High Deleted Roster 2" in text
    assert "is put right by the next correct bundle" in text
    assert "Discarding applies nothing" in text_of(page(chief, address(held, "discard/")))
    assert state(held) == ("held", 4), "looking changes nothing"


def test_confirming_applies_the_plan_in_the_persons_name_with_the_note(chief, held):
    answer = chief.post(address(held, "confirm/"), {"note": "Lakeside called: two transfers."}, follow=True)
    assert answer.redirect_chain == [(address(held), 302)]
    text = text_of(answer.content.decode())
    assert state(held) == ("applied", 2)
    assert SyncLogEntry.objects.filter(run=held, action="Deleted Roster").count() == 2
    for part in (
        "The run is confirmed and applied.",
        "Decided by chief (Rita Registrar)",
        "Note Lakeside called: two transfers.",
        "the next correct bundle puts it right",
        "It was held: 2 of 4 rosters",
        "Confirmed by chief (Rita Registrar), ",
    ):
        assert part in text, part
    assert f'href="{address(held, "confirm/")}"' not in answer.content.decode()


def test_a_section_of_two_home_schools_is_counted_in_entries(chief, held):
    for school in (1, 2):
        SyncRunCount.objects.create(
            run=held, home_school_id=school, home_school="x", action="Invalidated Section", count=1
        )
    text = text_of(page(chief, address(held, "confirm/")))
    assert "2 entries Deleted Roster, 2 entries Invalidated Section" in text


def test_a_registrar_reads_of_a_confirmed_run_that_it_was_held_and_no_figures(chief, held, home):
    chief.post(address(held, "confirm/"))
    shown = text_of(page(reader("north", School.objects.order_by("pk").first()), address(held)))
    assert "It was held because it would remove unusually much. Confirmed by chief (Rita Registrar), " in shown
    assert "of 4 rosters" not in shown


def test_discarding_applies_nothing(chief, held):
    answer = chief.post(address(held, "discard/"), follow=True)
    assert state(held) == ("discarded", 4)
    assert "The run is discarded. Nothing of it was applied." in answer.content.decode()
    assert not SyncLogEntry.objects.filter(run=held).exists()


@pytest.mark.parametrize("first", ["confirm/", "discard/"])
def test_a_second_click_is_told_what_became_of_the_run_and_does_nothing(chief, held, first):
    chief.post(address(held, first))
    decided = state(held)
    for step in ("confirm/", "discard/"):
        answer = chief.post(address(held, step), follow=True)
        assert "is not held any more" in answer.content.decode()
        looked = chief.get(address(held, step), follow=True)
        assert "there is nothing to decide" in looked.content.decode()
    assert state(held) == decided


def test_what_changed_meanwhile_refuses_the_plan_with_a_sentence_and_loses_nothing(chief, held, home):
    ana = Student.objects.get(number="104417")
    ana.given_name = "Anna"
    ana.save()
    answer = chief.post(address(held, "confirm/"), follow=True)
    assert "have changed since this run was held" in answer.content.decode()
    assert state(held) == ("held", 4)


@pytest.mark.parametrize("note", ["x" * (deciding.LONGEST_NOTE + 1), "a\0b"], ids=["too long", "NUL"])
def test_a_note_that_cannot_be_kept_is_said_and_nothing_is_decided(chief, held, note):
    answer = chief.post(address(held, "confirm/"), {"note": note})
    assert answer.status_code == 200
    assert "Not accepted" in answer.content.decode()
    assert state(held) == ("held", 4)


@pytest.mark.parametrize("who", ["reads all schools", "writes one school", "writes some schools"])
def test_without_write_and_all_schools_there_is_no_way_to_decide_and_a_try_is_traced(held, home, who):
    client = {
        "reads all schools": lambda: reader("reads", None),
        "writes one school": lambda: reader("one", home.north, writes=True),
        "writes some schools": lambda: reader("some", home.north, home.south, writes=True),
    }[who]()
    shown = page(client, address(held))
    assert "confirm/" not in shown
    assert "discard/" not in shown
    for step in ("confirm/", "discard/"):
        assert client.get(address(held, step)).status_code == 403
        assert client.post(address(held, step)).status_code == 403
    assert state(held) == ("held", 4)
    tried = AccessLogEntry.objects.order_by("pk").values_list("event", "subject", "criteria")
    assert list(tried) == [
        ("refused", "Sync Runs", f"{step} run {held.pk}") for step in ("confirm", "confirm", "discard", "discard")
    ]


def test_write_alone_decides_nothing_who_may_not_read_the_log_sees_no_run(held):
    blind = person("blind", WRITES)
    UserSchoolYearRights.objects.create(user=blind, school=None)
    client = Client()
    client.force_login(blind)
    for step in ("", "confirm/", "discard/"):
        assert client.get(address(held, step)).status_code == 403
    assert client.post(address(held, "confirm/")).status_code == 403
    assert state(held) == ("held", 4)


def test_a_registrar_sees_what_would_happen_to_her_school_only(held, home):
    north = text_of(page(reader("north", home.north), address(held)))
    assert "Maplewood North High Deleted Roster 2" in north
    south = text_of(page(reader("south", home.south), address(held)))
    assert "Nothing at your schools" in south
    for secret in (held.reason, "Maplewood North", "Rivera", "2 of 4"):
        assert secret not in south, secret


@pytest.mark.parametrize("pk", ["0", "999999999", "1" + "0" * 20])
def test_a_run_that_does_not_exist_cannot_be_decided_and_is_the_same_404(chief, held, pk):
    for step in ("confirm/", "discard/"):
        missing = chief.post(f"/sync-runs/{pk}/{step}")
        assert missing.status_code == 404
        assert missing.content == reader(f"nobody-{step}", writes=True).post(address(held, step)).content


def test_decisions_ask_for_the_token_of_the_form(chief, held):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = chief.cookies
    assert strict.post(address(held, "confirm/")).status_code == 403
    assert state(held) == ("held", 4)


def test_a_busy_database_says_so_and_nothing_is_decided(chief, held, monkeypatch):
    def busy(run, *, note):
        raise OperationalError from None

    monkeypatch.setattr(deciding.ConfirmView, "take", staticmethod(busy))
    assert chief.post(address(held, "confirm/")).status_code == 503
    assert state(held) == ("held", 4)
