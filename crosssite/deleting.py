"""What goes with a record of Cross-Site Enrollment that is deleted, and what stands against deleting it, in words."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from district.deleting import Outline, counts, too_many, what_goes

from .models import CrossSiteStudent, Roster, Section, ServingDistrict, ServingSchool, Student, SyncRun


def student_consequences(students: Sequence[Student]) -> Outline:
    links = counts(CrossSiteStudent, "student", students)
    outline: Outline = []
    for student in students:
        number = links[student.pk]
        gone = ngettext("%d number at a serving district goes.", "%d numbers at serving districts go.", number) % number
        outline += [
            _("Student %s") % student,
            [_("What the Data Sync Log tells of the student stays."), *what_goes((number, gone))],
        ]
    return outline


def student_obstacles(students: Sequence[Student]) -> list[str]:
    """Why these students cannot be deleted by anybody: the home copy holds rosters of them."""
    rosters = counts(Roster, "student", students)
    return too_many(students) + [
        ngettext(
            "%(student)s has %(number)d roster at a serving school. Instead of deleting the student, untick Active.",
            "%(student)s has %(number)d rosters at serving schools. Instead of deleting the student, untick Active.",
            rosters[student.pk],
        )
        % {"student": student, "number": rosters[student.pk]}
        for student in students
        if rosters[student.pk]
    ]


def district_consequences(districts: Sequence[ServingDistrict]) -> Outline:
    links = counts(CrossSiteStudent, "district", districts)
    outline: Outline = []
    for district in districts:
        number = links[district.pk]
        gone = ngettext("%d number of a student there goes.", "%d numbers of students there go.", number) % number
        lines = [_("Its bundles are refused until it is set up again."), *what_goes((number, gone))]
        outline += [_("Serving district %s") % district, lines]
    return outline


def district_obstacles(districts: Sequence[ServingDistrict]) -> list[str]:
    runs, schools = counts(SyncRun, "district", districts), counts(ServingSchool, "district", districts)
    obstacles = too_many(districts)
    for district in districts:
        run, school = runs[district.pk], schools[district.pk]
        names = {"district": district, "runs": run, "schools": school}
        obstacles += what_goes(
            (
                run,
                ngettext(
                    "%(runs)d sync run of %(district)s is on record, and stays on record.",
                    "%(runs)d sync runs of %(district)s are on record, and stay on record.",
                    run,
                )
                % names,
            ),
            (
                school,
                ngettext(
                    "%(district)s has %(schools)d serving school. Delete that first.",
                    "%(district)s has %(schools)d serving schools. Delete those first.",
                    school,
                )
                % names,
            ),
        )
    return obstacles


def school_consequences(schools: Sequence[ServingSchool]) -> Outline:
    outline: Outline = []
    for school in schools:
        outline += [_("Serving school %s") % school, [_("A run that meets it adds it again, without its contact.")]]
    return outline


def school_obstacles(schools: Sequence[ServingSchool]) -> list[str]:
    sections = counts(Section, "school", schools)
    return too_many(schools) + [
        ngettext(
            "The district’s copy holds %(number)d section of %(school)s.",
            "The district’s copy holds %(number)d sections of %(school)s.",
            sections[school.pk],
        )
        % {"school": school, "number": sections[school.pk]}
        for school in schools
        if sections[school.pk]
    ]


def link_consequences(links: Sequence[CrossSiteStudent]) -> Outline:
    outline: Outline = []
    for link in links:
        names = {"number": link.number, "district": link.district, "student": link.student}
        outline += [
            _("Number %(number)s at %(district)s") % names,
            [_("%(student)s is looked for there under our own number.") % names],
        ]
    return outline
