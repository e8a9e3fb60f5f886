"""Guessing passwords: who is refused, for how long, and who is not."""

from __future__ import annotations

import datetime
import ipaddress
import re

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.db import connection
from django.utils import timezone

from auditlog.models import AccessLogEntry, AuditLogEntry
from district.models import UserAccount
from district.preferences import set_value
from tests.district.pages import account_url, save
from tests.locks import writer_at_work
from tests.people import PASSWORD, person
from tests.served import Visitor, served

pytestmark = pytest.mark.django_db

ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}


def sign_in(client, username="plain", password="wrong", **headers):
    return client.post("/login/", {"username": username, "password": password}, **headers)


def guess(client, times=10, username="plain", **headers):
    """Wrong passwords that are all looked at."""
    for _time in range(times):
        assert sign_in(client, username, **headers).status_code == 200


def signed_in(answer):
    return answer.status_code == 302


def test_the_eleventh_wrong_password_is_refused_and_so_is_the_right_one(client, nobody_special):
    guess(client)
    assert sign_in(client).status_code == 429
    assert sign_in(client, password=PASSWORD).status_code == 429
    assert client.get("/").status_code == 302


def test_the_refusal_says_in_words_and_in_a_header_when_to_try_again(client, nobody_special):
    guess(client)
    answer = sign_in(client)
    text = answer.content.decode()
    assert "<h1>Too many wrong passwords</h1>" in text
    assert re.search(r"It can be tried again in 15 minutes, at \d\d:\d\d\.<", text)
    assert 890 <= int(answer["Retry-After"]) <= 900
    assert answer["Cache-Control"] == "private, no-store"


def test_others_at_the_same_address_sign_in_as_ever(client, nobody_special):
    person("colleague")
    guess(client, 11 - 1)
    assert sign_in(client).status_code == 429
    assert signed_in(sign_in(client, "colleague", PASSWORD))


def test_the_account_itself_can_be_used_from_elsewhere(client, nobody_special):
    guess(client)
    assert sign_in(client).status_code == 429
    assert signed_in(sign_in(client, password=PASSWORD, **ELSEWHERE))


def test_a_forged_address_changes_nothing(client, nobody_special):
    for number in range(10):
        assert sign_in(client, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}").status_code == 200
    for header in ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CLIENT_IP"):
        assert sign_in(client, password=PASSWORD, **{header: "203.0.113.99"}).status_code == 429


