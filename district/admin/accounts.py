"""User Account Administration."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import sign_in_limit
from ..accounts.columns import template
from ..deleting import account_consequences, account_obstacles
from ..giving import holds_everything, may_touch
from ..memberships import role_set, user_groups_change
from ..models import UserAccount, UserSchoolYearRights
from ..rights import AUDIT_LOG, RESET_PASSWORD, USER_ACCOUNT, rights_of
from ..roles import STUDENT_INFORMATION_SYSTEM, keep_an_administrator
from .account_form import AccountForm, NewAccountForm
from .base import RecordAdmin
from .calendar_rights import UserCalendarRights
from .next_year import CopyCalendarRights
from .passwords import ResetPasswordView
from .two_lists import TwoListsMedia

CREDENTIALS = ("username", ("first_name", "last_name"), "email", "staff_number")
SETTINGS = ("force_password_change", "expires_date", "disable")
ELSEWHERE = ("homepage", "authentication_type", "exclude_mfa", "two_factor")
ACCESS = (
    "last_login",
    "failed_logins",
    ("created", "modified", "modified_by"),
    ("password_changed", "password_changed_by"),
)
LISTS = (("groups_add", "groups_remove"),)


@admin.register(UserAccount)
class UserAccountAdmin(CopyCalendarRights, RecordAdmin):
    """Accounts. Who only assigns groups by his role sees the account and changes its groups."""

    form = AccountForm
    inlines = (UserCalendarRights,)
    copied, copied_owner = UserSchoolYearRights, "user"
    rights_query = {"account": None}
    screen = gettext_lazy("User Account Administration")
    list_display = ("username", "last_name", "first_name", "state", "staff_number", "security_role", "last_login")
    list_filter = ("disable", "security_role", "authentication_type", "force_password_change")
    search_fields = ("username", "first_name", "last_name", "staff_number")
    search_help_text = gettext_lazy("Search by user name, person’s name or staff number.")
    ordering = ("username", "pk")
    Media = TwoListsMedia

    @admin.display(description=gettext_lazy("State"))
    def state(self, account: UserAccount) -> str:
        if account.disable:
            return _("Disabled")
        return _("Active") if account.is_active else _("Expired")

    @admin.display(description=gettext_lazy("User groups"))
    def groups_shown(self, account: UserAccount) -> str:
        return ", ".join(account.groups.order_by("name").values_list("name", flat=True)) or _("None")

    # --- what is on the page, by what this person may do ---------------------------------------------------

    def edits_record(self, request: HttpRequest, account: UserAccount | None = None) -> bool:
        allowed = super().has_change_permission(request) if account else super().has_add_permission(request)
        return allowed and (account is None or may_touch(rights_of(request.user), account))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or rights_of(request.user).assigns_groups

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        rights = rights_of(request.user)
        allowed = super().has_change_permission(request) or rights.assigns_groups
        return allowed and (obj is None or may_touch(rights, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request) and (obj is None or may_touch(rights_of(request.user), obj))

    def has_copy_calendar_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def may_copy(self, request: HttpRequest, owner: Any) -> bool:
        return may_touch(rights_of(request.user), owner)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        edits = self.edits_record(request, obj)
        lists = LISTS if self.has_change_permission(request, obj) else ("groups_shown",)
        password = () if obj else (("password1", "password2"),)
        sections = [
            (_("User credentials"), {"fields": CREDENTIALS + password + SETTINGS}),
            (_("Authentication information"), {"fields": ELSEWHERE}),
            (_("Product security role"), {"fields": ("role",) if edits else ("security_role",)}),
            (_("User groups"), {"fields": lists}),
        ]
        return [*sections, (_("Access information"), {"fields": ACCESS})] if obj else sections

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        access = ("last_login", "failed_logins", "created", "modified", "modified_by")
        always = (*access, "password_changed", "password_changed_by", "security_role", "groups_shown")
        if self.edits_record(request, obj):
            return always
        return (*always, "username", "first_name", "last_name", "email", "staff_number", *SETTINGS, *ELSEWHERE)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        kwargs["form"] = self.form if obj else NewAccountForm
        return super().get_form(request, obj, change=change, **kwargs)

    def object_links(self, request: HttpRequest, record: Any) -> list[tuple[str, str]]:
        links = super().object_links(request, record)
        if rights_of(request.user).holds(AUDIT_LOG, "Read"):
            links.append(
                (_("What it did on its last day"), reverse("auditlog:last_day", args=["UserAccount", record.pk]))
            )
        if rights_of(request.user).sees(USER_ACCOUNT):
            links.insert(0, (_("Tool rights"), reverse("admin:district_useraccount_tool_rights", args=[record.pk])))
        if may_reset(request, record):
            links.insert(0, (_("Reset password"), reverse("admin:district_useraccount_password", args=[record.pk])))
        return links

    def object_actions(self, request: HttpRequest, record: Any) -> list[tuple[str, str]]:
        counted = record.failed_logins or sign_in_limit.counted(record.username)
        if not counted or not self.edits_record(request, record):
            return []
        return [(_("Reset failed sign-ins"), reverse("admin:district_useraccount_reset_failed", args=[record.pk]))]

    # --- saving ------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            holds_everything(obj)  # asked before anything changes
        else:
            obj.set_password(form.cleaned_data["password1"])
        if "role" in form.changed_data:
            obj.security_role = form.cleaned_data["role"] or None
        if not change or form.record_changed:
            obj.save()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        for formset in formsets:
            self.save_formset(request, form, formset, change)
        account, cleaned = form.instance, form.cleaned_data
        if "role" in form.changed_data:
            role_set(user=account, role=cleaned["role"] or None)
        user_groups_change(user=account, add=cleaned.get("groups_add", ()), remove=cleaned.get("groups_remove", ()))
        if change and form.record_changed and holds_everything(account):
            keep_an_administrator()

    # --- deleting ----------------------------------------------------------------------------------------

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        accounts = list(objs)
        obstacles = account_obstacles(rights_of(request.user), accounts)
        return account_consequences(accounts, own=request.user), {}, set(), obstacles

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, UserAccount.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            held = queryset.filter(memberships__group__name=STUDENT_INFORMATION_SYSTEM).exists()
            super().delete_queryset(request, queryset)
            if held:
                keep_an_administrator()

    # --- further pages -----------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path(
                "<int:pk>/password/",
                view(ResetPasswordView.as_view()),
                name="district_useraccount_password",
            ),
            path("template/", view(self.template_view), name="district_useraccount_template"),
            path("<int:pk>/failed-sign-ins/", view(self.reset_failed_view), name="district_useraccount_reset_failed"),
        ]
        return [*own, *super().get_urls()]

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """A file to begin an import with (``manage.py import_accounts``)."""
        if not super().has_add_permission(request):
            raise PermissionDenied
        disposition = content_disposition_header(True, "accounts.csv") or "attachment"
        # With the mark by which Excel knows UTF-8.
        content = ("\ufeff" + template()).encode()
        return HttpResponse(
            content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
        )

    def reset_failed_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sets the count of failed sign-ins back, and lets in again who guessed too often; no change, so no entry."""
        if not super().has_change_permission(request):
            raise PermissionDenied  # before looking: who may not has no business with which accounts there are
        account = self.get_object(request, str(pk))
        if account is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))  # type: ignore[attr-defined, no-any-return]
        if request.method != "POST" or not self.edits_record(request, account):
            raise PermissionDenied
        with transaction.atomic():
            sign_in_limit.lift(account.username)
            account.failed_logins = 0
            account.save(update_fields=["failed_logins"])
        self.message_user(request, _("Failed sign-ins of %s are set back to 0.") % account, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:district_useraccount_change", args=[pk]))


def may_reset(request: HttpRequest, account: UserAccount) -> bool:
    """Whether this person may set a new password for an account: the subright Reset Password decides."""
    rights = rights_of(request.user)
    return rights.holds(RESET_PASSWORD, "Write") and may_touch(rights, account)
