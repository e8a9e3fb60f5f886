"""Editing tool rights over HTTP: what is shown, what is written, what is refused and what others did meanwhile."""

from __future__ import annotations

import html
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from auditlog.context import acting_as
from auditlog.models import AccessLogEntry, AuditLogEntry
from district.models import Right, Tool, UserAccount, UserGroup, UserGroupMember, UserGroupToolRights, UserToolRights
from district.rights import GROUP_TOOL_RIGHTS, USER_ACCOUNT
from district.roles import STUDENT_INFORMATION_SYSTEM
from tests.people import person

pytestmark = pytest.mark.django_db

BEHAVIOR = "Student Information > General > Behavior"
GRADES = "Student Information > General > Grades"


@pytest.fixture
def smith() -> UserAccount:
    return UserAccount.objects.create_user("smithmark")


@pytest.fixture
def teacher() -> UserGroup:
    return UserGroup.objects.create(name="Teacher")


@pytest.fixture
def signed_in(client, administrator):
    client.force_login(administrator)
    return client


@pytest.fixture
def helpdesk(db) -> UserAccount:
    """May change rights and holds Read and Write on user accounts, Read on Behavior."""
    return person("helpdesk", (USER_ACCOUNT, Right.READ), (USER_ACCOUNT, Right.WRITE), (BEHAVIOR, Right.READ))


def editor_of(record) -> str:
    return reverse(f"admin:district_{record._meta.model_name}_tool_rights", args=[record.pk])


def box(path, right=Right.READ) -> str:
    return f"{Tool.objects.get(path=path).pk}.{right.value}"


def every_box() -> list[str]:
    return [f"{tool}.{right.value}" for tool in Tool.objects.values_list("pk", flat=True) for right in Right]


def give(record, *boxes) -> None:
    """Give rights as another person would."""
    model, field = (UserToolRights, "user") if isinstance(record, UserAccount) else (UserGroupToolRights, "group")
    rows = [value.split(".") for value in boxes]
    with acting_as("another person"):
        model.objects.bulk_create([model(**{field: record}, tool_id=tool, right=right) for tool, right in rows])


def held(record) -> set[str]:
    return {f"{tool}.{right}" for tool, right in record.tool_rights.values_list("tool_id", "right")}


def save(client, record, ticked, shown=(), **options):
    return client.post(editor_of(record), {"box": list(ticked), "shown": " ".join(shown)}, **options)


def entries(changed_by="admin", **criteria) -> list[tuple[str, str, str]]:
    """(action, tool, right) of the entries about tool rights, oldest first."""
    found = AuditLogEntry.objects.filter(table__endswith="ToolRights", changed_by=changed_by, **criteria).order_by("id")
    lines = [dict(entry.descriptions.values_list("name", "value")) | {"action": entry.action} for entry in found]
    return [(line["action"], line["Tool name"], line["Right"]) for line in lines]


