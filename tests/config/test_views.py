from __future__ import annotations

from unittest.mock import patch

import pytest
from django.apps import apps
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from auditlog.models import AuditLogEntry
from auditlog.pages import HomeLink, HomeSection
from district.models import Right, Tool, UserAccount, UserToolRights
from tests.pages import without_chance
from tests.people import PASSWORD, person

pytestmark = pytest.mark.django_db

NEW = "a-fresh-piece-of-chalk-2"


def sign_in(client, username, password=PASSWORD, **more):
    return client.post("/login/", {"username": username, "password": password, **more})


def test_home_sends_whoever_is_not_signed_in_to_the_sign_in_page_and_back(client, nobody_special):
    response = client.get("/?a=1")
    assert (response.status_code, response["Location"]) == (302, "/login/?next=/%3Fa%3D1")
    assert sign_in(client, "plain", next="/?a=1")["Location"] == "/?a=1"


def test_home_shows_an_administrator_his_tools_by_section(client, administrator):
    client.force_login(administrator)
    response = client.get("/")
    assert response.status_code == 200
    assert b"<h1>Home</h1>" in response.content
    for _section, links in response.context["tools"]:
        for link in links:
            assert f'href="{link.url}"' in response.content.decode()


def test_the_record_pages_call_home_what_is_home(client, administrator):
    client.force_login(administrator)
    pages = [
        without_chance(client.get(address).content.decode()).partition("<main")[2].partition("</main>")[0]
        for address in ("/", "/admin/")
    ]
    assert pages[0] == pages[1]
    assert "Recent actions" not in pages[1]


def test_home_tells_a_person_without_rights_whom_to_ask(client, nobody_special):
    client.force_login(nobody_special)
    response = client.get("/")
    assert response.context["tools"] == []
    assert "Ask your district’s security administrator" in response.content.decode()


def test_home_costs_the_same_queries_however_many_rights_a_person_has(client, django_assert_num_queries, registrar):
    client.force_login(registrar)
    with CaptureQueriesContext(connection) as before:
        client.get("/")
    assert len(before) <= 4  # session, account, groups, rights
    UserToolRights.objects.bulk_create(
        UserToolRights(user=registrar, tool=tool, right=Right.WRITE) for tool in Tool.objects.all()[:100]
    )
    with django_assert_num_queries(len(before)):
        client.get("/")


def test_links_that_are_wanted_everywhere_stand_in_the_header_of_every_page(client, nobody_special):
    links = [HomeLink("Logs", "Some Log", "/some-log/", "About it.", everywhere=True)]
    client.force_login(nobody_special)
    with patch.object(apps.get_app_config("district"), "home_links", lambda request: links):
        for address in ("/", "/password/", "/admin/"):
            assert '<a href="/some-log/">Some Log</a>' in client.get(address).content.decode()


def test_home_shows_the_sections_that_apps_declare_with_their_style_sheets(client, nobody_special):
    section = HomeSection("chalkline/error_items.html", ["chalkline/base.css"], {"form": None})
    client.force_login(nobody_special)
    with patch.object(apps.get_app_config("district"), "home_sections", lambda request: [section], create=True):
        for address in ("/", "/admin/"):
            response = client.get(address)
            assert response.context["sections"] == [section]
            assert response.content.decode().count("chalkline/base") == 2


@pytest.mark.parametrize("name", ["nobody", "disabled", "expired", "plain"])
def test_a_refused_sign_in_says_the_same_whatever_the_reason(client, nobody_special, name):
    person("disabled", disable=True)
    person("expired", expires_date="2020-01-31")
    response = sign_in(client, name, "wrong" if name == "plain" else PASSWORD)
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()[0].startswith("Signing in did not work.")
    assert len(response.context["form"].errors) == 1
    assert "<title>Sign in, not accepted | Chalkline</title>" in response.content.decode()


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/login/"])
def test_signing_in_leads_nowhere_else(client, nobody_special, wanted):
    assert sign_in(client, "plain", next=wanted)["Location"] == "/"
    again = client.get("/login/", {"next": wanted})
    assert (again.status_code, again["Location"]) == (302, "/")


