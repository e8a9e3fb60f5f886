"""Whom to ask about a run that brought nothing: its serving district, whose bundle it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.urls import reverse

from ..details import Phone, contact
from ..models import SyncRun
from .scope import Scope

Outcome = SyncRun.Outcome

#: Outcomes that only the serving district can explain.
OPEN = (Outcome.HELD, Outcome.FAILED)
PERMISSION = "crosssite.change_servingdistrict"


@dataclass(frozen=True)
class Asking:
    """The district's contact, None where none is kept; ``setup`` is where to enter one, for who may."""

    contact: Phone | None
    setup: str


def asking(run: SyncRun, scope: Scope) -> Asking | None:
    """Nothing where the run needs no question, or nobody knows whose bundle it was."""
    if run.outcome not in OPEN or run.district is None:
        return None
    found = contact(run.district)
    return Asking(found, "" if found else _setup(run.district.pk, scope))


def _setup(district: int, scope: Scope) -> str:
    if not cast(Any, scope.user).has_perm(PERMISSION):
        return ""
    return reverse("admin:crosssite_servingdistrict_change", args=[district])