def text_of(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def the_input(response, value: str) -> str:
    return re.search(
        rf'<input type="checkbox" [^>]*value="{re.escape(value)}"[^>]*>', response.content.decode()
    ).group()


# --- showing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["smith", "teacher"])
def test_the_addresses_are_the_agreed_ones(kind, request, signed_in):
    record = request.getfixturevalue(kind)
    assert editor_of(record) == f"/admin/district/{record._meta.model_name}/{record.pk}/tool-rights/"
    assert signed_in.get(editor_of(record)).status_code == 200


def test_every_right_of_every_tool_has_a_box_named_after_tool_and_right(signed_in, smith):
    give(smith, box(BEHAVIOR, Right.WRITE))
    page = signed_in.get(editor_of(smith))
    assert page.content.decode().count('name="box"') == 4 * Tool.objects.count() == 1060
    ticked = the_input(page, box(BEHAVIOR, Right.WRITE))
    assert 'aria-label="Behavior: Write (' in ticked
    assert " checked" in ticked
    assert " checked" not in the_input(page, box(BEHAVIOR))


def test_no_two_boxes_have_the_same_name(signed_in, smith):
    names = re.findall(r'aria-label="([^"]+: [^"]+)"', signed_in.get(editor_of(smith)).content.decode())
    assert len(names) == len(set(names))


def test_modules_are_closed_at_first_and_count_the_rights_below_them(signed_in, smith):
    give(smith, box(BEHAVIOR), box(GRADES))
    page = signed_in.get(editor_of(smith)).content.decode()
    assert "<details" in page
    assert not re.search(r"<details[^>]* open", page)
    tools = Tool.objects.filter(module="Student Information").count()
    assert f">2 of {tools}<" in page


def test_rights_that_come_through_a_group_are_named(signed_in, smith, teacher):
    UserGroupMember.objects.create(user=smith, group=teacher)
    give(teacher, box(BEHAVIOR), box(BEHAVIOR, Right.WRITE))
    page = signed_in.get(editor_of(smith))
    assert "Read, Write through group Teacher" in text_of(page)
    assert " checked" not in the_input(page, box(BEHAVIOR))


def test_tools_that_decide_something_here_are_marked(signed_in, smith):
    assert text_of(signed_in.get(editor_of(smith))).count("used here") == 11


def test_a_search_opens_what_matches_and_counts_it_without_javascript(signed_in, smith):
    page = signed_in.get(editor_of(smith), {"search": "general Chronic ABSENTEEISM"})
    assert "1 tool matches" in text_of(page)
    assert len(re.findall(r"<details[^>]* open", page.content.decode())) == 2
    assert page.content.decode().count('name="box"') == 1060


def test_a_save_after_a_search_revokes_nothing_that_the_search_hid(signed_in, smith):
    give(smith, box(BEHAVIOR), box(GRADES))
    address = f"{editor_of(smith)}?search=grades"
    page = signed_in.get(address)
    posted = {"shown": re.search(r'name="shown" value="([^"]*)"', page.content.decode()).group(1)}
    posted["box"] = [value for value in every_box() if " checked" in the_input(page, value)]
    response = signed_in.post(address, {**posted, "box": [*posted["box"], box(GRADES, Right.WRITE)]})
    assert response.headers["location"] == address
    assert held(smith) == {box(BEHAVIOR), box(GRADES), box(GRADES, Right.WRITE)}


def test_an_empty_tool_tree_says_what_to_do(signed_in, smith):
    Tool.objects.all().delete()
    assert "manage.py load_tools" in text_of(signed_in.get(editor_of(smith)))


def test_hostile_tool_names_are_shown_as_text(signed_in, smith):
    name = '"><script>alert(1)</script>\u202eמ{{ 7 }}'
    Tool.objects.create(module=name, folder=name, tool=name, path=" > ".join([name] * 3), position=9999)
    page = signed_in.get(editor_of(smith))
    assert "<script>alert" not in page.content.decode()
    assert name in html.unescape(page.content.decode())
    assert save(signed_in, smith, [f"{Tool.objects.get(tool=name).pk}.Read"]).status_code == 302


# --- saving ----------------------------------------------------------------------------------------------------


def test_granting_a_module_writes_one_entry_for_each_right_that_changed_in_the_order_of_the_tree(signed_in, smith):
    give(smith, box(BEHAVIOR))
    module = list(Tool.objects.filter(module="Student Information"))
    ticked = [f"{tool.pk}.Read" for tool in module]
    assert save(signed_in, smith, ticked, shown=[box(BEHAVIOR)]).status_code == 302
    written = entries()
    assert len(written) == len(module) - 1
    assert all(entry[0] == "add" for entry in written)
    assert ("add", BEHAVIOR, "Read") not in written
    assert written[:2] == [
        ("add", "Student Information > General > Activities", "Read"),
        ("add", "Student Information > General > Ad Hoc Letters", "Read"),
    ]
    assert (
        AuditLogEntry.objects.filter(changed_by="admin", table="UserToolRights").values("change_set").distinct().count()
        == 1
    )


def test_revoking_a_module_of_a_group_writes_one_entry_for_each_right_that_was_there(signed_in, teacher):
    boxes = [box(BEHAVIOR), box(BEHAVIOR, Right.WRITE), box(GRADES)]
    give(teacher, *boxes)
    page = signed_in.post(editor_of(teacher), {"shown": " ".join(boxes)}, follow=True)
    assert "3 revoked." in text_of(page)
    assert sorted(entries()) == [
        ("delete", BEHAVIOR, "Read"),
        ("delete", BEHAVIOR, "Write"),
        ("delete", GRADES, "Read"),
    ]
    assert AuditLogEntry.objects.filter(changed_by="admin", affected_object="Teacher, Behavior").count() == 2


def test_the_message_says_how_much_was_given_and_revoked(signed_in, smith):
    give(smith, box(BEHAVIOR))
    page = save(signed_in, smith, [box(GRADES), box(GRADES, Right.WRITE)], shown=[box(BEHAVIOR)], follow=True)
    assert "2 rights given, 1 revoked." in text_of(page)


def test_saving_an_untouched_page_leaves_no_entry(signed_in, smith):
    give(smith, box(BEHAVIOR))
    page = save(signed_in, smith, [box(BEHAVIOR)], shown=[box(BEHAVIOR)], follow=True)
    assert "Nothing was changed." in text_of(page)
    assert entries() == []


def test_what_another_person_gave_meanwhile_stays_and_is_shown(signed_in, smith):
    give(smith, box(GRADES, Right.WRITE))
    page = save(signed_in, smith, [box(BEHAVIOR)], follow=True)
    assert held(smith) == {box(BEHAVIOR), box(GRADES, Right.WRITE)}
    assert "Write on Grades (Student Information > General) was given by another person meanwhile and stays." in (
        text_of(page)
    )
    assert entries() == [("add", BEHAVIOR, "Read")]


def test_what_another_person_revoked_meanwhile_stays_revoked_and_is_shown(signed_in, smith):
    shown = [box(GRADES), box(BEHAVIOR)]
    page = save(signed_in, smith, [*shown, box(GRADES, Right.WRITE)], shown=shown, follow=True)
    assert held(smith) == {box(GRADES, Right.WRITE)}
    assert "were revoked by another person meanwhile and stay revoked." in text_of(page)


def test_the_same_change_by_two_people_is_one_entry(signed_in, smith):
    give(smith, box(BEHAVIOR))
    page = save(signed_in, smith, [box(BEHAVIOR)], follow=True)
    assert "Nothing was changed." in text_of(page)
    assert held(smith) == {box(BEHAVIOR)}
    assert entries() == []


def test_a_form_with_every_box_ticked_is_saved(signed_in, smith):
    assert save(signed_in, smith, every_box()).status_code == 302
    assert len(held(smith)) == 1060


@pytest.mark.parametrize("record", ["smith", "teacher"])
def test_saving_takes_as_many_statements_for_thirty_boxes_as_for_500(record, request, signed_in):
    record = request.getfixturevalue(record)
    boxes = every_box()

    def statements(ticked, shown) -> int:
        # SQLite's executemany counts as one statement; the log's rows are written so.
        with CaptureQueriesContext(connection) as queries:
            assert save(signed_in, record, ticked, shown).status_code == 302
        return len(queries)

    # From 25 on a change set is marked as many changes, which costs one more.
    give_few, give_many = statements(boxes[:30], []), statements(boxes[:530], boxes[:30])
    take_many, take_few = statements(boxes[:30], boxes[:530]), statements([], boxes[:30])
    assert give_few == give_many
    assert take_few == take_many
    assert max(give_few, take_few) <= 26
    assert held(record) == set()


def test_the_page_takes_as_many_queries_for_no_right_as_for_all(signed_in, smith, teacher):
    UserGroupMember.objects.create(user=smith, group=teacher)
    with CaptureQueriesContext(connection) as few:
        signed_in.get(editor_of(smith))
    give(smith, *every_box())
    give(teacher, *every_box())
    with CaptureQueriesContext(connection) as many:
        signed_in.get(editor_of(smith))
    assert len(few) == len(many) <= 10


@pytest.mark.django_db(transaction=True)
def test_two_people_saving_at_once_leave_one_entry_for_each_right(administrator, teacher):
    second = UserAccount.objects.create_superuser("second")
    boxes = every_box()[:400]
    together = threading.Barrier(2)

    def work(account) -> int:
        client = Client()
        client.force_login(account)
        together.wait(20)
        try:
            return save(client, teacher, boxes).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, [administrator, second])) == [302, 302]
    assert held(teacher) == set(boxes)
    written = entries("admin") + entries("second")
    assert len(written) == len(set(written)) == 400


