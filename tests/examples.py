"""Property tests go through examples of their own on each engine: half as many on each, as many on both together."""

from __future__ import annotations

from django.db import connection
from hypothesis import seed

own_examples = seed(connection.vendor)
