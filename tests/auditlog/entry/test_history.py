from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from auditlog.context import acting_as
from auditlog.models import AuditLogEntry, AuditLogEntrySubject
from district.models import Right, Tool, UserAccount, UserGroup, UserGroupMember, UserSchoolYearRights, UserToolRights
from district.preferences import set_value

from .shown import Shown, newest, words

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 2, 15, 0, 0, tzinfo=UTC)


def at(*, who: str = "admin", **after: int):
    """Acting at a moment so long after the start."""
    return acting_as(who, at=START + timedelta(**after))


def history_of(shown: Shown) -> dict[str, str]:
    """The lines of the history, by their terms."""
    block = shown.html.partition('<dl class="entry-around"')[2].partition("</dl>")[0]
    lines = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", block, re.DOTALL)
    return {words(term): words(line) for term, line in lines}


def led_to(shown: Shown, term: str) -> int:
    """The entry that the link of a line leads to."""
    return int(re.search(rf'<dt>{term}</dt><dd><a href="[^"]*?(\d+)/?">', shown.html)[1])


@pytest.fixture
def account():
    return UserAccount.objects.create_user("jdoe")


@pytest.fixture
def give(account):
    """Gives a right of each kind that is held, and takes it again."""
    tool, group = Tool.objects.all()[0], UserGroup.objects.create(name="Teacher")
    return {
        "tool right": lambda: UserToolRights.objects.create(user=account, tool=tool, right=Right.WRITE),
        "membership": lambda: UserGroupMember.objects.create(user=account, group=group),
        "calendar right": lambda: UserSchoolYearRights.objects.create(user=account, end_year=2026),
    }


