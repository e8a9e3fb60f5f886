"""The criteria in use as chips, quick ranges, more criteria, and values of rows that narrow: over HTTP."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from auditlog.context import acting_as
from auditlog.models import Mark
from district.models import UserAccount, UserGroup

pytestmark = pytest.mark.django_db

LOG = "/audit-log/"


@pytest.fixture
def log(client, auditor):
    client.force_login(auditor)
    with acting_as("ann, the first", user_id=17):
        for name in ("Teacher & Friends", "Health Staff"):
            UserGroup.objects.create(name=name)
        jdoe = UserAccount.objects.create_user("jdoe", "x")
        jdoe.email = "jdoe@example.org"
        jdoe.save()
    return client


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


def chips_of(page):
    """(text, address without it) of each chip."""
    part = page.partition('class="log-chips"')[2].partition("</ul>")[0]
    found = re.findall(r'<li[^>]*><a href="([^"]*)"[^>]*>(.*?)</a></li>', part, re.DOTALL)
    return [
        (unescape(re.sub(r"<[^>]+>", "", text)).replace("×", "").strip(), unescape(address)) for address, text in found
    ]


def rows_of(page):
    return len(re.findall(r'<a id="row-', page))


def links_of(page, text):
    """Addresses of the links that say just this."""
    found = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(?:<bdi>)?([^<]*)', page)
    return [unescape(address) for address, said in found if unescape(said).strip() == text]


def test_each_criterion_is_a_chip_whose_link_takes_just_it_away(log):
    page = text_of(log.get(f"{LOG}?table=UserGroup&table=UserAccount&action=add&affected_object=Teacher&entry=1"))
    assert chips_of(page) == [
        ("Remove filter: Table: UserGroup", "/audit-log/?table=UserAccount&action=add&affected_object=Teacher"),
        ("Remove filter: Table: UserAccount", "/audit-log/?table=UserGroup&action=add&affected_object=Teacher"),
        ("Remove filter: Action: Add", "/audit-log/?table=UserGroup&table=UserAccount&affected_object=Teacher"),
        ("Remove filter: Affected Object: Teacher", "/audit-log/?table=UserGroup&table=UserAccount&action=add"),
    ]


def test_without_criteria_or_with_wrong_ones_there_are_no_chips(log):
    for query in ("", "?fold=1", "?entry=1", "?table=Nothing"):
        assert chips_of(text_of(log.get(LOG + query))) == []


def test_what_is_excluded_says_so(log):
    [(text, address)] = chips_of(text_of(log.get(f"{LOG}?not_table=UserGroup")))
    assert text == "Remove filter: Not Table: UserGroup"
    assert address == "/audit-log/?"


def test_a_day_goes_together_with_its_time(log):
    page = text_of(log.get(f"{LOG}?start_date=2026-11-20&start_time=18:00&end_date=2026-11-21&end_time=06:00"))
    chips = dict(chips_of(page))
    assert chips["Remove filter: Start Date: 11/20/2026"] == "/audit-log/?end_date=2026-11-21&end_time=06%3A00"
    assert "Remove filter: End Time: 06:00" in chips


def test_an_account_a_record_and_a_period_are_named_in_words(log):
    jdoe = UserAccount.objects.get(username="jdoe")
    page = text_of(log.get(f"{LOG}?by=17&subject=UserAccount:{jdoe.pk}&range=last_night&mark=hours"))
    texts = [text for text, _address in chips_of(page)]
    assert any("ann, the first (account 17)" in text for text in texts)
    assert any("UserAccount jdoe" in text for text in texts)
    assert any("Last night" in text for text in texts)
    assert any(str(Mark.HOURS.label) in text for text in texts)


def test_hostile_values_are_shown_as_text(log):
    page = text_of(log.get(LOG, {"actor": "<script>alert(1)</script>", "not_actor": "a\u202eb"}))
    assert "<script>alert" not in page
    assert any("⟨U+202E⟩" in text for text, _address in chips_of(page))


def test_quick_ranges_take_the_place_of_dates_and_the_one_in_use_takes_itself_away(log):
    page = text_of(log.get(f"{LOG}?start_date=2026-01-01&table=UserGroup"))
    [today] = links_of(page, "Today")
    assert today == "/audit-log/?table=UserGroup&range=today"
    page = text_of(log.get(today))
    assert rows_of(page) == 5  # three of them came with the installation
    assert links_of(page, "Today") == ["/audit-log/?table=UserGroup"]
    assert re.search(r'<a [^>]*aria-current="true">Today', page)


def test_sending_the_form_keeps_what_only_links_set(log):
    page = text_of(log.get(f"{LOG}?range=today&actor=ann%2C+the+first&not_table=UserGroup&not_table=Preference"))
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.partition('id="criteria"')[2])
    assert ("range", "today") in hidden
    assert ("actor", "ann, the first") in hidden
    assert [value for name, value in hidden if name == "not_table"] == ["UserGroup", "Preference"]


def test_values_of_a_row_lead_to_the_entries_that_have_them(log):
    page = text_of(log.get(f"{LOG}?range=today"))
    for value, count in (("UserGroup", 5), ("Teacher & Friends", 1), ("ann, the first", 4)):
        address = links_of(page, value)[-1]
        assert address.startswith("?range=today&")
        assert rows_of(text_of(log.get(LOG + address))) == count, value


def test_more_criteria_are_open_where_one_of_them_is_in_use(log):
    assert '<details class="log-further">' in text_of(log.get(LOG))
    page = text_of(log.get(f"{LOG}?property=email&existing_value=&new_value=jdoe"))
    assert '<details class="log-further" open>' in page
    assert rows_of(page) == 1
    assert 'name="property" value="email"' in page


def test_a_wrong_value_of_a_further_criterion_leads_to_its_field(log):
    page = text_of(log.get(f"{LOG}?mark=spotted"))
    assert '<details class="log-further" open>' in page
    assert 'href="#id_mark_0"' in page


def test_ranges_and_chips_cost_no_statements_that_criteria_do_not(log):
    counts = []
    for query in ("?table=UserGroup", "?table=UserGroup&action=add&range=today&property=name"):
        with CaptureQueriesContext(connection) as asked:
            log.get(LOG + query)
        counts.append(len(asked))
    assert counts[1] - counts[0] <= 3
