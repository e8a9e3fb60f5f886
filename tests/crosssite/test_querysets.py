"""Students and links: whichever way one is written, its stamp moves."""

from __future__ import annotations

import datetime

import pytest

from crosssite.models import CrossSiteStudent, Student

pytestmark = pytest.mark.django_db
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


def saved(student):
    student.given_name = "Anna"
    student.save()


def saved_in_part(student):
    student.given_name = "Anna"
    student.save(update_fields=["given_name"])


def updated(student):
    Student.objects.filter(pk=student.pk).update(given_name="Anna")


def updated_in_bulk(student):
    student.given_name = "Anna"
    Student.objects.bulk_update([student], ["given_name"])


def updated_or_created(student):
    Student.objects.update_or_create(pk=student.pk, defaults={"given_name": "Anna"})


def updated_from_the_school(student):
    student.school.students.filter(pk=student.pk).update(given_name="Anna")


@pytest.mark.parametrize(
    "write", [saved, saved_in_part, updated, updated_in_bulk, updated_or_created, updated_from_the_school]
)
def test_every_write_moves_the_stamp(home, write):
    ana = home.students["ana"]
    Student.objects.filter(pk=ana.pk).update(updated=LONG_AGO)
    ana.refresh_from_db()
    write(ana)
    now = Student.objects.get(pk=ana.pk)
    assert now.given_name == "Anna"
    assert now.updated > LONG_AGO


def test_so_does_the_one_of_a_link(home):
    link = CrossSiteStudent.objects.create(student=home.students["ana"], district=home.lakeside, number="L-1")
    CrossSiteStudent.objects.update(updated=LONG_AGO)
    CrossSiteStudent.objects.filter(pk=link.pk).update(number="L-2")
    assert CrossSiteStudent.objects.get().updated > LONG_AGO
