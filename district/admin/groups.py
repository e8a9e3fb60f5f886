"""User Groups."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..deleting import group_consequences, group_obstacles
from ..giving import is_role
from ..memberships import group_members_change
from ..models import UserGroup, UserGroupMember, UserGroupSchoolYearRights
from ..rights import GROUP_CALENDAR_RIGHTS, GROUP_TOOL_RIGHTS, rights_of
from .base import RecordAdmin
from .calendar_rights import GroupCalendarRights
from .group_form import GroupForm
from .next_year import CopyCalendarRights
from .two_lists import TwoListsMedia

RECORD = ("name", "description", "associated_product", "account_automation")
LISTS = (("members_add", "members_remove"),)


@admin.register(UserGroup)
class UserGroupAdmin(CopyCalendarRights, RecordAdmin):
    """Groups. The page shows and changes as much as a person's rights on groups, members and calendars allow."""

    form = GroupForm
    inlines = (GroupCalendarRights,)
    copied, copied_owner = UserGroupSchoolYearRights, "group"
    rights_query = {"view": "group", "group": None}
    screen = gettext_lazy("User Groups")
    list_display = ("name", "description_begins", "members_counted", "associated_product", "automated")
    list_filter = ("account_automation",)
    search_fields = ("name", "description")
    search_help_text = gettext_lazy("Search by name or description.")
    ordering = ("name", "pk")
    Media = TwoListsMedia

    @admin.display(description=gettext_lazy("Group description"))
    def description_begins(self, group: UserGroup) -> str:
        return group.description if len(group.description) <= 80 else f"{group.description[:79]}…"

    @admin.display(description=gettext_lazy("Members"), ordering="member_count")
    def members_counted(self, group: UserGroup) -> int:
        return group.member_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description=gettext_lazy("Tied to account automation"), ordering="account_automation")
    def automated(self, group: UserGroup) -> str:
        return _("Yes") if group.account_automation else _("No")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        members = UserGroupMember.objects.filter(group=OuterRef("pk")).order_by().values("group")
        counted = Coalesce(Subquery(members.annotate(count=Count("pk")).values("count")), 0)
        groups: QuerySet[Any] = super().get_queryset(request).annotate(member_count=counted)
        return groups

    @admin.display(description=gettext_lazy("Members"))
    def members_shown(self, group: UserGroup) -> str:
        names = group.memberships.order_by("user__username").values_list("user__username", flat=True)
        return ", ".join(names) or _("None")

    def edits_record(self, request: HttpRequest, group: UserGroup | None) -> bool:
        return super().has_change_permission(request) if group else super().has_add_permission(request)

    def edits_members(self, request: HttpRequest, group: UserGroup | None) -> bool:
        """Who only assigns groups by his role leaves the product security roles alone."""
        assigns = rights_of(request.user).assigns_groups and not is_role(group)
        return self.edits_record(request, group) or (group is not None and assigns)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        rights = rights_of(request.user)
        of_groups = (GROUP_TOOL_RIGHTS, GROUP_CALENDAR_RIGHTS)
        return super().has_view_permission(request, obj) or rights.assigns_groups or rights.sees(*of_groups)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        rights = rights_of(request.user)
        if super().has_change_permission(request) or rights.holds(GROUP_CALENDAR_RIGHTS, "Write"):
            return True
        return rights.assigns_groups and not is_role(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request) and not is_role(obj)

    def has_copy_calendar_permission(self, request: HttpRequest) -> bool:
        return rights_of(request.user).holds(GROUP_CALENDAR_RIGHTS, "Write")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        lists = LISTS if self.edits_members(request, obj) else ("members_shown",)
        return [(_("User group"), {"fields": RECORD}), (_("Members"), {"fields": lists})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if not self.edits_record(request, obj):
            return (*RECORD, "members_shown")
        return ("members_shown", "name") if is_role(obj) else ("members_shown",)

    def object_links(self, request: HttpRequest, record: Any) -> list[tuple[str, str]]:
        links = super().object_links(request, record)
        if rights_of(request.user).sees(GROUP_TOOL_RIGHTS):
            links.insert(0, (_("Tool rights"), reverse("admin:district_usergroup_tool_rights", args=[record.pk])))
        return links

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change or form.columns_changed:
            obj.save()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        # Members first: what the same click gives to the group reaches those who have just come in.
        add, remove = form.cleaned_data.get("members_add", ()), form.cleaned_data.get("members_remove", ())
        group_members_change(group=form.instance, add=add, remove=remove)
        for formset in formsets:
            self.save_formset(request, form, formset, change)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        groups = list(objs)
        return group_consequences(groups), {}, set(), group_obstacles(groups)
