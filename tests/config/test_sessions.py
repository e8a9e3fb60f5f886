"""When a session ends, and what keeps it from ending."""

from __future__ import annotations

import datetime
import time

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.sessions import BEGAN
from district.models import UserAccount
from district.preferences import set_value
from tests.district.pages import account_url, save
from tests.locks import writer_at_work
from tests.people import PASSWORD
from tests.time_gone import goes_by

pytestmark = pytest.mark.django_db


def minutes(number):
    return datetime.timedelta(minutes=number)


def left():
    """How long the one session there is still lasts."""
    return Session.objects.get().expire_date - timezone.now()


def signed_in(client):
    return client.get("/password/").status_code == 200


def test_a_session_ends_half_an_hour_after_the_last_request(client, nobody_special):
    client.force_login(nobody_special)
    assert minutes(29) < left() <= minutes(30)
    goes_by(minutes=29)
    assert signed_in(client)
    assert minutes(29) < left() <= minutes(30)
    goes_by(minutes=30, seconds=1)
    assert not signed_in(client)


def works_until_the_last_quarter(client):
    """A request every quarter of an hour, until a quarter is left of the eight hours."""
    for _quarter in range(4 * 8 - 1):
        goes_by(minutes=15)
        assert signed_in(client)


def test_a_session_ends_eight_hours_after_signing_in_whatever_is_done_meanwhile(client, nobody_special):
    client.force_login(nobody_special)
    works_until_the_last_quarter(client)
    assert left() <= minutes(15)
    goes_by(minutes=15)
    assert not signed_in(client)


def test_saving_something_into_a_session_does_not_prolong_it_beyond_eight_hours(client, nobody_special):
    client.force_login(nobody_special)
    works_until_the_last_quarter(client)
    session = client.session
    session["anything"] = "else"
    session.save()
    assert left() <= minutes(15)


def test_a_new_password_of_ones_own_does_not_begin_the_eight_hours_anew(client, nobody_special):
    client.force_login(nobody_special)
    goes_by(minutes=20)
    new = "a-fresh-piece-of-chalk-2"
    client.post("/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert client.session[BEGAN] <= time.time() - 20 * 60


def test_the_preference_says_how_long_it_may_be_idle(client, nobody_special):
    set_value("SessionTimeout", "5")
    client.force_login(nobody_special)
    assert minutes(4) < left() <= minutes(5)


def test_the_end_is_moved_every_few_minutes_and_not_by_every_request(client, nobody_special):
    client.force_login(nobody_special)
    goes_by(minutes=2, seconds=50)
    before = Session.objects.get().expire_date
    with CaptureQueriesContext(connection) as few:
        assert signed_in(client)
    assert Session.objects.get().expire_date == before
    assert not [one for one in few if "UPDATE" in one["sql"]]
    goes_by(seconds=11)
    assert signed_in(client)
    assert minutes(29) < left()


@pytest.mark.django_db(transaction=True)
def test_a_page_does_not_wait_for_a_lock_to_note_that_it_was_asked_for(client, nobody_special):
    client.force_login(nobody_special)
    goes_by(minutes=10)
    started = time.monotonic()
    with writer_at_work("LOCK TABLE django_session IN SHARE MODE"):
        assert signed_in(client)
    assert time.monotonic() - started < 5
    assert left() < minutes(21)
    assert signed_in(client)
    assert minutes(29) < left()


def test_asking_how_long_it_lasts_is_no_activity_and_asking_to_stay_is(client, nobody_special):
    client.force_login(nobody_special)
    goes_by(minutes=28)
    asked = client.get("/session/").json()
    assert 110 <= asked["left"] <= 120
    assert (asked["warn"], asked["stay"]) == (180, True)
    assert left() <= minutes(2)
    assert client.post("/session/").json()["left"] > 29 * 60
    assert minutes(29) < left()


def test_at_the_end_of_the_eight_hours_one_cannot_stay(client, nobody_special):
    client.force_login(nobody_special)
    works_until_the_last_quarter(client)
    assert client.post("/session/").json()["stay"] is False
    assert left() <= minutes(15)
    assert "data-stay" not in client.get("/").content.decode().partition("<dialog")[2].partition("data-title")[0]


def test_whoever_is_signed_out_gets_no_answer_about_a_session(client, nobody_special):
    assert client.get("/session/").status_code == 302
    client.force_login(nobody_special)
    goes_by(minutes=31)
    assert client.post("/session/").status_code == 302
    assert not Session.objects.filter(expire_date__gt=timezone.now()).exists()


def test_staying_takes_a_form_of_ours(nobody_special):
    client = Client(enforce_csrf_checks=True)
    client.force_login(nobody_special)
    assert client.post("/session/").status_code == 403


def test_the_sign_in_page_says_that_the_session_has_ended(client, nobody_special):
    client.force_login(nobody_special)
    goes_by(minutes=31)
    assert client.get("/password/")["Location"] == "/login/?next=/password/"
    assert "Your session has ended." in client.get("/login/").content.decode()
    assert "Your session has ended." not in client.get("/login/").content.decode()
    assert "has ended" not in Client().get("/", follow=True).content.decode()


def test_a_form_that_was_sent_too_late_leads_back_to_its_page_and_nowhere_else(client):
    page = "/sync-log/?school=1&entry=5"
    for referer, back in {
        f"http://testserver{page}": "/login/?next=/sync-log/%3Fschool%3D1%26entry%3D5",
        "https://evil.example/sync-log/": "/login/?next=/sync-log/5/review/",
        "": "/login/?next=/sync-log/5/review/",
    }.items():
        assert client.post("/sync-log/5/review/", headers={"Referer": referer})["Location"] == back


def test_ended_sessions_are_removed_by_clearsessions(client, nobody_special):
    client.force_login(nobody_special)
    Client().force_login(nobody_special)
    goes_by(minutes=31)
    client.force_login(nobody_special)
    call_command("clearsessions")
    assert Session.objects.count() == 1


def test_a_password_set_by_another_ends_the_sessions_of_the_account(client, administrator, nobody_special):
    hers = Client()
    hers.force_login(nobody_special)
    new = "a-fresh-piece-of-chalk-2"
    client.force_login(administrator)
    save(client, account_url(nobody_special, "password"), new_password1=new, new_password2=new)
    assert not signed_in(hers)
    assert signed_in(client)


def test_a_disabled_account_has_no_session_left_even_when_it_is_enabled_again(client, nobody_special, administrator):
    client.force_login(nobody_special)
    another = Client()
    another.force_login(administrator)
    nobody_special.disable = True
    nobody_special.save()
    nobody_special.disable = False
    nobody_special.save()
    assert not signed_in(client)
    assert signed_in(another)


def test_an_expired_account_is_signed_out_at_its_next_request(client, nobody_special):
    client.force_login(nobody_special)
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    UserAccount.objects.filter(pk=nobody_special.pk).update(expires_date=yesterday)
    assert not signed_in(client)
    UserAccount.objects.filter(pk=nobody_special.pk).update(expires_date=None)
    assert not signed_in(client)
