"""What holds for every address there is, as somebody finds out who tries them all."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from auditlog.models import AuditLogEntry
from config.middleware import CONTENT_SECURITY_POLICY
from crosssite.models import CrossSiteStudent, ServingDistrict, ServingSchool, Student
from district.models import Calendar, School, UserGroup
from tests.crosssite import logbook
from tests.pages import without_chance

from .addresses import OPEN, addresses

pytestmark = pytest.mark.django_db

#: What reading may write: who was refused what, and how long a session lasts.
WRITTEN_BY_READING = {"AccessLogEntry", "django_session"}

STRICT = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cache-Control": "private, no-store",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
}


@pytest.fixture
def ids(administrator):
    """A record of each kind that an address could name."""
    school = School.objects.create(name="Ash School")
    student = Student.objects.create(number="1", family_name="Rivera", given_name="Ana", school=school)
    district = ServingDistrict.objects.create(name="Hilltop District", identifier="hilltop")
    link = CrossSiteStudent.objects.create(student=student, district=district, number="H-1")
    entry = logbook.entry(school)
    return {
        "audit-log": AuditLogEntry.objects.all()[0].pk,
        "sync-log": entry.pk,
        "sync-runs": entry.run_id,
        "district/useraccount": administrator.pk,
        "district/usergroup": UserGroup.objects.create(name="Teacher").pk,
        "district/school": school.pk,
        "district/calendar": Calendar.objects.create(school=school, name="2026-27", end_year=2027).pk,
        "crosssite/student": student.pk,
        "crosssite/servingdistrict": district.pk,
        "crosssite/servingschool": ServingSchool.objects.create(name="High", identifier="h", district=district).pk,
        "crosssite/crosssitestudent": link.pk,
    }


def contents() -> dict[str, list]:
    """All rows of all tables but those that reading writes."""
    tables = {model._meta.db_table for model in apps.get_models()} - WRITTEN_BY_READING
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(tables):
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
            found[table] = cursor.fetchall()
    return found


def test_without_signing_in_only_the_few_open_addresses_answer(client, ids):
    client.raise_request_exception = False
    for address in addresses(ids):
        for method in (client.get, client.post, client.put, client.delete, client.options):
            answer = method(address)
            if address in OPEN:
                assert answer.status_code in (200, 302, 405), address
            else:
                assert answer.status_code == 302, address
                assert answer["Location"].startswith("/login/?next="), address


def test_reading_any_address_changes_nothing_and_every_answer_has_the_strict_headers(client, administrator, ids):
    """Also by the most powerful: a link in a mail, or a browser that fetches ahead, must do no harm."""
    client.force_login(administrator)
    before = contents()
    for address in addresses(ids):
        answer = client.get(address)
        assert answer.status_code in (200, 302, 301, 403, 404, 405), address
        b"".join(answer) if answer.streaming else answer.content
        assert STRICT.items() <= dict(answer.items()).items(), address
        client.head(address)
        client.options(address)
    assert contents() == before


def test_nothing_is_changed_by_a_form_that_did_not_come_from_a_page_of_ours(administrator, ids):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    before = contents()
    for address in addresses(ids):
        for method in (client.post, client.put, client.patch, client.delete):
            assert method(address, {"post": "yes"}, content_type="text/plain").status_code in (403, 405), address
    assert contents() == before


def test_the_log_cannot_be_written_to_by_any_address(client, administrator, ids):
    """There is no page that adds, changes or deletes an entry, not even for the administrator."""
    names = [address for address in addresses(ids) if "auditlog" in address or "auditlogentry" in address]
    assert names == []
    client.force_login(administrator)
    for model in ("auditlogentry", "auditlogentrydetail", "accesslogentry"):
        for page in ("", "add/", "1/change/", "1/delete/"):
            assert client.get(f"/admin/auditlog/{model}/{page}").status_code == 404
            assert client.post(f"/admin/auditlog/{model}/{page}", {"post": "yes"}).status_code == 404


@pytest.mark.parametrize("address", ["/audit-log/", "/rights-report/", "/sync-log/", "/sync-runs/"])
def test_a_parameter_that_no_field_has_is_refused_and_asks_the_database_nothing(client, administrator, ids, address):
    """Django's own look-ups, put into an address, would answer whether a password hash begins with some letters."""
    client.force_login(administrator)
    for parameter in ("changed_by__password__startswith", "user__password", "sort", "o", "order_by"):
        with CaptureQueriesContext(connection) as asked:
            right, wrong = (
                without_chance(client.get(address, {parameter: guess}).content.decode()) for guess in ("md5", "zzz")
            )
        assert parameter in right.partition("error-summary")[2], "the page says which parameter it does not know"
        assert right.replace("md5", "zzz") == wrong
        conditions = [query["sql"].partition(" WHERE ")[2] for query in asked]
        assert not re.search("password|md5|zzz", " ".join(conditions))
