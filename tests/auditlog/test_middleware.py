"""Invariant 4 in requests: the signed-in user is named, from sign-in on, until the last byte, and no longer."""

from __future__ import annotations

import ipaddress
import sys
import threading
import types

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import alogin, login, logout
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import path

from auditlog.context import acting_as, current_actor, current_work
from auditlog.middleware import ANONYMOUS, ActorMiddleware
from district.models import UserAccount, UserGroup

from .logbook import Logbook


def make(name):
    UserGroup.objects.create(name=name)


@login_not_required
def write(request, name):
    make(name)
    make(f"{name} again")
    return HttpResponse(name)


@login_not_required
def sign_in_and_out(request):
    make("before")
    login(request, UserAccount.objects.get(username="lbush"))
    make("signed in")
    logout(request)
    make("signed out")
    return HttpResponse()


@login_not_required
async def write_async(request, name):
    await UserGroup.objects.acreate(name=name)
    await alogin(request, await UserAccount.objects.aget(username="lbush"))
    await UserGroup.objects.acreate(name=f"{name} signed in")
    return HttpResponse(name)


@login_not_required
def stream(request):
    def body():
        for number in range(3):
            make(f"chunk {number}")
            yield str(number)

    return StreamingHttpResponse(body())


@login_not_required
async def stream_async(request):
    async def body():
        for number in range(3):
            await UserGroup.objects.acreate(name=f"chunk {number}")
            yield str(number)

    return StreamingHttpResponse(body())


@login_not_required
def nested(request):
    make("web")
    with acting_as("import", channel="command"):
        make("import")
    make("web again")
    return HttpResponse()


@login_not_required
def broken(request):
    make("kept")
    raise KeyError


@pytest.fixture(autouse=True)
def _pages(settings):
    module = types.ModuleType("pages_of_the_middleware_tests")
    module.urlpatterns = [
        path("write/<name>/", write),
        path("write-async/<name>/", write_async),
        path("sign-in-and-out/", sign_in_and_out),
        path("stream/", stream),
        path("stream-async/", stream_async),
        path("nested/", nested),
        path("broken/", broken),
    ]
    sys.modules[module.__name__] = module
    settings.ROOT_URLCONF = module.__name__
    settings.ALLOWED_HOSTS = ["*"]
    yield
    del sys.modules[module.__name__]


@pytest.fixture
def signed_in(account, client):
    client.force_login(account)
    return client


def who(log):
    return [(entry.affected_object, entry.changed_by) for entry in log.entries()]


@pytest.mark.django_db
def test_a_request_is_named_after_its_user_and_is_one_change_set(signed_in, log, account):
    signed_in.get("/write/A/", REMOTE_ADDR="203.0.113.9")
    signed_in.get("/write/B/")
    first, second, third, _fourth = log.entries()
    assert (first.changed_by, first.changed_by_name, first.changed_by_id) == ("lbush", "Laura", account.pk)
    assert (first.channel, first.address) == ("web", "203.0.113.9")
    assert first.change_set == second.change_set != third.change_set


@pytest.mark.django_db
def test_a_request_without_a_user_says_so(client, log):
    client.get("/write/A/")
    assert {name for _object, name in who(log)} == {ANONYMOUS}


@pytest.mark.django_db
def test_a_sign_in_in_mid_request_counts_from_then_on(client, log, account):
    client.get("/sign-in-and-out/")
    assert who(log) == [("before", ANONYMOUS), ("signed in", "lbush"), ("signed out", ANONYMOUS)]


@pytest.mark.django_db
def test_a_body_that_is_made_while_it_is_sent_is_made_in_the_users_name(signed_in, log):
    response = signed_in.get("/stream/")
    assert current_work() is None
    for _chunk in response.streaming_content:
        # Between two chunks nobody is acting: the thread may serve others.
        assert current_work() is None
    assert who(log) == [(f"chunk {number}", "lbush") for number in range(3)]
    assert len({entry.change_set for entry in log.entries()}) == 1


@pytest.mark.django_db
def test_async_views_and_bodies_are_named_after_the_user(log, account):
    client = AsyncClient()

    async def visit():
        await client.get("/write-async/A/")
        response = await client.get("/stream-async/")
        return [chunk async for chunk in response.streaming_content]

    assert async_to_sync(visit)() == [b"0", b"1", b"2"]
    assert who(log) == [
        ("A", ANONYMOUS),
        ("A signed in", "lbush"),
        *((f"chunk {number}", "lbush") for number in range(3)),
    ]


@pytest.mark.django_db
def test_a_block_within_a_request_has_its_own_name_and_the_requests_change_set(signed_in, log):
    signed_in.get("/nested/")
    assert who(log) == [("web", "lbush"), ("import", "import"), ("web again", "lbush")]
    assert len({entry.change_set for entry in log.entries()}) == 1
    assert [entry.channel for entry in log.entries()] == ["web", "command", "web"]


@pytest.mark.django_db
def test_nothing_of_a_request_remains_also_where_it_broke(signed_in, log):
    process = current_actor().name
    signed_in.get("/write/A/")
    signed_in.raise_request_exception = False
    assert signed_in.get("/broken/").status_code == 500
    assert current_work() is None
    make("afterwards")
    assert who(log)[-1] == ("afterwards", process)


@pytest.mark.django_db
@pytest.mark.parametrize("forwarded", ["6.6.6.6", "<script>", "x" * 5000, "fe80::1%" + "y" * 500, "''; --", "\x7f"])
def test_a_forged_header_neither_becomes_the_address_nor_breaks_a_save(signed_in, log, settings, forwarded):
    settings.TRUSTED_PROXIES = []
    signed_in.get("/write/A/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR=forwarded)
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    signed_in.get("/write/B/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"{forwarded}, 1.2.3.4")
    assert [entry.address for entry in log.entries()] == ["203.0.113.9"] * 2 + ["1.2.3.4"] * 2


@pytest.mark.django_db(transaction=True)
def test_requests_in_threads_at_once_are_each_named_after_their_own_user():
    accounts = [UserAccount.objects.create_user(f"user{number}") for number in range(4)]
    log = Logbook()
    start = threading.Barrier(4)

    def visit(account):
        client = Client()
        client.force_login(account)
        start.wait(30)
        for number in range(3):
            client.get(f"/write/{account.username}-{number}/")
        connection.close()

    threads = [threading.Thread(target=visit, args=(account,)) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(log.entries()) == 4 * 3 * 2
    assert all(affected.startswith(f"{name}-") for affected, name in who(log))


def test_a_request_that_nobody_looked_into_has_no_user():
    seen = []
    ActorMiddleware(lambda request: seen.append(current_actor()) or HttpResponse())(RequestFactory().get("/"))
    assert seen[0].name == ANONYMOUS
