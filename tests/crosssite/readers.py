"""People of the Data Sync Log, by what their rights name."""

from __future__ import annotations

from django.test import Client

from district.models import Right, School, UserSchoolYearRights
from district.rights import SYNC_LOG
from tests.people import person

READS = (SYNC_LOG, Right.READ)
WRITES = (SYNC_LOG, Right.WRITE)


def reader(username: str, *schools: School | None, writes: bool = False) -> Client:
    """Signed in, who reads the log of some schools (None: all schools) and perhaps reviews it."""
    account = person(username, READS, *([WRITES] if writes else []), first_name="Rita", last_name="Registrar")
    for school in schools:
        UserSchoolYearRights.objects.create(user=account, school=school)
    client = Client()
    client.force_login(account)
    return client


def page(client: Client, address: str) -> str:
    """What an address answers, which it does."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()
