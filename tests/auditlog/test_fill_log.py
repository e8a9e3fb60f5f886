from __future__ import annotations

import datetime
from io import StringIO
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from auditlog.areas import all_areas
from auditlog.context import acting_as
from auditlog.generated import filling
from auditlog.models import AuditLogEntry, AuditLogEntryMark, AuditLogEntryName, AuditLogEntrySubject
from auditlog.search import fold_name, fold_value
from district.models import UserGroup

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 3, 2)


def fill_log(*, entries: int = 600, seed: int = 7, **options) -> str:
    out = StringIO()
    call_command("fill_log", entries=entries, seed=seed, stdout=out, **options)
    return out.getvalue()


def generated():
    return AuditLogEntry.objects.filter(channel="generated").order_by("id")


def content():
    """Everything that was written, without the ids, which depend on what was there before."""
    fields = [field.attname for field in AuditLogEntry._meta.concrete_fields if not field.primary_key]
    return [
        (
            *[getattr(entry, name) for name in fields],
            *entry.descriptions.values_list("position", "name", "value"),
            *entry.details.values_list("position", "property_name", "existing_value", "new_value", "masked"),
            *entry.names.order_by("id").values_list("folded", "timestamp"),
            *entry.subjects.order_by("id").values_list("subject", "timestamp"),
            *entry.properties.order_by("id").values_list("property_name", "existing", "new", "timestamp"),
            *entry.marks.order_by("id").values_list("mark", "timestamp"),
        )
        for entry in generated().prefetch_related("descriptions", "details")
    ]


def test_it_adds_exactly_as_many_entries_as_asked_for_in_every_area():
    assert "600" in fill_log()
    assert generated().count() == 600
    assert set(generated().order_by().values_list("table", flat=True)) == {area.name for area in all_areas()}
    assert set(generated().order_by().values_list("action", flat=True)) == {"add", "change", "delete"}


def test_entries_look_like_recorded_ones():
    fill_log()
    areas = {area.name: area for area in all_areas()}
    for entry in generated():
        area = areas[entry.table]
        columns = {area.column(name) for name in area.watched}
        assert set(entry.details.values_list("property_name", flat=True)) <= columns
        assert entry.details.exists()
        assert entry.descriptions.exists()
        assert entry.changed_by_name
        found_by = set(entry.names.values_list("folded", flat=True))
        assert {fold_name(part) for part in entry.affected_object.split(", ")} <= found_by
        assert entry.subjects.order_by("id")[0].subject.split(":")[0] == entry.table
        told = [
            (it.property_name, fold_value(it.existing_value), fold_value(it.new_value)) for it in entry.details.all()
        ]
        assert list(entry.properties.order_by("id").values_list("property_name", "existing", "new")) == told


def test_whatever_is_taken_was_given_before_and_nothing_is_given_twice():
    fill_log(entries=5000)
    held = set()
    rights = AuditLogEntrySubject.objects.filter(entry__table__in=("UserToolRights", "UserGroupToolRights"))
    own = rights.filter(subject__contains="ToolRights:").order_by("entry_id")
    taken = 0
    for subject, action in own.values_list("subject", "entry__action"):
        assert (subject in held) == (action == "delete")
        held ^= {subject}
        taken += action == "delete"
    assert taken
    assert held


def test_the_entries_of_an_account_carry_its_id_and_its_rights_are_found_by_it():
    fill_log()
    entry = AuditLogEntry.objects.filter(table="UserToolRights")[0]
    user = entry.details.get(property_name="userID")
    whose = user.new_value or user.existing_value
    assert set(entry.subjects.values_list("subject", flat=True)) >= {f"UserAccount:{whose}"}
    others = AuditLogEntrySubject.objects.filter(subject=f"UserAccount:{whose}", entry__table="UserAccount")
    assert set(others.values_list("entry__object_id", flat=True)) <= {int(whose)}


