"""Pages, as tests compare them byte for byte."""

from __future__ import annotations

import re

CHANCE = re.compile(r'csrfmiddlewaretoken" value="\w+"|data-left="\d+"')


def without_chance(page: str) -> str:
    """A page without what differs each time: the token of its forms, the seconds that the session has left."""
    return CHANCE.sub("", page)
