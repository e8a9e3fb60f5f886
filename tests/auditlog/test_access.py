from __future__ import annotations

import logging
import time
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from auditlog import access
from auditlog.models import AccessLogEntry
from district.models import UserGroup
from tests.locks import writer_at_work


def refuse_inside_a_transaction(request):
    with transaction.atomic():
        UserGroup.objects.create(name="never committed")
        access.trace_refused(request, subject="UserGroup", tried="give a right")
        raise PermissionDenied


def refuse(request):
    access.trace_refused(request, subject="UserGroup", tried=request.GET.get("tried", "a right"))
    raise PermissionDenied


def all_well(request):
    return HttpResponse("well")


urlpatterns = [
    path("inside/", refuse_inside_a_transaction),
    path("plainly/", refuse),
    path("well/", all_well),
]

TRACES = 'LOCK TABLE "AccessLogEntry" IN SHARE MODE'

pytestmark = [pytest.mark.urls(__name__)]


@pytest.fixture
def signed_in(auditor):
    client = Client(raise_request_exception=False)
    client.force_login(auditor)
    return client


def traces():
    return list(AccessLogEntry.objects.order_by("id"))


@pytest.mark.django_db(transaction=True)
def test_a_refused_try_outlives_the_rollback_of_what_was_refused(signed_in):
    assert signed_in.get("/inside/", REMOTE_ADDR="10.1.2.3").status_code == 403
    assert not UserGroup.objects.filter(name="never committed").exists()
    (trace,) = traces()
    assert (trace.event, trace.subject, trace.criteria) == ("refused", "UserGroup", "give a right")
    assert (trace.changed_by, trace.changed_by_name, trace.address) == ("auditor", "Otto Auditor", "10.1.2.3")
    assert (trace.channel, trace.rows) == ("web", None)


@pytest.mark.django_db
def test_a_request_that_is_not_refused_leaves_no_trace_and_no_statement(signed_in, django_assert_num_queries):
    with django_assert_num_queries(2):  # the session and the account
        assert signed_in.get("/well/").status_code == 200
    assert not traces()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "tried", ["NUL \x00 inside", "x" * 40_000, "\udc80 half a pair"], ids=["NUL", "long", "surrogate"]
)
def test_a_refused_try_with_hostile_text_is_still_a_403_and_traced(signed_in, tried):
    assert signed_in.get("/plainly/", {"tried": tried.encode("utf-8", "replace")}).status_code == 403
    access.trace_refused(RequestFactory().get("/"), subject="s" * 100, tried=tried)
    seen, direct = traces()
    assert len(direct.subject) == 64
    assert "\x00" not in seen.criteria + direct.criteria
    assert max(len(seen.criteria), len(direct.criteria)) <= access.LONGEST


@pytest.mark.django_db
def test_a_database_that_cannot_take_the_trace_leaves_a_line_in_the_text_log_and_a_403(signed_in, caplog):
    def busy(execute, sql, params, many, context):
        if "AccessLogEntry" in sql:
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(busy), caplog.at_level(logging.ERROR, "auditlog.access"):
        assert signed_in.get("/plainly/", {"tried": "two\nlines"}).status_code == 403
    (record,) = caplog.records
    assert "two\\nlines" in record.getMessage()
    assert "\n" not in record.getMessage()
    assert not traces()


@pytest.mark.django_db
def test_the_start_and_the_end_of_an_export_share_a_reference_and_who_did_it():
    who = access.Who("auditor", "Otto Auditor", 7, "web", "10.1.2.3")
    reference = access.export_started(who=who, subject="Audit Log", criteria="all")
    access.export_finished(who=who, subject="Audit Log", criteria="all", reference=reference, rows=12)
    started, finished = traces()
    assert (started.event, started.rows, finished.event, finished.rows) == (
        "export started",
        None,
        "export finished",
        12,
    )
    assert started.reference == finished.reference == reference
    assert {(trace.changed_by, trace.changed_by_id, trace.address) for trace in traces()} == {
        ("auditor", 7, "10.1.2.3")
    }


@pytest.mark.django_db
def test_an_export_that_breaks_off_says_how_far_it_came():
    who = access.Who("auditor", "", 7, "web", "")
    access.export_broken(who=who, subject="Audit Log", criteria="", reference=uuid.uuid4(), rows=3)
    (trace,) = traces()
    assert (trace.event, trace.rows) == ("export broken off", 3)


@pytest.mark.django_db
def test_an_export_whose_start_cannot_be_kept_does_not_begin():
    def busy(execute, sql, params, many, context):
        raise OperationalError("database is locked")

    with connection.execute_wrapper(busy), pytest.raises(OperationalError):
        access.export_started(who=access.Who("a", "", None, "web", ""), subject="Audit Log", criteria="")


@pytest.mark.django_db(transaction=True)
def test_a_refusal_does_not_wait_long_for_somebody_elses_lock(signed_in, caplog):
    with writer_at_work(TRACES), caplog.at_level(logging.ERROR, "auditlog.access"):
        started = time.monotonic()
        assert signed_in.get("/plainly/").status_code == 403
        assert time.monotonic() - started < 10
    assert len(caplog.records) == 1
    assert signed_in.get("/plainly/").status_code == 403
    assert len(traces()) == 1