# --- refusing --------------------------------------------------------------------------------------------------


def test_nobody_gives_a_right_that_he_does_not_hold(client, helpdesk, smith):
    client.force_login(helpdesk)
    page = save(client, smith, [box(BEHAVIOR), box(BEHAVIOR, Right.DELETE)])
    assert "Nothing was saved: you cannot give a right that you do not hold yourself (Delete on Behavior" in text_of(
        page
    )
    assert held(smith) == set()
    assert entries("helpdesk") == []
    (trace,) = AccessLogEntry.objects.all()
    assert (trace.event, trace.subject, trace.changed_by) == ("refused", "UserToolRights: smithmark", "helpdesk")
    assert trace.criteria == "give Delete on Behavior (Student Information > General)"
    # What he may give is still ticked, ready to be saved.
    assert " checked" in the_input(page, box(BEHAVIOR))


def test_boxes_that_one_may_not_give_say_so_and_cannot_be_ticked(client, helpdesk, smith):
    give(smith, box(GRADES))
    client.force_login(helpdesk)
    page = client.get(editor_of(smith))
    assert " disabled" not in the_input(page, box(BEHAVIOR))
    assert " disabled" in the_input(page, box(BEHAVIOR, Right.WRITE))
    assert " disabled" not in the_input(page, box(GRADES))
    assert "not yours to give: Write, Add, Delete" in text_of(page)


