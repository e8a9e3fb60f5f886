from __future__ import annotations

import pytest

from district.models import School, Tool, UserAccount, UserGroup

from .logbook import Logbook


@pytest.fixture
def group(db):
    return UserGroup.objects.create(name="Title One", description="Reading")


@pytest.fixture
def account(db):
    return UserAccount.objects.create_user("lbush", "chalk-and-slate-1", first_name="Laura")


@pytest.fixture
def tool(db):
    return Tool.objects.first()


@pytest.fixture
def school(db):
    return School.objects.create(name="Steep Falls Elementary School")


@pytest.fixture
def log(db, request):
    """Opened after the records that the test asks for."""
    for name in ("group", "account", "tool", "school"):
        if name in request.fixturenames:
            request.getfixturevalue(name)
    return Logbook()


@pytest.fixture(scope="session")
def proxy():
    """A proxy of user groups, made after the start as an app's own models are not."""

    class Team(UserGroup):
        class Meta:
            proxy = True
            app_label = "district"

    return Team
