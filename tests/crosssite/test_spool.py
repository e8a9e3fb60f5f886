"""Tuples on disk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosssite.sync import spool
from crosssite.sync.spool import Spool

ITEMS = st.lists(st.tuples(st.text(), st.integers(), st.none() | st.text()))


@given(items=ITEMS, chunk=st.integers(1, 4))
def test_what_goes_in_comes_out_as_often_as_asked(items, chunk):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "CHUNK", chunk)
        kept = Spool()
        for item in items:
            kept.append(item)
        assert len(kept) == len(items)
        assert list(kept) == items
        kept.append(("more", 1, None))
        assert list(kept) == [*items, ("more", 1, None)]