def test_some_entries_are_marked_and_each_mark_says_what_is_so():
    fill_log(entries=20_000)
    marks = {mark: set() for mark in ("own", "security", "hours", "many", "taken_back")}
    for mark, entry in AuditLogEntryMark.objects.values_list("mark", "entry_id"):
        marks[mark].add(entry)
    assert all(marks.values())
    assert sum(map(len, marks.values())) < 20_000 / 5
    for entry in generated().filter(id__in=marks["own"]):
        assert entry.action == "add"
        assert entry.subjects.filter(subject=f"UserAccount:{entry.changed_by_id}").exists()
    for entry in generated().filter(id__in=marks["hours"]):
        assert entry.timestamp.hour in (22, 23)
    for entry in generated().filter(id__in=marks["many"]):
        assert generated().filter(change_set=entry.change_set, id__lte=entry.id).count() == 25
    for entry in generated().filter(id__in=marks["taken_back"]):
        day = entry.timestamp.date()
        assert generated().filter(object_id=entry.object_id, action="add", timestamp__date=day).exists()


def test_they_spread_over_years_in_order_and_end_before_today():
    fill_log()
    times = list(generated().values_list("timestamp", flat=True))
    assert times == sorted(times)
    assert times[-1] - times[0] > datetime.timedelta(days=5 * 365)
    assert times[-1] < timezone.now()


def test_the_entries_of_a_click_share_a_change_set_a_time_and_a_person():
    fill_log()
    clicks = set(generated().order_by().values_list("change_set", "timestamp", "changed_by"))
    assert len(clicks) == generated().order_by().values("change_set").distinct().count() < 600


def test_the_same_seed_gives_the_same_history_and_another_seed_another():
    assert list(filling.tell(300, 7, TODAY)) == list(filling.tell(300, 7, TODAY))
    assert list(filling.tell(300, 7, TODAY)) != list(filling.tell(300, 8, TODAY))


def test_a_second_run_adds_to_the_first():
    fill_log(entries=50)
    first = content()
    fill_log(entries=50)
    assert content() == first + first


def test_the_rows_keep_every_constraint_and_chunks_leave_no_seam(monkeypatch):
    monkeypatch.setattr(filling, "CHUNK", 40)
    fill_log(entries=100)
    connection.check_constraints()
    assert generated().count() == 100
    assert all(
        list(entry.details.values_list("position", flat=True)) == list(range(entry.details.count()))
        for entry in generated()
    )


def test_texts_that_a_bulk_insert_could_misread_arrive_as_they_are():
    (entry_id,) = [fill_log(entries=1), *generated().values_list("id", flat=True)][1:]
    texts = ["\\N", "tab\tnew\nline\r", "back\\slash", "ö “quoted” 'x' %s", "", "\U0001f600"]
    rows = [(entry_id, text, timezone.now().isoformat(" ")) for text in texts]
    engine = filling.engine_of(connection)
    engine.insert_rows(connection, "AuditLogEntryName", ("entry_id", "folded", "timestamp"), rows)
    stored = AuditLogEntryName.objects.order_by("id").values_list("folded", flat=True)
    assert list(stored)[-len(texts) :] == texts


def test_what_is_recorded_afterwards_follows_without_a_clash():
    fill_log(entries=50)
    with acting_as("admin"):
        UserGroup.objects.create(name="After")
    assert AuditLogEntry.objects.order_by("-id")[0].affected_object == "After"


def test_a_log_with_real_entries_is_refused():
    with acting_as("admin"):
        UserGroup.objects.create(name="Real")
    with pytest.raises(CommandError, match="real entries"):
        fill_log()
    assert not generated().exists()


@pytest.mark.parametrize("options", [{"entries": -1}, {"entries": 1, "sync_entries": -1}])
def test_a_number_below_nothing_is_refused(options):
    with pytest.raises(CommandError):
        fill_log(**options)
    assert not generated().exists()


def test_sync_entries_are_refused_where_there_is_no_data_sync_log(monkeypatch):
    alone = SimpleNamespace(get_app_configs=lambda: [apps.get_app_config("auditlog")])
    monkeypatch.setattr("auditlog.management.commands.fill_log.apps", alone)
    with pytest.raises(CommandError, match="Data Sync Log"):
        fill_log(entries=5, sync_entries=5)
    assert not generated().exists()


def test_sync_entries_are_made_by_the_application_that_has_the_log(monkeypatch):
    asked = []
    monkeypatch.setattr(
        apps.get_app_config("crosssite"), "fill_log", lambda *call: asked.append(call[:2]), raising=False
    )
    fill_log(entries=5, sync_entries=9, seed=3)
    assert asked == [(9, 3)]