@pytest.mark.parametrize("username", ["a\x00b", "x" * 40_000, "<script>", "\u202eplain", ""])
def test_odd_user_names_are_refused_like_any_other(client, username):
    assert sign_in(client, username).status_code == 200


def test_failed_sign_ins_count_until_one_succeeds_and_leave_no_entry(client, nobody_special):
    before = AuditLogEntry.objects.count()
    sign_in(client, "plain", "wrong")
    sign_in(client, "plain", "wrong")
    nobody_special.refresh_from_db()
    assert (nobody_special.failed_logins, nobody_special.last_login) == (2, None)
    sign_in(client, "plain")
    nobody_special.refresh_from_db()
    assert nobody_special.failed_logins == 0
    assert nobody_special.last_login is not None
    assert AuditLogEntry.objects.count() == before


def test_signing_out_is_a_post_and_ends_the_session(client, nobody_special):
    client.force_login(nobody_special)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/").status_code == 302
    assert client.post("/logout/")["Location"] == "/login/"


def test_signing_out_needs_the_forms_token(nobody_special):
    client = Client(enforce_csrf_checks=True)
    client.force_login(nobody_special)
    response = client.post("/logout/")
    assert response.status_code == 403
    assert "This form could not be accepted" in response.content.decode()


def test_the_admins_own_addresses_lead_to_ours(client, nobody_special):
    assert client.get("/admin/login/?next=/admin/district/")["Location"] == "/login/?next=/admin/district/"
    assert client.get("/admin/login/")["Location"] == "/login/"
    assert client.get("/admin/")["Location"] == "/login/?next=/admin/"
    client.force_login(nobody_special)
    assert client.get("/admin/password_change/")["Location"] == "/password/"


def test_a_new_password_of_ones_own_is_one_change_with_the_password_masked(client, nobody_special):
    UserAccount.objects.filter(pk=nobody_special.pk).update(force_password_change=True)
    client.force_login(nobody_special)
    before = AuditLogEntry.objects.count()
    data = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW, "next": "/?a=1"}
    assert client.post("/password/", data)["Location"] == "/?a=1"
    assert AuditLogEntry.objects.count() == before + 1
    entry = AuditLogEntry.objects.first()
    assert (entry.table, entry.action, entry.changed_by) == ("UserAccount", "change", "plain")
    details = entry.details.values_list("property_name", "existing_value", "new_value", "masked")
    assert sorted(details) == [("forcePasswordChange", "true", "false", False), ("password", None, None, True)]
    account = UserAccount.objects.get(pk=nobody_special.pk)
    assert account.check_password(NEW)
    assert account.password_changed_by == "plain"
    assert client.get("/").status_code == 200  # this session goes on


def test_a_new_password_ends_the_sessions_elsewhere(client, nobody_special):
    elsewhere = Client()
    elsewhere.force_login(nobody_special)
    client.force_login(nobody_special)
    client.post("/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert elsewhere.get("/").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "field"),
    [
        ("wrong", NEW, NEW, "old_password"),
        (PASSWORD, NEW, "another", "new_password2"),
        (PASSWORD, "12345", "12345", "new_password2"),
        (PASSWORD, PASSWORD, PASSWORD, "new_password1"),
    ],
)
def test_a_password_that_is_not_accepted_says_why_beside_the_field(client, nobody_special, old, new, again, field):
    client.force_login(nobody_special)
    response = client.post("/password/", {"old_password": old, "new_password1": new, "new_password2": again})
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert f'href="#id_{field}"' in response.content.decode()


def test_health_answers_without_session_and_tells_nothing(client, django_assert_num_queries):
    client.cookies["sessionid"] = "x" * 32
    with django_assert_num_queries(1):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


def test_health_says_when_the_database_does_not_answer(client):
    with patch.object(connection, "cursor", side_effect=OperationalError("secret-host refused")):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"unavailable")
