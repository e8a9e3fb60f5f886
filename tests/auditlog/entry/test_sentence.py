from __future__ import annotations

from datetime import UTC, datetime
from html import escape

import pytest

from auditlog.context import acting_as
from auditlog.entry.sentence import Part, compose, sentence_of
from auditlog.entry.stored import Stored, stored
from auditlog.models import AuditLogEntry
from district.models import UserGroup

pytestmark = pytest.mark.django_db


def newest() -> AuditLogEntry:
    return AuditLogEntry.objects.order_by("-id")[0]


def bare(table: str, action: str) -> Stored:
    """An entry without any line or property."""
    entry = AuditLogEntry(
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        table=table,
        action=action,
        affected_object="Title One",
        changed_by="admin",
        object_id=1,
        change_set="0" * 32,
        channel="web",
    )
    entry.save()
    told = stored(entry.pk, "default")
    assert told is not None
    return told


def text(told: Stored) -> str:
    return "".join(part.text for part in sentence_of(told))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("admin\u202etxt.exe", "admin⟨U+202E⟩txt.exe"),
        ("%(who)s %s %", "%(who)s %s %"),
        ("{{ 7|add:7 }}", "{{ 7|add:7 }}"),
        ("שלום", "שלום"),
        ("n" * 200, "n" * 79 + "…"),
    ],
)
def test_names_in_a_sentence_turn_no_words_around_them_and_hide_nothing(client, auditor, name, shown):
    with acting_as(name):
        UserGroup.objects.create(name=name)
    client.force_login(auditor)
    page = client.get(f"/audit-log/{newest().pk}/").content.decode()
    named = f"<bdi>{escape(shown)}</bdi>"
    assert f'<p class="entry-sentence">{named} added the group {named}.' in page


def test_an_empty_name_says_so():
    assert compose("%(who)s left.", who="") == [Part("(empty)"), Part(" left.")]


def test_parts_of_sentences_go_into_sentences():
    inner = compose("the group %(group)s", group="LEP")
    assert compose("%(who)s left %(group)s.", who="jdoe", group=inner) == [
        Part("jdoe", is_name=True),
        Part(" left "),
        Part("the group "),
        Part("LEP", is_name=True),
        Part("."),
    ]


@pytest.mark.parametrize(("action", "verb"), [("add", "added"), ("change", "changed"), ("delete", "deleted")])
def test_an_area_that_there_is_no_more_is_told_by_what_is_stored(action, verb):
    assert text(bare("Locker", action)) == f"admin {verb} Title One (Locker)."


@pytest.mark.parametrize("action", ["add", "change", "delete"])
def test_an_entry_without_lines_and_properties_has_a_sentence_in_every_area(action):
    from auditlog.areas import all_areas

    for area in all_areas():
        assert text(bare(area.name, action)).startswith("admin ")
