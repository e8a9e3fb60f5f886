from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


def test_home_sends_whoever_is_not_signed_in_to_the_sign_in_page_and_back(client):
    response = client.get("/")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/"
    assert client.get("/login/").status_code == 200