def test_behind_a_trusted_proxy_its_word_counts_and_no_claim_before_it(client, nobody_special, settings):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1")]
    for number in range(10):
        assert sign_in(client, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 192.0.2.5").status_code == 200
    assert sign_in(client, HTTP_X_FORWARDED_FOR="203.0.113.99, 192.0.2.5").status_code == 429
    assert signed_in(sign_in(client, password=PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.6"))


def test_of_an_ipv6_address_the_network_counts_since_a_device_chooses_the_rest(client, nobody_special):
    for number in range(1, 11):
        assert sign_in(client, REMOTE_ADDR=f"2001:db8::{number}").status_code == 200
    assert sign_in(client, password=PASSWORD, REMOTE_ADDR="2001:db8::ffff:1").status_code == 429
    assert signed_in(sign_in(client, password=PASSWORD, REMOTE_ADDR="2001:db8:0:1::1"))


def test_a_name_that_no_account_has_gets_the_same_pages(client, nobody_special):
    form = re.compile(r'<input type="hidden" name="csrf[^>]*>|value="(plain|nobody)"|at [\d:]+ [ap]\.m\.')
    for status in [200] * 10 + [429]:
        known, unknown = sign_in(client), sign_in(client, "nobody")
        assert known.status_code == unknown.status_code == status
        assert form.sub("", known.content.decode()) == form.sub("", unknown.content.decode())


def test_after_a_quarter_of_an_hour_the_count_begins_anew(client, nobody_special):
    guess(client)
    assert sign_in(client).status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - datetime.timedelta(minutes=15, seconds=1))
    guess(client)
    assert sign_in(client).status_code == 429


def test_refused_tries_do_not_prolong_the_wait(client, nobody_special):
    guess(client)
    tried = timezone.now() - datetime.timedelta(minutes=14)
    AccessAttempt.objects.update(attempt_time=tried)
    answer = sign_in(client)
    assert (answer.status_code, int(answer["Retry-After"]) <= 60) == (429, True)
    assert AccessAttempt.objects.get().attempt_time == tried


def test_the_right_password_in_time_forgets_the_wrong_ones(client, nobody_special):
    guess(client, 9)
    assert signed_in(sign_in(client, password=PASSWORD))
    client.post("/logout/")
    guess(client)
    assert sign_in(client).status_code == 429


def test_what_counts_no_longer_is_removed_with_the_next_wrong_password(client, nobody_special):
    guess(client, 2, "somebody")
    AccessAttempt.objects.update(attempt_time=timezone.now() - datetime.timedelta(minutes=16))
    guess(client, 1)
    assert AccessAttempt.objects.count() == 1


@pytest.mark.parametrize(("value", "looked_at"), [("3", 3), ("0", 25)])
def test_the_preference_says_how_many_are_looked_at(client, nobody_special, value, looked_at):
    set_value("LockoutAttempts", value)
    guess(client, looked_at)
    assert (sign_in(client, password=PASSWORD).status_code == 429) is (value != "0")


def test_resetting_failed_sign_ins_on_the_account_page_lets_in_again(client, administrator, nobody_special):
    guess(client, **ELSEWHERE)
    assert sign_in(client, **ELSEWHERE).status_code == 429
    # The account's own count gives way to other writers: the button is there for the lock too.
    UserAccount.objects.filter(pk=nobody_special.pk).update(failed_logins=0)
    client.force_login(administrator)
    assert "Reset failed sign-ins" in client.get(account_url(nobody_special)).content.decode()
    assert client.post(account_url(nobody_special, "failed-sign-ins")).status_code == 302
    assert "Reset failed sign-ins" not in client.get(account_url(nobody_special)).content.decode()
    client.logout()
    assert signed_in(sign_in(client, password=PASSWORD, **ELSEWHERE))


def test_a_new_password_lets_in_again(client, administrator, nobody_special):
    guess(client, **ELSEWHERE)
    new = "a-fresh-piece-of-chalk-2"
    client.force_login(administrator)
    save(client, account_url(nobody_special, "password"), new_password1=new, new_password2=new)
    client.logout()
    assert signed_in(sign_in(client, password=new, **ELSEWHERE))


def test_the_first_refusal_is_traced_with_account_and_address_and_those_after_it_are_not(client, nobody_special):
    guess(client)
    for _time in range(5):
        sign_in(client)
    trace = AccessLogEntry.objects.get()
    assert (trace.event, trace.subject, trace.changed_by) == ("refused", "Sign-in", "not signed in")
    assert trace.criteria == "sign in as plain, after too many wrong passwords"
    assert trace.address == "127.0.0.1"


def test_the_audit_log_knows_nothing_of_it(client, nobody_special):
    before = AuditLogEntry.objects.count()
    guess(client)
    sign_in(client)
    assert AuditLogEntry.objects.count() == before


def test_a_password_typed_into_the_field_of_the_name_is_kept_nowhere(client, nobody_special):
    typed = "my-dear-secret-chalk"
    for _time in range(12):
        client.post(f"/login/?next=/{typed}", {"username": typed, "password": typed, "next": typed})
    assert AccessLogEntry.objects.get().criteria.startswith("sign in as a name that no account has")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert typed not in repr(cursor.fetchall()), table


@pytest.mark.django_db(transaction=True)
def test_while_another_writes_no_password_is_looked_at_without_being_counted(client, nobody_special, impatient):
    with writer_at_work('LOCK TABLE "axes_accessattempt" IN SHARE MODE'):
        answer = sign_in(client)
        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    guess(client)
    assert sign_in(client).status_code == 429


def test_axes_tables_are_no_record_pages(client, administrator):
    client.force_login(administrator)
    assert not [model for model in admin.site._registry if model._meta.app_label == "axes"]
    assert client.get("/admin/axes/").status_code == 404


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_four_workers_share_the_count(tmp_path, nobody_special):
    with served(tmp_path, "--workers", "4") as server:
        visitor, workers = Visitor(server), server.workers
        assert len(workers) == 4
        for number in range(10):
            with server.alone(workers[number % 4]):
                assert visitor.sign_in("plain", "wrong")[0] == 200
        for worker in workers:
            with server.alone(worker):
                assert visitor.sign_in("plain", PASSWORD)[0] == 429
    assert AccessAttempt.objects.get().failures_since_start == 10
