from __future__ import annotations

import datetime

import pytest
from playwright.sync_api import Page, expect

from crosssite.models import CrossSiteStudent, Roster, Section, ServingSchool

from .steps import axe, fits, sign_in


@pytest.fixture
def ana(administrator, home):
    """A student with a number elsewhere and a roster whose names leave no room on a phone."""
    ana = home.students["ana"]
    school = ServingSchool.objects.create(district=home.lakeside, name="Lakeside High School", identifier="high")
    section = Section.objects.create(
        district=home.lakeside, school=school, sourced_id="c", course_name="Pneumonoultramicroscopic Studies"
    )
    day = datetime.date(2026, 8, 17)
    Roster.objects.create(
        district=home.lakeside, section=section, student=ana, sourced_id="e", begin_date=day, last_day=day
    )
    CrossSiteStudent.objects.create(student=ana, district=home.lakeside, number="L-1")
    return ana


def test_every_record_page_can_be_used_by_everybody(every_page: Page, ana) -> None:
    sign_in(every_page, "admin")
    student, link, district = ana.pk, ana.links.get().pk, ana.links.get().district_id
    school = ServingSchool.objects.get().pk
    for address in (
        "student/",
        "student/?q=rivera",
        "student/add/",
        f"student/{student}/change/",
        f"student/{student}/delete/",
        "servingdistrict/",
        "servingdistrict/add/",
        f"servingdistrict/{district}/change/",
        f"servingdistrict/{district}/delete/",
        "servingschool/",
        "servingschool/add/",
        f"servingschool/{school}/change/",
        f"servingschool/{school}/delete/",
        "crosssitestudent/",
        "crosssitestudent/add/",
        f"crosssitestudent/{link}/change/",
        f"crosssitestudent/{link}/delete/",
    ):
        every_page.goto(f"/admin/crosssite/{address}")
        axe(every_page)
        fits(every_page)


@pytest.mark.parametrize("look", ["light", "plain"])
def test_a_number_elsewhere_is_given_by_keyboard_and_a_wrong_one_leads_back_to_its_field(site, ana, look) -> None:
    page = site(look)
    sign_in(page, "admin")
    page.goto("/admin/crosssite/crosssitestudent/add/")
    page.get_by_label("Our student number").fill("4711")
    page.get_by_label("Serving district", exact=False).first.select_option(label="Lakeside District")
    page.get_by_label("Student number at the serving district").fill("L-2")
    page.get_by_label("Student number at the serving district").press("Enter")
    summary = page.get_by_role("group", name="Not accepted")
    expect(summary).to_contain_text("No student of this district has this number.")
    if look == "light":
        axe(page)
    summary.get_by_role("link", name="Our student number").press("Enter")
    page.get_by_label("Our student number").fill("104418")
    page.get_by_label("Our student number").press("Enter")
    expect(page.get_by_role("row", name="L-2")).to_contain_text("Okafor, Ben")
