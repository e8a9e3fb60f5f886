"""Calls that send no signals: update, bulk_create, bulk_update."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Case, F, TextField, Value, When
from django.db.models.functions import Concat, Upper
from django.db.models.query import QuerySet

from auditlog.querysets import AuditedQuerySet
from district.models import UserAccount, UserGroup, UserGroupMember, UserSchoolYearRights, UserToolRights

pytestmark = pytest.mark.django_db


def groups(*names):
    return [UserGroup(name=name) for name in names]


def test_update_records_each_row_that_changed(log, group):
    UserGroup.objects.bulk_create(groups("A", "B"))
    log.__init__()
    assert UserGroup.objects.filter(name__in=["A", "B", "Title One"]).update(description="Reading") == 3
    assert log.lines() == [("UserGroup", "change", "A"), ("UserGroup", "change", "B")]


def test_update_with_expressions_records_what_the_database_made_of_them(log, group):
    UserGroup.objects.filter(pk=group.pk).update(name=Concat("name", Value("/LEP")), description=Upper("name"))
    assert log.changes() == [{"name": ("Title One", "Title One/LEP"), "description": ("Reading", "TITLE ONE")}]


def test_update_with_a_case_expression_is_recorded(log, group):
    one = Case(When(name="Title One", then=Value("one")), default=F("description"), output_field=TextField())
    UserGroup.objects.update(description=one)
    assert log.lines() == [("UserGroup", "change", "Title One")]


def test_update_across_a_join_or_a_subquery_is_recorded(log, account, group):
    UserGroupMember.objects.create(user=account, group=group)
    UserSchoolYearRights.objects.create(user=account, end_year=2010)
    log.__init__()
    UserSchoolYearRights.objects.filter(user__memberships__group__name="Title One").update(end_year=2011)
    UserGroup.objects.filter(pk__in=UserGroupMember.objects.values("group")).update(name="Title Two")
    assert log.changes() == [{"endYear": ("2010", "2011")}, {"name": ("Title One", "Title Two")}]


def test_update_of_the_column_that_was_filtered_on_is_recorded(log, group):
    UserGroup.objects.filter(name="Title One").update(name="Title Two")
    assert log.changes() == [{"name": ("Title One", "Title Two")}]


def test_update_after_values_distinct_ordering_or_annotation_is_recorded(log, group):
    UserGroup.objects.values("name").filter(pk=group.pk).update(description="1")
    UserGroup.objects.distinct().filter(pk=group.pk).update(description="2")
    UserGroup.objects.order_by("-name").filter(pk=group.pk).update(description="3")
    UserGroup.objects.annotate(x=Upper("name")).filter(x="TITLE ONE").update(description=F("x"))
    UserGroup.objects.filter(pk=group.pk).select_for_update().update(description="5")
    assert [change["description"][1] for change in log.changes()] == ["1", "2", "3", "TITLE ONE", "5"]


def test_update_of_a_slice_is_refused(log):
    with pytest.raises(TypeError, match="slice"):
        UserGroup.objects.all()[:2].update(description="x")
    assert log.lines() == []


def test_update_of_the_id_is_refused(log, group):
    for name in ("pk", "id"):
        with pytest.raises(TypeError, match="id of a record stays"):
            UserGroup.objects.filter(pk=group.pk).update(**{name: 4711})
    assert log.lines() == []


def test_update_that_moves_a_right_is_a_delete_and_an_add(log, account, tool):
    UserToolRights.objects.create(user=account, tool=tool, right="Read")
    log.__init__()
    account.tool_rights.update(right="Delete")
    assert [entry.action for entry in log.entries()] == ["delete", "add"]


def test_bulk_create_is_an_add_of_each(log):
    UserGroup.objects.bulk_create(groups("A", "B"))
    assert log.lines() == [("UserGroup", "add", "A"), ("UserGroup", "add", "B")]
    assert log.changes()[0]["name"] == (None, "A")


def test_bulk_create_in_batches_is_an_add_of_each(log):
    UserGroup.objects.bulk_create(groups(*"ABCDE"), batch_size=2)
    assert [entry.affected_object for entry in log.entries()] == list("ABCDE")


def test_bulk_create_with_chosen_ids_is_an_add_of_each(log):
    UserGroup.objects.bulk_create([UserGroup(pk=4711, name="A"), UserGroup(name="B"), UserGroup(pk="4712", name="C")])
    assert sorted(log.lines()) == [("UserGroup", "add", name) for name in "ABC"]


def test_bulk_create_that_fails_leaves_nothing(log, group):
    with pytest.raises(IntegrityError), transaction.atomic():
        UserGroup.objects.bulk_create(groups("A", "Title One"))
    assert log.lines() == []


def test_bulk_create_ignoring_conflicts_records_only_what_came_in(log, group):
    UserGroup.objects.bulk_create(groups("Title One"), ignore_conflicts=True)
    assert log.lines() == []
    UserGroup.objects.bulk_create(groups("A"), ignore_conflicts=True)
    UserGroup.objects.bulk_create(groups("B", "Title One", "A", "C", "B"), ignore_conflicts=True)
    assert log.lines() == [("UserGroup", "add", name) for name in "ABC"]


def test_bulk_create_ignoring_conflicts_in_batches_with_ids_records_only_what_came_in(log, group):
    rows = [UserGroup(pk=4711, name="A"), UserGroup(pk=group.pk, name="B"), UserGroup(name="C"), UserGroup(name="A")]
    UserGroup.objects.bulk_create(rows, batch_size=1, ignore_conflicts=True)
    assert sorted(log.lines()) == [("UserGroup", "add", "A"), ("UserGroup", "add", "C")]


def test_bulk_create_updating_conflicts_is_an_add_a_change_or_nothing(log, group):
    UserGroup.objects.bulk_create([UserGroup(name="Same", description="same")])
    log.__init__()
    rows = [
        UserGroup(name="New", description="new"),
        UserGroup(name="Title One", description="Mathematics"),
        UserGroup(name="Same", description="same"),
    ]
    UserGroup.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=["description"])
    assert sorted(log.lines()) == [("UserGroup", "add", "New"), ("UserGroup", "change", "Title One")]
    assert {"description": ("Reading", "Mathematics")} in log.changes()


def test_bulk_create_updating_conflicts_of_ids_is_recorded(log, group):
    UserGroup.objects.bulk_create(
        [UserGroup(pk=group.pk, name="Title Two"), UserGroup(pk=4711, name="New"), UserGroup(name="Newer")],
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=["name"],
    )
    assert sorted(log.lines()) == [
        ("UserGroup", "add", "New"),
        ("UserGroup", "add", "Newer"),
        ("UserGroup", "change", "Title Two"),
    ]


def test_bulk_create_updating_conflicts_of_two_references_is_recorded(log, account, group):
    other = UserGroup.objects.create(name="Health Staff")
    UserGroupMember.objects.create(user=account, group=group)
    log.__init__()
    UserGroupMember.objects.bulk_create(
        [UserGroupMember(user=account, group=group), UserGroupMember(user=account, group=other)],
        update_conflicts=True,
        unique_fields=["user", "group"],
        update_fields=["user"],
    )
    assert log.lines() == [("UserGroupMember", "add", "lbush, Health Staff")]


def test_bulk_create_updating_conflicts_without_unique_fields_is_refused(log):
    with pytest.raises(ValueError, match="Unique fields"), transaction.atomic():
        UserGroup.objects.bulk_create(groups("A"), update_conflicts=True, update_fields=["description"])
    assert log.lines() == []


def test_bulk_update_records_each_row_that_changed(log, group):
    others = UserGroup.objects.bulk_create(groups("A", "B", "C"))
    log.__init__()
    for row in others:
        row.description = "x"
    others[0].description = ""
    group.name = "Title Two"
    UserGroup.objects.bulk_update([group, *others], ["name", "description"], batch_size=2)
    assert log.lines() == [
        ("UserGroup", "change", "Title Two"),
        ("UserGroup", "change", "B"),
        ("UserGroup", "change", "C"),
    ]


def test_bulk_update_of_ids_given_as_text_and_of_rows_that_are_gone_is_recorded(log, group):
    rows = [UserGroup(pk=str(group.pk), name="Title Two"), UserGroup(pk=4711, name="Nobody")]
    UserGroup.objects.bulk_update(rows, ["name"])
    assert log.lines() == [("UserGroup", "change", "Title Two")]


def test_bulk_calls_with_nothing_to_do_leave_nothing(log):
    UserGroup.objects.bulk_create([])
    UserGroup.objects.bulk_update([], ["name"])
    UserGroup.objects.none().update(name="x")
    UserGroup.objects.none().delete()
    assert log.lines() == []


def test_calls_under_a_proxy_are_recorded(log, proxy):
    proxy.objects.bulk_create([proxy(name="A"), proxy(name="B")])
    proxy.objects.filter(name="A").update(description="x")
    assert [entry.action for entry in log.entries()] == ["add", "add", "change"]


def test_the_base_manager_records_as_the_default_one_does(log, group):
    UserGroup._base_manager.filter(pk=group.pk).update(name="Title Two")
    UserGroup._base_manager.filter(pk=group.pk).delete()
    assert [entry.action for entry in log.entries()] == ["change", "delete"]


def test_every_method_of_querysets_that_writes_is_one_that_records():
    """A new Django with a new way of writing fails here first."""
    known = {"update", "bulk_update", "bulk_create", "delete", "_insert", "_raw_delete"}
    through_them = {"create", "get_or_create", "update_or_create"}
    #: One row's UPDATE of Model.save, which sends the signals.
    inner = {"_update", "_batched_insert", "_update_or_create"}
    writing = {name for name, member in vars(QuerySet).items() if getattr(member, "alters_data", False)}
    asynchronous = {name for name in writing if name.startswith("a") and name[1:] in known | through_them}
    assert writing - asynchronous <= known | through_them | inner
    assert known <= set(vars(AuditedQuerySet))


def test_accounts_made_in_bulk_keep_their_hashes_out_of_the_log(log):
    UserAccount.objects.bulk_create([UserAccount(username="a", password="md5$x$canary")])
    detail = log.entries()[0].details.get(property_name="password")
    assert (detail.masked, detail.existing_value, detail.new_value) == (True, None, None)
