"""Saving, opening, sharing and removing searches of the Audit Log, over HTTP."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from auditlog.models import AccessLogEntry, DefaultSearch, SavedSearch
from auditlog.saved.searches import MOST
from district.models import Right, UserAccount
from district.rights import AUDIT_LOG
from tests.people import person

pytestmark = pytest.mark.django_db

LOG = reverse("auditlog:list")
SEARCHES = reverse("auditlog:searches")
SAVE = reverse("auditlog:save_search")


@pytest.fixture
def colleague(db):
    return person("colleague", (AUDIT_LOG, Right.READ))


@pytest.fixture(autouse=True)
def _signed_in(client, auditor):
    client.force_login(auditor)


def save(client, name="Deleted groups", query="table=UserGroup&action=delete", **more):
    return client.post(SAVE, {"name": name, "query": query, **more})


def search_of(owner, name="Theirs", query="action=delete", shared=False):
    return SavedSearch.objects.create(owner=owner, name=name, query=query, shared=shared)


def text_of(response):
    return response.content.decode()


def test_criteria_are_saved_under_a_name_and_the_list_goes_on_with_them(client, auditor):
    answer = save(client, query="table=UserGroup&action=delete&entry=3&changed_by=")
    assert answer.url == f"{LOG}?action=delete&table=UserGroup"
    [search] = SavedSearch.objects.all()
    assert (search.owner, search.name, search.query, search.shared) == (
        auditor,
        "Deleted groups",
        "action=delete&table=UserGroup",
        False,
    )
    page = text_of(client.get(answer.url))
    assert '<a href="/audit-log/?action=delete&amp;table=UserGroup" aria-current="true">' in page
    assert "The search “Deleted groups” is saved." in page


def test_a_saved_search_that_is_open_is_not_offered_for_saving_again(client):
    assert "Save this search" in text_of(client.get(f"{LOG}?action=delete"))
    save(client, query="action=delete")
    assert "Save this search" not in text_of(client.get(f"{LOG}?action=delete"))
    assert "Save this search" in text_of(client.get(f"{LOG}?action=add"))


def test_nothing_is_offered_for_saving_without_criteria_or_with_wrong_ones(client):
    for query in ("", "?fold=", "?start_date=yesterday", "?nonsense=1"):
        assert "Save this search" not in text_of(client.get(LOG + query))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"name": "", "query": "action=add"}, "Give the search a name."),
        ({"name": "  ", "query": "action=add"}, "Give the search a name."),
        ({"name": "x" * 101, "query": "action=add"}, "at most 100 characters"),
        ({"name": "a\0b", "query": "action=add"}, "Null characters are not allowed"),
        ({"name": "All", "query": ""}, "enter search criteria first"),
        ({"name": "All", "query": "entry=3"}, "enter search criteria first"),
        ({"name": "Wrong", "query": "action=fly"}, "The criteria have errors"),
        ({"name": "Wrong", "query": "nonsense=1"}, "The criteria have errors"),
        ({"name": "Long", "query": "affected_object=" + "x" * 5000}, "at most 4000 characters"),
        ({"name": "Long", "query": "&".join(f"not_object={n}" + "é" * 200 for n in range(15))}, "too long to be saved"),
    ],
)
def test_what_cannot_be_saved_is_said_and_what_was_entered_stays(client, data, told):
    answer = client.post(SAVE, data)
    assert answer.status_code == 200
    assert told in text_of(answer)
    assert "not accepted" in text_of(answer)
    assert not SavedSearch.objects.exists()


def test_a_name_is_used_once_by_each_person_whatever_its_letter_case(client, colleague):
    search_of(colleague, name="Deleted groups")
    save(client)
    answer = save(client, name="DELETED groups", query="action=add")
    assert "You have a search of this name already" in text_of(answer)
    assert SavedSearch.objects.count() == 2


def test_there_is_a_limit_and_a_sentence_about_it(client, auditor):
    SavedSearch.objects.bulk_create(
        SavedSearch(owner=auditor, name=f"search {number}", query=f"changed_by={number}") for number in range(MOST)
    )
    assert "remove one of them first" in text_of(save(client))


def test_ones_own_searches_and_the_default_are_listed_however_many_others_share(client, auditor, colleague):
    SavedSearch.objects.bulk_create(
        SavedSearch(owner=colleague, name=f"search {number}", query="action=add", shared=True)
        for number in range(2 * MOST)
    )
    save(client, name="xylophone")
    default = search_of(colleague, name="zither", query="action=change", shared=True)
    client.post(reverse("auditlog:default_search", args=[default.pk]))
    page = text_of(client.get(f"{LOG}?all=1"))
    assert "xylophone" in page
    assert "zither" in page


def test_a_shared_search_is_read_by_others_and_changed_by_its_owner_alone(client, colleague):
    shared = search_of(colleague, name="Night work", shared=True)
    page = text_of(client.get(LOG))
    assert "Night work" in page
    assert "of colleague" in page
    for address in ("auditlog:change_search", "auditlog:remove_search"):
        assert client.get(reverse(address, args=[shared.pk])).status_code == 404
        assert client.post(reverse(address, args=[shared.pk]), {"name": "Mine"}).status_code == 404
    assert SavedSearch.objects.get().name == "Night work"


def test_anothers_own_search_is_the_same_404_as_one_that_does_not_exist(client, colleague):
    private = search_of(colleague)
    assert "Theirs" not in text_of(client.get(LOG)) + text_of(client.get(SEARCHES))
    for address in ("auditlog:change_search", "auditlog:remove_search", "auditlog:default_search"):
        answers = [client.post(reverse(address, args=[pk]), {"name": "x"}) for pk in (private.pk, 999_999)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


def test_the_owner_renames_shares_and_removes(client, auditor, colleague):
    search = search_of(auditor, name="Old")
    DefaultSearch.objects.create(person=colleague, search=search)
    change = reverse("auditlog:change_search", args=[search.pk])
    assert 'value="Old"' in text_of(client.get(change))
    assert client.post(change, {"name": "New", "shared": "on"}).url == SEARCHES
    search.refresh_from_db()
    assert (search.name, search.shared, search.query) == ("New", True, "action=delete")
    remove = reverse("auditlog:remove_search", args=[search.pk])
    assert "default search of 1 other person" in text_of(client.get(remove))
    assert SavedSearch.objects.exists()
    assert client.post(remove).url == SEARCHES
    assert not SavedSearch.objects.exists()
    assert not DefaultSearch.objects.exists()
    assert client.post(remove).status_code == 404


def test_the_log_opens_with_the_default_says_so_and_shows_everything_on_demand(client, auditor, colleague):
    search = search_of(colleague, name="Night work", shared=True)
    client.post(reverse("auditlog:default_search", args=[search.pk]))
    assert client.get(LOG).url == f"{LOG}?action=delete"
    page = text_of(client.get(LOG, follow=True))
    assert "This is your default search “Night work”." in page
    assert f'href="{LOG}?all=1"' in page
    everything = client.get(f"{LOG}?all=1")
    assert everything.status_code == 200
    assert "This is your default search" not in text_of(everything)
    assert "Open with everything" in text_of(client.get(SEARCHES))
    client.post(reverse("auditlog:no_default_search"))
    assert client.get(LOG).status_code == 200
    assert "The Audit Log opens with everything" in text_of(client.get(SEARCHES))


def test_where_nothing_is_found_the_criteria_are_reset_past_the_default(client, auditor):
    nothing = f"{LOG}?changed_by=nobody"
    assert f'<a href="{LOG}">Reset all criteria' in text_of(client.get(nothing))
    search = search_of(auditor, query="changed_by=nobody")
    client.post(reverse("auditlog:default_search", args=[search.pk]))
    assert f'<a href="{LOG}?all=1">Reset all criteria' in text_of(client.get(nothing))


def test_a_default_that_is_no_longer_shared_counts_no_more(client, auditor, colleague):
    search = search_of(colleague, shared=True)
    client.post(reverse("auditlog:default_search", args=[search.pk]))
    SavedSearch.objects.update(shared=False)
    assert client.get(LOG).status_code == 200


def test_the_default_is_another_one_from_the_second_click_on(client, auditor):
    first, second = search_of(auditor, "One", "action=add"), search_of(auditor, "Two", "action=delete")
    for search in (first, second, second):
        client.post(reverse("auditlog:default_search", args=[search.pk]))
    assert client.get(LOG).url == f"{LOG}?action=delete"


def test_a_search_that_is_not_understood_any_more_shows_what_is_wrong(client, auditor):
    search = search_of(auditor, query="table=Vanished")
    client.post(reverse("auditlog:default_search", args=[search.pk]))
    page = client.get(LOG, follow=True)
    assert page.status_code == 200
    assert "The search criteria have errors" in text_of(page)


def test_only_readers_of_the_log_come_near_and_a_try_leaves_a_trace(client, auditor, nobody_special):
    search = search_of(auditor, shared=True)
    client.force_login(nobody_special)
    addresses = [
        SEARCHES,
        SAVE,
        *(reverse(f"auditlog:{name}", args=[search.pk]) for name in ("change_search", "remove_search")),
    ]
    assert {client.get(address).status_code for address in addresses} == {403}
    posted = [reverse("auditlog:default_search", args=[search.pk]), reverse("auditlog:no_default_search")]
    assert {client.post(address).status_code for address in posted} == {403}
    assert AccessLogEntry.objects.filter(event="refused", changed_by="plain").count() == 6
    client.logout()
    assert client.get(SEARCHES).url.startswith("/login/")


def test_nothing_is_changed_by_a_link(client, auditor):
    search = search_of(auditor)
    for name in ("default_search",):
        assert client.get(reverse(f"auditlog:{name}", args=[search.pk])).status_code == 405
    client.get(reverse("auditlog:remove_search", args=[search.pk]))
    client.get(f"{SAVE}?action=add")
    assert SavedSearch.objects.count() == 1


def test_the_searches_of_a_deleted_account_go_with_it(client, colleague):
    search_of(colleague, shared=True)
    UserAccount.objects.filter(pk=colleague.pk).delete()
    assert not SavedSearch.objects.exists()


def test_an_empty_page_says_how_to_begin(client):
    assert "There are no saved searches yet." in text_of(client.get(SEARCHES))


def test_a_hundred_searches_cost_as_many_statements_as_one(client, auditor, colleague):
    counts = []
    for number in range(2):
        owner = (auditor, colleague)[number]
        SavedSearch.objects.bulk_create(
            SavedSearch(owner=owner, name=f"search {n}", query=f"changed_by={n}", shared=True)
            for n in range(1 + 99 * number)
        )
        with CaptureQueriesContext(connection) as asked:
            client.get(f"{LOG}?action=add")
        counts.append(len(asked))
    assert counts[0] == counts[1]