KINDS = ["tool right", "membership", "calendar right"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_gave_a_right_leads_to_what_took_it_away_and_back(show, give, kind):
    with at(who="boss"):
        held = give[kind]()
    given = newest().pk
    with at(who="clerk", days=2, hours=3):
        held.delete()
    taken = newest().pk
    assert history_of(show(given)) == {
        "How long": "Held for 2 days 3 hours.",
        "Taken away": "03/04/2026 12:00:00 -0600 Delete by clerk",
    }
    assert history_of(show(taken)) == {
        "How long": "Held for 2 days 3 hours.",
        "Given": "03/02/2026 09:00:00 -0600 Add by boss",
    }
    assert (led_to(show(given), "Taken away"), led_to(show(taken), "Given")) == (taken, given)


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_that_nobody_took_is_still_held(show, give, kind):
    with acting_as("admin", at=datetime.now(UTC) - timedelta(days=3, minutes=5)):
        give[kind]()
    assert history_of(show(newest().pk)) == {"How long": "Held for 3 days so far."}


@pytest.mark.parametrize("kind", ["tool right", "membership"])
def test_a_right_given_again_is_told_time_by_time(show, give, kind):
    entries = []
    for day in (0, 10):
        with at(days=day):
            held = give[kind]()
        entries.append(newest().pk)
        with at(days=day + 1 + day // 10):
            held.delete()
        entries.append(newest().pk)
    given, taken, given_again, taken_again = entries
    assert history_of(show(given))["How long"] == "Held for 1 day."
    assert history_of(show(given_again)) == {
        "How long": "Held for 2 days.",
        "Taken away": "03/14/2026 10:00:00 -0500 Delete by admin",
        "Entry before": "03/03/2026 09:00:00 -0600 Delete by admin",
    }
    assert led_to(show(given_again), "Entry before") == taken
    assert led_to(show(taken), "Entry after") == given_again
    assert history_of(show(taken_again))["How long"] == "Held for 2 days."


def test_a_calendar_right_that_was_changed_in_between_is_one_time(show, account):
    with at():
        row = UserSchoolYearRights.objects.create(user=account, end_year=2026)
    given = newest().pk
    for hour in range(1, 4):
        with at(hours=hour):
            row.close_months = not row.close_months
            row.save()
    changed = newest().pk
    with at(days=1):
        row.delete()
    taken = newest().pk
    for pk in (given, changed, taken):
        assert history_of(show(pk))["How long"] == "Held for 1 day."
    assert (led_to(show(changed), "Given"), led_to(show(changed), "Taken away")) == (given, taken)
    assert led_to(show(changed), "Entry before") == changed - 1
    assert "Entry after" not in history_of(show(changed))


@pytest.mark.parametrize("kind", ["tool right", "membership"])
def test_what_was_not_recorded_is_not_made_up(show, give, kind):
    with at():
        held = give[kind]()
    given = newest().pk
    set_value("AuditUsers", "false")
    held.delete()
    told = "No entry tells when it was taken away: changes were not recorded then."
    assert history_of(show(given)) == {"How long": told}
    held = give[kind]()
    set_value("AuditUsers", "true")
    assert history_of(show(given))["How long"].endswith(" so far.")  # the log knows of no gap
    with at(days=1):
        held.delete()
    taken_once = newest().pk
    set_value("AuditUsers", "false")
    held = give[kind]()
    set_value("AuditUsers", "true")
    with at(days=2):
        held.delete()
    assert history_of(show(newest().pk))["How long"] == "No entry tells since when it was held."
    assert led_to(show(newest().pk), "Entry before") == taken_once


def test_a_right_given_twice_in_the_log_was_lost_in_between(show, give):
    with at():
        held = give["tool right"]()
    given = newest().pk
    set_value("AuditUsers", "false")
    held.delete()
    set_value("AuditUsers", "true")
    with at(days=1):
        give["tool right"]()
    assert history_of(show(given))["How long"].startswith("No entry tells when it was taken away")


def test_the_entries_of_one_record_lead_from_one_to_the_next_also_at_the_same_moment(alone):
    with at():
        group = UserGroup.objects.create(name="g0")
        others = UserGroup.objects.create(name="other")
        for number in (1, 2, 3):
            group.name = f"g{number}"
            group.save()
            others.description = str(number)
            others.save()
    entries = list(
        AuditLogEntry.objects.filter(table="UserGroup", object_id=group.pk).order_by("pk").values_list("pk", flat=True)
    )
    forth, back = [entries[0]], [entries[-1]]
    for _step in range(3):
        forth.append(led_to(alone(forth[-1]), "Entry after"))
        back.append(led_to(alone(back[-1]), "Entry before"))
    assert (forth, back) == (entries, entries[::-1])
    assert "Entry before" not in history_of(alone(entries[0]))
    assert "Entry after" not in history_of(alone(entries[-1]))


def test_the_rights_and_memberships_of_an_account_or_a_group_are_no_entries_of_it(alone, account, give):
    group = give["membership"]().group
    for record, column in ((account, "first_name"), (group, "description")):
        give["tool right"]().delete()
        UserGroupMember.objects.filter(user=account).delete()
        give["membership"]()
        setattr(record, column, "other")
        record.save()
        changed = newest().pk
        added = AuditLogEntry.objects.get(table=type(record).__name__, object_id=record.pk, action="add").pk
        UserGroupMember.objects.filter(user=account).delete()
        assert led_to(alone(changed), "Entry before") == added
        assert led_to(alone(added), "Entry after") == changed
        assert "Entry after" not in history_of(alone(changed))


def test_a_preference_is_followed_by_its_name_through_being_reset(alone):
    for value in ("600", None, "700"):
        set_value("SearchLimit", value)
    set_value("SearchFieldOrder", "before")
    pk = AuditLogEntry.objects.filter(affected_object="SearchLimit").order_by("pk")[1].pk
    assert (led_to(alone(pk), "Entry before"), led_to(alone(pk), "Entry after")) == (pk - 1, pk + 1)
    assert "How long" not in history_of(alone(pk))


def test_beside_the_list_the_links_keep_the_criteria(reader, account):
    account.first_name = "John"
    account.save()
    page = reader.get("/audit-log/", {"entry": newest().pk, "table": "UserAccount"}).content.decode()
    assert f'<dt>Entry before</dt><dd><a href="/audit-log/?table=UserAccount&amp;entry={newest().pk - 1}">' in page


def test_an_entry_older_than_its_subject_has_no_history_and_no_error(show):
    entry = AuditLogEntry(
        timestamp=START,
        table="UserToolRights",
        action="add",
        affected_object="jdoe, Behavior",
        changed_by="admin",
        object_id=1,
        change_set="0" * 32,
        channel="web",
    )
    entry.save()
    assert history_of(show(entry.pk)) == {}
    AuditLogEntrySubject(entry=entry, subject="UserAccount:1", timestamp=START).save()
    assert history_of(show(entry.pk)) == {}
