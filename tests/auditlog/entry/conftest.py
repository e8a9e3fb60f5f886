from __future__ import annotations

import pytest

from .shown import Shown


@pytest.fixture
def reader(client, auditor):
    """The auditor, signed in: Read on the Audit Log and nothing else."""
    client.force_login(auditor)
    return client


@pytest.fixture
def alone(reader):
    """An entry on its own page."""
    return lambda pk: Shown(reader.get(f"/audit-log/{pk}/"))


@pytest.fixture(params=["list", "alone", "part"])
def show(request, reader):
    """An entry as its three addresses show it: beside the list, alone, and as the part that htmx asks for."""

    def get(pk: int) -> Shown:
        if request.param == "alone":
            return Shown(reader.get(f"/audit-log/{pk}/"))
        headers = {"HX-Request": "true", "HX-Target": "entry"} if request.param == "part" else {}
        return Shown(reader.get("/audit-log/", {"entry": pk}, headers=headers))

    return get
