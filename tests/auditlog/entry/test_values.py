from __future__ import annotations

import re

import pytest

from district.models import School, UserAccount, UserGroup, UserSchoolYearRights

from .shown import newest

pytestmark = pytest.mark.django_db

HIDDEN = '<span class="visually-hidden"> {} </span>'
REMOVED = f"<del>{HIDDEN.format('removed:')}{{}}{HIDDEN.format('end of removed')}</del>"
INSERTED = f"<ins>{HIDDEN.format('inserted:')}{{}}{HIDDEN.format('end of inserted')}</ins>"


def described(old: str, new: str) -> int:
    """The entry of a group whose description changed."""
    group = UserGroup.objects.create(name="Title One", description=old)
    group.description = new
    group.save()
    return newest().pk


def test_what_was_taken_out_and_put_in_is_marked_and_told_to_who_listens(show):
    html = show(described("Nurses and aides", "Nurses and helpers of all schools")).html
    assert f"<bdi>Nurses and {REMOVED.format('aides')}</bdi>" in html
    assert f"<bdi>Nurses and {INSERTED.format('helpers of all schools')}</bdi>" in html


def test_values_that_have_nothing_in_common_are_not_struck_through(show):
    user = UserAccount.objects.create_user("jdoe")
    user.disable = True
    user.save()
    html = show(newest().pk).html
    assert '<bdi><del class="whole">false</del></bdi>' in html
    assert '<bdi><ins class="whole">true</ins></bdi>' in html


def test_ids_are_never_compared_digit_by_digit_and_have_the_names_they_had(show):
    old, new = School.objects.create(name="Lincoln High"), School.objects.create(name="Lincoln Middle")
    row = UserSchoolYearRights.objects.create(user=UserAccount.objects.create_user("jdoe"), school=old)
    row.school = new
    row.save()
    pk = newest().pk
    School.objects.filter(pk=new.pk).update(name="Renamed")
    html = show(pk).html
    assert f'<del class="whole">{old.pk} (Lincoln High)</del>' in html
    assert f'<ins class="whole">{new.pk} (Lincoln Middle)</ins>' in html


def test_hostile_text_is_text_in_every_piece(show):
    html = show(described("<b>one</b> two \u202e three", "<b>one</b> <i>two</i> \u202e three")).html
    assert "&lt;b&gt;one&lt;/b&gt;" in html
    assert "⟨U+202E⟩" in html
    assert not re.search(r"<[bi]>", html)


def test_long_texts_are_whole_on_the_page_and_in_part_beside_the_list(reader, alone):
    pk = described("long " * 2000 + "end", "long " * 2000 + "END " + "more " * 2000)
    page = alone(pk).html
    assert page.count("long " * 2000) == 3
    beside = reader.get("/audit-log/", {"entry": pk}).content.decode()
    assert len(beside) < len(page)
    assert "long " * 100 not in beside
    assert "… 9840 more characters …" in beside
    assert f"{'long ' * 16}<em>" in beside
