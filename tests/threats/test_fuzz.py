"""Requests with made-up values to every address, by each kind of person: never an error page, nothing foreign.

``FUZZ=500 pytest tests/threats/test_fuzz.py`` makes that many requests per address and person, says how far it is, and
names the seed with which the same is asked again (``FUZZ_SEED``). Without it they are three, the same each time.
"""

from __future__ import annotations

import logging
import os
import random
import time
from contextlib import contextmanager, nullcontext
from copy import deepcopy

import pytest
from django.db import transaction
from django.http import QueryDict
from django.template.base import Template
from django.template.loader import render_to_string

from config import errors
from crosssite.models import Action
from district.models import Right, School, UserSchoolYearRights
from district.rights import SYNC_LOG
from tests.crosssite import logbook
from tests.people import person

from .addresses import addresses

TIMES = int(os.environ.get("FUZZ", "3"))
LONG = "FUZZ" in os.environ
#: Stands in whatever a person of Ash School may not see.
FOREIGN = "zqforeign"

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: Parameters that some page knows, and some that none does.
PARAMETERS = """
    q table action changed_by actor affected_object object start_date end_date start_time end_time range by subject
    change_set mark property existing_value new_value not_table not_actor not_object not_property fold unfold all entry
    format school year calendar timestamp home_school student_number student_name course_number section_number old_value
    new_value serving_school review clear run district outcome page p o _popup _to_field app_label model_name field_name
    next group person tool right by_what view csrfmiddlewaretoken id pk sort select order user__password[] __proto__
"""
NAMES = PARAMETERS.split()
VALUES = [
    *(
        "",
        " ",
        "0",
        "1",
        "-1",
        "2",
        "9" * 30,
        "1e9",
        "NaN",
        "0x10",
        "true",
        "null",
        "None",
        "abc",
        "all",
        "csv",
        "jsonl",
    ),
    *("UserAccount", "UserAccount:1", "UserToolRights:1:2:Write", "Preference:AuditUsers", "add", "Deleted Roster"),
    *("2026-02-30", "2026-01-01", "0001-01-01", "9999-12-31", "25:61", "18:00", "last_school_year", "today"),
    *("'", '"', "'; DROP TABLE x; --", "%", "_", "\\", "*", "(", "[", "${7*7}", "{{7*7}}", "%(x)s", "%s"),
    *("<script>alert(1)</script>", '"><img src=x>', "../../etc/passwd", "//evil.example", "javascript:alert(1)"),
    *("a\x00b", "\x00", "\r\nSet-Cookie: a=b", "\x1b[2J", "\u202e", "\ufeff", "e\u0301", "\U0001f4dd", "İ", "ß"),
    *(
        "x" * 101,
        "x" * 5000,
        "\u00e9" * 300,
        "00000000-0000-0000-0000-000000000007",
        "2147483648",
        "9223372036854775808",
    ),
]
#: As they stand in an address, past what a client would encode.
RAW = ["%00", "%ff%fe", "%ed%a0%80", "%", "%zz", "+", "&&", "=", ";", "#", "%2f..%2f"]


@pytest.fixture
def foreign():
    """What belongs to another school."""
    return logbook.entry(
        School.objects.create(name=f"{FOREIGN} School"),
        action=Action.CREATED_ROSTER,
        student_name=f"{FOREIGN}, Ana",
        student_number=f"{FOREIGN}-1",
        old_value=FOREIGN,
    )


@pytest.fixture
def people(administrator, auditor, nobody_special, foreign):
    """Each kind of person; None has not signed in."""
    mine = School.objects.create(name="Ash School")
    registrar = person("ash", (SYNC_LOG, Right.READ), (SYNC_LOG, Right.WRITE))
    UserSchoolYearRights.objects.create(user=registrar, school=mine)
    logbook.entry(mine)
    return {
        "administrator": administrator,
        "auditor": auditor,
        "plain": nobody_special,
        "ash": registrar,
        "nobody": None,
    }


@pytest.fixture
def quiet():
    """In a long run only errors go to the text log: it keeps each refused request with all that it was."""
    logging.disable(logging.WARNING if LONG else logging.NOTSET)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def no_template_twice(monkeypatch):
    """Most answers are one of few pages that are made without the request: each is made once. No test looks at what
    went into a template, so nothing of it is copied.
    """
    made = {}

    def once(template, context):
        key = (template, *(str(context[name]) for name in ("title", "try_again")), *map(str, context["paragraphs"]))
        if key not in made:
            made[key] = render_to_string(template, context)
        return made[key]

    monkeypatch.setattr(errors, "render_to_string", once)
    monkeypatch.setattr(Template, "_render", lambda template, context: template.nodelist.render(context))


@pytest.fixture
def tell(capsys):
    """Says at once how far a long run is, and what it found."""

    def say(text):
        with capsys.disabled():
            print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)  # noqa: T201 (to be read while it runs)

    return say if LONG else lambda _text: None


@pytest.mark.usefixtures("quiet", "no_template_twice")
@pytest.mark.parametrize("who", ["administrator", "auditor", "plain", "ash", "nobody"])
def test_no_made_up_request_ends_in_an_error_or_tells_what_is_foreign(client, people, foreign, who, tell):
    seed = int(os.environ.get("FUZZ_SEED", random.randrange(10**9) if LONG else 0))
    chance = random.Random(f"{seed} {who}")
    client.raise_request_exception = False
    if people[who]:
        client.force_login(people[who])
    asked, faults, every = 0, [], [plain for plain in addresses() if "logout" not in plain]
    for number, plain in enumerate(every, start=1):
        for _time in range(TIMES):
            address, method, data = made_up(chance, plain, foreign.pk)
            # Who may do everything would do it: it is done, and taken back.
            with taken_back(client) if (method, who) == ("post", "administrator") else nullcontext():
                answer = getattr(client, method)(address, data)
                said = b"".join(answer) if answer.streaming else answer.content
            asked += 1
            if answer.status_code >= 500 or (who in ("plain", "ash", "nobody") and FOREIGN.encode() in said):
                faults.append(f"{who} {method} {address[:300]!r} {data!r:.300}: {answer.status_code}")
                tell(f"FAULT {faults[-1]}")
        tell(f"{who} {number}/{len(every)} {plain}: {asked:,} requests, {len(faults)} faults, FUZZ_SEED={seed}")
    assert asked == TIMES * len(every)
    assert faults == [], f"FUZZ_SEED={seed}"


@contextmanager
def taken_back(client):
    """What a request changes is as it was before, the session with it."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = cookies


def made_up(chance: random.Random, address: str, foreign_id: int) -> tuple[str, str, dict]:
    """(address, method, data of a form): a plain address with some ids and parameters that nobody would choose."""
    if chance.random() < 0.5:
        parts = [str(chance.choice([*VALUES[:14], foreign_id])) if part == "1" else part for part in address.split("/")]
        address = "/".join(parts)
    query = QueryDict(mutable=True)
    for _parameter in range(chance.randrange(4)):
        query.appendlist(chance.choice(NAMES), str(chance.choice([*VALUES, foreign_id])))
    raw = chance.choice(RAW) if chance.random() < 0.2 else ""
    if chance.random() < 0.8:
        return f"{address}?{query.urlencode()}{raw}", "get", {}
    return f"{address}?{raw}", "post", {name: query.getlist(name) for name in query}
