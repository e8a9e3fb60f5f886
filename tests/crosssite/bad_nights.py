"""A good night and then a bad one, through ``sync_rosters``, as fixtures."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy

import pytest

from crosssite.models import SyncRun

from .bundles import Serving
from .command import APPLIED, FAILED, HELD, sync_rosters
from .copies import log_state, whole_copy
from .home import example_serving, set_up_home
from .tables import Files, pack

EXIT_CODES = {"applied": APPLIED, "unchanged": APPLIED, "failed": FAILED, "held": HELD}

#: What belongs to persons, in the example's bundles: nothing that a run says may hold it.
PERSONAL = ("Okafor", "Quackenbush", "Zebediah", "secret-of-")


@pytest.fixture(scope="module")
def first_night(module_db, tmp_path_factory) -> Serving:
    """The example after its first night.

    Its terms have no end near: the command goes by the real date. Dan is in a section of the other school, in
    another term: what is wrong with Algebra does not concern him.
    """
    set_up_home()
    serving = example_serving()
    for session in serving.tables["academicSessions"].values():
        session["endDate"] = "2099-06-05"
    serving.add_session("other", "Other Term", "2026-08-17", "2099-06-05")
    serving.add_class("chorus", course="Chorus", school=serving.middle, terms=("other",))
    serving.enroll("chorus", "user-dan", key="dan-chorus")
    assert sync_rosters(serving.write(tmp_path_factory.mktemp("good"))).code == APPLIED
    return serving


@pytest.fixture
def synced(db, first_night) -> Serving:
    """The example after its first night; since then only Dan's end date moved."""
    serving = deepcopy(first_night)
    serving.move("dan-chorus", end="2026-12-05")
    return serving


@pytest.fixture
def bad_night(synced, tmp_path) -> Callable[[Files | bytes], SyncRun]:
    """Syncs files, or the bytes of a zip; the run, once exit code, outcome and what was said of it agree."""

    def run(bundle: Files | bytes) -> SyncRun:
        path = pack(tmp_path / "bad", {} if isinstance(bundle, bytes) else bundle)
        if isinstance(bundle, bytes):
            path = path / "bundle.zip"
            path.write_bytes(bundle)
        before = whole_copy(), log_state()
        done = sync_rosters(path)
        run = SyncRun.objects.latest("pk")
        assert done.code == EXIT_CODES[run.outcome], done.out
        if done.code != APPLIED:
            assert (whole_copy(), log_state()) == before
            assert run.reason
        said = f"{done.out} {run.reason} {json.dumps(run.findings)}"
        assert [text for text in PERSONAL if text in said] == []
        return run

    return run
