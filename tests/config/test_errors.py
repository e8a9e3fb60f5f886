from __future__ import annotations

from unittest.mock import patch

import pytest
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404

from auditlog.models import AccessLogEntry
from config import views

pytestmark = pytest.mark.django_db


def answer(client, error):
    """What a page answers that ends in this error."""
    with patch.object(views.HomeView, "get_context_data", side_effect=error):
        return client.get("/")


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (BadRequest("internal words"), 400, "This request cannot be answered"),
        (SuspiciousOperation("internal words"), 400, "This request cannot be answered"),
        (PermissionDenied("internal words"), 403, "You may not open this"),
        (Http404("internal words"), 404, "There is no such page"),
        (RuntimeError("internal words"), 500, "Something went wrong here"),
    ],
)
def test_errors_are_pages_in_plain_words_that_give_nothing_away(
    client, administrator, django_assert_max_num_queries, error, status, title
):
    client.force_login(administrator)
    client.raise_request_exception = False
    # Session and account: the page itself asks nothing. A refusal is traced.
    with django_assert_max_num_queries(10 if status == 403 else 2):
        response = answer(client, error)
    page = response.content.decode()
    assert response.status_code == status
    assert f"<h1>{title}</h1>" in page
    assert "internal words" not in page
    assert '<a href="/">Home</a>' in page


def test_who_may_not_open_a_page_reads_what_is_missing_and_whom_to_ask(client, nobody_special):
    client.force_login(nobody_special)
    page = answer(client, PermissionDenied).content.decode()
    assert "needs a tool right that your account does not have" in page
    assert "ask your district’s security administrator" in page
    trace = AccessLogEntry.objects.get()
    assert (trace.event, trace.criteria, trace.changed_by) == ("refused", "GET /", nobody_special.username)


def test_what_does_not_exist_and_what_is_not_permitted_look_the_same_to_everybody(
    client, administrator, nobody_special
):
    client.force_login(administrator)
    pages = {client.get("/no/such/page/").content, answer(client, Http404("entry 7")).content}
    client.force_login(nobody_special)
    pages |= {client.get("/another/").content, answer(client, Http404("entry 8")).content}
    pages.add(client.get("/no/such/page/", headers={"accept-language": "de"}).content)
    assert len(pages) == 1


def test_a_host_that_is_not_ours_gets_an_error_page(client):
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "This request cannot be answered" in response.content.decode()
