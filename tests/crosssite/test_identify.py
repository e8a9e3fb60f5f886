"""Whose bundle it is."""

from __future__ import annotations

import pytest

from crosssite.models import Roster, ServingDistrict
from crosssite.sync.run import sync
from tests.crosssite.bundles import Serving

pytestmark = pytest.mark.django_db


def test_a_district_is_known_by_its_sourced_id_or_its_identifier(home, serving, tmp_path):
    assert sync(serving.write(tmp_path / "by-sourced-id")).district == home.lakeside
    ServingDistrict.objects.update(identifier="lakeside-4711")
    assert sync(serving.write(tmp_path / "by-identifier")).district == home.lakeside


def test_another_district_than_the_one_asked_for_is_refused(home, serving, tmp_path):
    ServingDistrict.objects.create(name="Hillside District", identifier="hillside")
    run = sync(serving.write(tmp_path / "bundle"), district="hillside")
    assert run.outcome == "failed"
    assert "Lakeside District" in run.reason
    assert "Hillside District" in run.reason


def test_an_identifier_that_nobody_has_is_refused(home, serving, tmp_path):
    run = sync(serving.write(tmp_path / "bundle"), district="nobody")
    assert run.outcome == "failed"
    assert "nobody" in run.reason


def test_where_the_bundle_does_not_say_the_option_decides(home, serving, tmp_path):
    ServingDistrict.objects.create(name="Hillside District", identifier="hillside")
    for school in (serving.high, serving.middle):
        serving.change("orgs", school, parentSourcedId="")
    assert "--district" in sync(serving.write(tmp_path / "unsaid")).reason
    assert sync(serving.write(tmp_path / "said"), district="lakeside").outcome == "applied"
    # From now on its schools say it.
    assert sync(serving.write(tmp_path / "known")).outcome == "unchanged"


def test_of_two_districts_that_are_set_up_one_has_to_be_chosen(home, serving, tmp_path):
    hillside = ServingDistrict.objects.create(name="Hillside District", identifier="hillside")
    serving.add("orgs", "hillside", name="Hillside District", type="district")
    serving.add("orgs", "hillside-high", name="Hillside High", type="school", parentSourcedId="hillside")
    serving.add_class("art", course="Art", school="hillside-high")
    serving.enroll("art", "user-ana", key="ana-art")
    run = sync(serving.write(tmp_path / "both"))
    assert run.outcome == "failed"
    assert "Choose one with --district" in run.reason
    assert sync(serving.write(tmp_path / "lakeside"), district="lakeside").outcome == "applied"
    assert not Roster.objects.filter(sourced_id="ana-art").exists()
    assert sync(serving.write(tmp_path / "hillside"), district="hillside").outcome == "applied"
    assert Roster.objects.get(sourced_id="ana-art").district == hillside


def test_a_bundle_whose_schools_are_all_strange_is_anothers(home, serving, tmp_path):
    sync(serving.write(tmp_path / "ours"))
    stranger = Serving("hillside", ours="maplewood")
    stranger.change("orgs", "hillside", identifier="lakeside")
    stranger.add_class("art", course="Art")
    run = sync(stranger.write(tmp_path / "strange"))
    assert run.outcome == "failed"
    assert "it is another's" in run.reason
    assert Roster.objects.count() == 4
