"""A change that is typed as one text: what it was asked for stands in the fields and in the address."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from django.http import QueryDict
from django.test import Client

from auditlog.asking import spelled_out
from district.models import UserAccount, UserSchoolYearRights

LOG = "/audit-log/"


def query(**asked: str) -> QueryDict:
    found = QueryDict(mutable=True)
    found.update(asked)
    return found


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ("modifyRights true -> false", ("modifyRights", "true", "false")),
        ("  modifyRights   true->false ", ("modifyRights", "true", "false")),
        ("modifyRights true → false", ("modifyRights", "true", "false")),
        ("name Title One -> Title Two", ("name", "Title One", "Title Two")),
        ("modifyRights -> false", ("modifyRights", None, "false")),
        ("modifyRights true ->", ("modifyRights", "true", None)),
        ("-> false", (None, None, "false")),
        ("->", (None, None, None)),
        ("value a -> b -> c", ("value", "a", "b -> c")),
    ],
)
def test_a_change_typed_as_one_text_is_put_in_its_fields(typed, fields):
    asked = spelled_out(query(property=typed, existing_value="earlier", table="UserGroup"))
    assert tuple(asked.get(name) for name in ("property", "existing_value", "new_value")) == fields
    assert asked["table"] == "UserGroup"


@pytest.mark.parametrize("typed", ["modifyRights", "modify rights", "", "a - > b"])
def test_what_is_no_change_stays_as_it_is(typed):
    asked = query(property=typed, new_value="x")
    assert spelled_out(asked) is asked


@pytest.fixture
def client(auditor):
    client = Client()
    client.force_login(auditor)
    return client


@pytest.fixture
def rows(db):
    """A calendar right that lost a right, and one that got it."""
    account = UserAccount.objects.create_user("jdoe")
    for had in (True, False):
        row = UserSchoolYearRights.objects.create(user=account, modify_rights=had)
        row.modify_rights = not had
        row.save()


def test_the_log_leads_to_the_address_that_has_the_change_in_its_fields(client, rows):
    asked = {"property": "modifyRights true -> false", "action": "change"}
    for headers in ({}, {"HX-Request": "true", "HX-Target": "log"}):
        answer = client.get(LOG, asked, headers=headers)
        assert answer.status_code == 302
        path, _mark, found = answer["Location"].partition("?")
        fields = {"property": "modifyRights", "existing_value": "true", "new_value": "false", "action": "change"}
        assert (path, dict(parse_qsl(found))) == (LOG, fields)
    page = client.get(LOG, asked, follow=True)
    assert page.context["title_state"] == "1 entry"
    assert [(chip.label, chip.value) for chip in page.context["chips"]] == [
        ("Action", "Change"),
        ("Property Name", "modifyRights"),
        ("Existing Value", "true"),
        ("New Value", "false"),
    ]
    assert 'name="existing_value" value="true"' in page.content.decode()


def test_the_export_understands_the_same_text(client, rows):
    asked = {"property": "modifyRights true -> false", "format": "csv"}
    lines = b"".join(client.get("/audit-log/export/", asked).streaming_content).decode().strip().splitlines()
    assert len(lines) == 2