def test_a_right_that_one_does_not_hold_may_be_taken_away_and_kept(client, helpdesk, smith):
    shown = [box(GRADES), box(GRADES, Right.WRITE)]
    give(smith, *shown)
    client.force_login(helpdesk)
    assert save(client, smith, shown[:1], shown).status_code == 302
    assert held(smith) == {box(GRADES)}


def test_who_may_only_read_sees_everything_and_saves_nothing(client, smith):
    reader = person("reader", (USER_ACCOUNT, Right.READ))
    give(smith, box(BEHAVIOR))
    client.force_login(reader)
    page = client.get(editor_of(smith))
    assert " checked disabled" in the_input(page, box(BEHAVIOR))
    assert page.content.decode().count(" disabled") >= 1060
    assert "Save" not in text_of(page)
    assert "You can look at these rights" in text_of(page)
    assert save(client, smith, [], [box(BEHAVIOR)]).status_code == 403
    assert held(smith) == {box(BEHAVIOR)}
    assert AccessLogEntry.objects.get().changed_by == "reader"


@pytest.mark.parametrize(
    ("record", "tool", "other"),
    [("smith", USER_ACCOUNT, GROUP_TOOL_RIGHTS), ("teacher", GROUP_TOOL_RIGHTS, USER_ACCOUNT)],
)
def test_each_editor_opens_with_the_right_read_on_its_own_tool(record, tool, other, request, client):
    record = request.getfixturevalue(record)
    client.force_login(person("right", (tool, Right.READ)))
    assert client.get(editor_of(record)).status_code == 200
    client.force_login(person("wrong", (other, Right.READ), (tool, Right.ADD), (tool, Right.DELETE)))
    assert client.get(editor_of(record)).status_code == 403
    assert save(client, record, []).status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in(client, smith):
    response = client.get(editor_of(smith))
    assert response.status_code == 302
    assert "/login/" in response.headers["location"]


@pytest.mark.parametrize("disabled", [False, True])
def test_only_who_holds_everything_changes_the_rights_of_who_does(client, helpdesk, administrator, disabled):
    chief = UserAccount.objects.create_superuser("chief", disable=disabled)
    client.force_login(helpdesk)
    assert "Only who holds it too" in text_of(client.get(editor_of(chief)))
    assert save(client, chief, [box(BEHAVIOR)]).status_code == 403
    client.force_login(administrator)
    assert save(client, chief, [box(BEHAVIOR)]).status_code == 302
    assert held(chief) == {box(BEHAVIOR)}


def test_the_role_that_holds_everything_has_no_boxes(signed_in):
    role = UserGroup.objects.get(name=STUDENT_INFORMATION_SYSTEM)
    page = signed_in.get(editor_of(role))
    assert "holds every right on every tool by role" in text_of(page)
    assert 'name="box"' not in page.content.decode()
    assert save(signed_in, role, [box(BEHAVIOR)]).status_code == 403
    assert held(role) == set()


@pytest.mark.parametrize("number", ["0", "99999", "abc", "-1", "1e3", "1" + "0" * 20, "9" * 19, "٣", "%00", "1%00"])
@pytest.mark.parametrize("kind", ["useraccount", "usergroup"])
def test_an_id_of_no_record_is_not_found(signed_in, kind, number):
    assert signed_in.get(f"/admin/district/{kind}/{number}/tool-rights/").status_code == 404


@pytest.mark.parametrize(
    "forged",
    ["999999.Read", "abc", "1.Everything", "1" + "0" * 20 + ".Read", "\0", "1.Read\0", "1", ".", "<script>", " "],
)
@pytest.mark.parametrize("where", ["box", "shown"])
def test_forged_boxes_give_a_form_error_and_change_nothing(signed_in, smith, forged, where):
    if where == "shown" and forged == " ":
        forged = "\x1fx"
    give(smith, box(BEHAVIOR))
    good = {"box": [box(GRADES)], "shown": box(BEHAVIOR)}
    data = {**good, "box": [*good["box"], forged]} if where == "box" else {**good, "shown": forged}
    page = signed_in.post(editor_of(smith), data)
    assert page.status_code == 200
    assert "Nothing was saved." in text_of(page)
    assert held(smith) == {box(BEHAVIOR)}
    assert entries() == []


@pytest.mark.parametrize("search", ["\0", "%00", "x" * 5000, "<script>alert(1)</script>", "' OR 1=1 --", "𝔘é"])
def test_any_search_is_only_a_search(signed_in, smith, search):
    page = signed_in.get(editor_of(smith), {"search": search})
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()
