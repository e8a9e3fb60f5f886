"""The home page's section of what is marked and nobody has acknowledged yet."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from auditlog import unseen
from auditlog.context import acting_as
from auditlog.models import AuditLogAcknowledgement, AuditLogEntry, Mark
from auditlog.texts import moment
from district.models import UserGroup

from .marked import acknowledge_all, mark
from .test_views import count_queries, newest, rows_of, text_of, words

pytestmark = pytest.mark.django_db

HEADING = "Marked in the last 7 days"
NOTHING = "Nothing marked in the last 7 days that nobody has looked at."


@pytest.fixture
def home(client, auditor):
    """The home page of the auditor, where nothing is left from making her."""
    client.force_login(auditor)
    acknowledge_all()
    return client


def click(
    *names: str, days: float = 1, marks: tuple[str, ...] = (Mark.OWN,), by: str = "jclerk"
) -> list[AuditLogEntry]:
    """Marked entries of one click some days ago."""
    before = newest().pk
    with acting_as(by, at=timezone.now() - timedelta(days=days)):
        UserGroup.objects.bulk_create(UserGroup(name=name) for name in names)
    entries = list(AuditLogEntry.objects.filter(pk__gt=before).order_by("pk"))
    for entry in entries:
        mark(entry, *marks)
    return entries


def clicks(response) -> list[str]:
    """The lines of the section, as words."""
    part = response.content.decode().partition('<ul class="home-clicks">')[2].partition("</ul>")[0]
    return [words(line) for line in re.findall(r"<li>(.*?)</li>", part, re.DOTALL)]


def addresses(response) -> list[str]:
    return [unescape(found) for found in re.findall(r'home-when"><a href="([^"]+)"', response.content.decode())]


def seen(response) -> list[str]:
    return re.findall(r'<button[^>]*name="seen" value="([^"]+)"', response.content.decode())


def test_a_marked_entry_stands_there_with_when_who_what_and_why(home):
    (entry,) = click("Title One", marks=(Mark.OWN, Mark.SECURITY))
    (line,) = clicks(home.get("/"))
    when = moment(entry.timestamp)
    assert line.startswith(f"{when} jclerk UserGroup Add Title One Gave it to oneself")
    assert "Security tools" in line
    assert line.endswith(f"Acknowledge {when} UserGroup Add Title One")
    assert addresses(home.get("/")) == [f"/audit-log/{entry.pk}/"]


def test_entries_of_one_click_are_one_line_that_leads_to_them_unfolded(home):
    entries = click("First", "Second", "Third")
    click("Later", days=0.5)
    response = home.get("/")
    later, together = clicks(response)
    assert "UserGroup Add Later" in later
    assert "3 entries: UserGroup Add Third and 2 others Gave it to oneself" in together
    shown = rows_of(home.get(addresses(response)[1]))
    assert sum("UserGroup Add" in row and "jclerk" in row for row in shown) >= 4
    assert any(row.startswith(moment(entries[-1].timestamp)) and "3 entries" in row for row in shown)


def test_what_is_older_than_a_week_or_acknowledged_is_not_there(home):
    click("Old", days=7.1)
    (entry,) = click("Noted")
    assert len(clicks(home.get("/"))) == 1
    AuditLogAcknowledgement.objects.create(entry=entry, timestamp=timezone.now(), acknowledged_by="boss")
    response = home.get("/")
    assert clicks(response) == []
    assert NOTHING in text_of(response)


def test_one_click_is_acknowledged_by_its_button_and_all_by_another(home):
    for number in range(3):
        click(f"{number} a", f"{number} b", days=1 + number / 10)
    response = home.get("/")
    response = home.post("/audit-log/acknowledge/", {"seen": seen(response)[1]}, follow=True)
    assert response.redirect_chain == [("/", 302)]
    assert "2 entries are acknowledged." in text_of(response)
    assert ["1 b" in line for line in clicks(response)] == [False, False]
    all_shown = re.findall(r'<input type="hidden" name="seen" value="([^"]+)"', response.content.decode())
    assert all_shown == seen(response)
    response = home.post("/audit-log/acknowledge/", {"seen": all_shown}, follow=True)
    assert "4 entries are acknowledged." in text_of(response)
    assert NOTHING in text_of(response)


def test_ten_clicks_are_shown_and_the_rest_is_said(home):
    for number in range(10):
        click(f"Group {number}", days=1 + number / 100)
    response = home.get("/")
    assert len(clicks(response)) == 10
    assert "All marked entries of these days" in text_of(response)
    click("One more", days=3)
    response = home.get("/")
    assert len(clicks(response)) == 10
    assert not any("One more" in line for line in clicks(response))
    assert "And more: all marked entries of these days" in text_of(response)
    way = unescape(re.search(r'<a href="([^"]+)">And more', response.content.decode())[1])
    assert any("One more" in row for row in rows_of(home.get(way)))


@pytest.mark.parametrize("role", ["nobody_special", "registrar"])
def test_without_the_right_on_the_log_nothing_of_it_is_shown(client, request, role):
    click_of_somebody = UserGroup.objects.create(name="Telling")
    mark(newest(), Mark.OWN)
    client.force_login(request.getfixturevalue(role))
    page = text_of(client.get("/"))
    assert HEADING not in page
    assert NOTHING not in page
    assert click_of_somebody.name not in page


def test_names_are_text_with_what_hides_made_visible(home):
    click("<b>x</b>\u202e", by="<i>")
    page = home.get("/").content.decode()
    assert "<bdi>&lt;b&gt;x&lt;/b&gt;⟨U+202E⟩</bdi>" in page
    assert "<b>x" not in page
    assert "<bdi>&lt;i&gt;</bdi>" in page


def test_home_costs_the_same_queries_with_one_mark_and_with_hundreds(home):
    click("One")
    asked = count_queries(lambda: home.get("/"))
    for number in range(40):
        click(*(f"{number} {which}" for which in range(10)), days=1 + number / 100, marks=(Mark.OWN, Mark.HOURS))
    assert count_queries(lambda: home.get("/")) == asked
    assert asked <= 10
    acknowledge_all()
    assert count_queries(lambda: home.get("/")) <= asked


@pytest.mark.usefixtures("home")
def test_a_walk_ends_after_so_many_and_says_that_more_may_be_there(monkeypatch):
    for number in range(5):
        click(f"Group {number}", days=1 + number / 100)
    since = timezone.now() - timedelta(days=7)
    assert not unseen.unseen(since).more
    monkeypatch.setattr(unseen, "LOOKED_AT", 3)
    found = unseen.unseen(since)
    assert ([entry.affected_object for entry in found.entries], found.more) == (["Group 0", "Group 1", "Group 2"], True)
    monkeypatch.setattr(unseen, "LOOKED_AT", 5)
    monkeypatch.setattr(unseen, "GIVEN", 4)
    found = unseen.unseen(since)
    assert (len(found.entries), found.more) == (4, True)
