"""Setting a new password for another's account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from auditlog.access import trace_refused
from auditlog.pages import SitePageMixin

from .. import sign_in_limit
from ..giving import may_touch
from ..models import UserAccount
from ..rights import RESET_PASSWORD, rights_of


class ResetPasswordForm(SetPasswordForm):
    """The new password twice, and whether it has to be changed at the next sign-in."""

    force_password_change = forms.BooleanField(
        label=gettext_lazy("Force password change at the next sign-in"), required=False, initial=True
    )


class ResetPasswordView(SitePageMixin, FormView):
    """Takes the subright Reset Password; for a holder of STUDENT INFORMATION SYSTEM that role itself."""

    template_name = "district/reset_password.html"
    form_class = ResetPasswordForm
    screen = gettext_lazy("Reset password")
    account: UserAccount

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        rights = rights_of(request.user)
        if not rights.holds(RESET_PASSWORD, "Write"):
            raise PermissionDenied
        self.account = get_object_or_404(UserAccount, pk=kwargs["pk"])
        if not may_touch(rights, self.account):
            trace_refused(request, subject="UserAccount", tried=f"reset the password of {self.account}")
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_screen(self) -> str:
        return _("Reset the password of %s") % self.account

    def get_breadcrumbs(self) -> list[tuple[str, str]]:
        return [
            (_("User accounts"), reverse("admin:district_useraccount_changelist")),
            (str(self.account), self.get_success_url()),
        ]

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.account}

    def get_success_url(self) -> str:
        return reverse("admin:district_useraccount_change", args=[self.account.pk])

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            # Anew and locked: what another changed since this page was asked for stays.
            account = get_object_or_404(UserAccount.objects.select_for_update(no_key=True), pk=self.account.pk)
            account.set_password(form.cleaned_data["new_password1"])
            account.force_password_change = form.cleaned_data["force_password_change"]
            account.save(update_fields=["password", "force_password_change", "modified"])
            # Whoever was locked out for having forgotten the old one is not kept from the new one.
            sign_in_limit.lift(account.username)
        if account.pk == self.request.user.pk:
            update_session_auth_hash(self.request, account)
        messages.success(self.request, _("The password of %s is set.") % account)
        return super().form_valid(form)
