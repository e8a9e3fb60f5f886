from __future__ import annotations

import pytest
from django.contrib.messages import get_messages

from config.middleware import CONTENT_SECURITY_POLICY
from district.models import UserAccount

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/", "/login/", "/password/", "/admin/", "/healthz", "/nowhere/", "/logout/"])
def test_every_page_has_the_strict_headers(client, administrator, address):
    client.force_login(administrator)
    response = client.get(address)
    assert response["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=(), display-capture=(), geolocation=()" in response["Permissions-Policy"]
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("fields", [{"disable": True}, {"expires_date": "2020-01-31"}])
def test_an_account_that_can_no_longer_be_used_is_signed_out_at_its_next_request(client, nobody_special, fields):
    client.force_login(nobody_special)
    assert client.get("/").status_code == 200
    UserAccount.objects.filter(pk=nobody_special.pk).update(**fields)
    response = client.get("/")
    assert response["Location"] == "/login/?next=/"
    assert "You were signed out" in str(next(iter(get_messages(response.wsgi_request))))
    assert "sessionid" not in client.cookies or not client.cookies["sessionid"].value
    assert "You were signed out" in client.get("/login/").content.decode()


@pytest.mark.parametrize("address", ["/", "/admin/", "/admin/jsi18n/"])
def test_who_must_change_his_password_is_led_there_from_every_page(client, nobody_special, address):
    UserAccount.objects.filter(pk=nobody_special.pk).update(force_password_change=True)
    client.force_login(nobody_special)
    for method in (client.get, client.post):
        assert method(address)["Location"] == f"/password/?next={address}"
    page = client.get("/password/").content.decode()
    assert "Choose a new password before you go on." in page
    assert client.post("/logout/")["Location"] == "/login/"


def test_htmx_reloads_the_page_instead_of_showing_the_sign_in_page_inside_it(client):
    response = client.get("/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Refresh"], response.content) == (401, "true", b"")


def test_the_cookies_are_out_of_reach_of_scripts_and_other_sites_and_last_a_school_day(client, nobody_special):
    client.post("/login/", {"username": "plain", "password": "chalk-and-slate-1"})
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 8 * 60 * 60)


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "utf-16", "latin-1"])
def test_a_request_in_another_encoding_than_ours_is_refused(client, administrator, charset):
    client.force_login(administrator)
    address = "/audit-log/?affected_object=%2B2AA-%5Cud800"
    assert client.get(address, headers={"Content-Type": f"text/plain; charset={charset}"}).status_code == 400
    assert client.get(address, headers={"Content-Type": "text/plain; charset=UTF-8"}).status_code == 200


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken", "messages"])
def test_a_cookie_with_a_character_that_no_database_takes_is_refused(client, cookie):
    assert client.get("/", headers={"Cookie": rf'{cookie}="\000aaaaaaaaaaaaaa"'}).status_code == 400
