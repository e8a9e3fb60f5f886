"""The form of one user account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..giving import may_give_group, may_give_role, named
from ..models import UserAccount, UserGroup
from ..roles import LOGIN_AS_USER, ROLES
from .forms import RecordForm
from .two_lists import TO_ADD, TO_REMOVE, ListField
from .widgets import DAY

USED_HERE = gettext_lazy("Used here.")
KEPT = gettext_lazy("Kept for the district’s other systems; without effect here.")

ROLE_CHOICES = [
    ("", gettext_lazy("None")),
    *((role, f"{role} ({about})") for role, about in ROLES.items() if role != LOGIN_AS_USER),
    (LOGIN_AS_USER, gettext_lazy("%s (its function is not built here)") % LOGIN_AS_USER),
]


class AccountForm(RecordForm):
    """An account with its product security role and its groups."""

    blamed = ("role", "disable", "expires_date", "username")

    role = forms.ChoiceField(
        label=gettext_lazy("Product security role"), choices=ROLE_CHOICES, required=False, widget=forms.RadioSelect
    )
    groups_add = ListField(of="groups", side="available", label=gettext_lazy("Available user groups"), help_text=TO_ADD)
    groups_remove = ListField(
        of="groups", side="current", label=gettext_lazy("Current user groups"), help_text=TO_REMOVE
    )

    class Meta:
        model = UserAccount
        fields = (
            "username",
            "first_name",
            "last_name",
            "email",
            "staff_number",
            "force_password_change",
            "expires_date",
            "disable",
            "homepage",
            "authentication_type",
            "exclude_mfa",
            "two_factor",
        )
        widgets = {"expires_date": DAY}
        help_texts = {
            "force_password_change": gettext_lazy("Used here: the next sign-in asks for a new password first."),
            "expires_date": gettext_lazy("Used here: the last day on which the account can be used."),
            "disable": gettext_lazy("Used here: nobody can sign in with a disabled account."),
            "homepage": KEPT,
            "authentication_type": KEPT,
            "exclude_mfa": KEPT,
            "two_factor": KEPT,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields:
            self.initial["role"] = self.instance.security_role or ""
        if "groups_add" in self.fields:
            self.offer_groups()

    def offer_groups(self) -> None:
        ordinary = UserGroup.objects.exclude(name__in=ROLES)
        names = list(ordinary.values_list("pk", "name"))
        mine: set[int] = set()
        if self.instance.pk:
            mine = set(self.instance.memberships.values_list("group_id", flat=True))
        offered = [choice for choice in names if choice[0] not in mine]
        self.fields["groups_add"].show(ordinary, offered)  # type: ignore[attr-defined]
        self.fields["groups_remove"].show(ordinary, [choice for choice in names if choice[0] in mine])  # type: ignore[attr-defined]

    def clean_username(self) -> str:
        username: str = UserAccount.normalize_username(self.cleaned_data["username"])
        if "username" in self.changed_data:
            other = UserAccount.objects.same_name(username)
            if other is not None and other.pk != self.instance.pk and other.username != username:
                raise ValidationError(
                    _("There is an account named %(name)s already: names must differ by more than capital letters.")
                    % {"name": other.username}
                )
        return username

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        role = cleaned.get("role")
        if role and "role" in self.changed_data and not may_give_role(self.rights, role):
            self.refuse("role", _("You can give only a role that you hold yourself."), tried=self.tried(role))
        refused = [group for group in cleaned.get("groups_add", ()) if not may_give_group(self.rights, group)]
        if refused:
            message = _("You can give only groups that you are in yourself. You are not in: %s.") % named(refused)
            self.refuse("groups_add", message, tried=self.tried(named(refused)))
        return cleaned

    def tried(self, what: str) -> str:
        return f"give {what} to {self.cleaned_data.get('username') or self.instance.username}"

    @property
    def record_changed(self) -> bool:
        """Whether columns of the account itself differ, its product security role among them."""
        return self.columns_changed or "role" in self.changed_data


class NewAccountForm(AccountForm):
    """The same for a new account, with its first password, entered twice."""

    password1 = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )
    password2 = forms.CharField(
        label=gettext_lazy("Password (again)"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def _post_clean(self) -> None:
        # Only now does the instance hold the names that the password must not resemble.
        super()._post_clean()  # type: ignore[misc]
        first, again = self.cleaned_data.get("password1"), self.cleaned_data.get("password2")
        if not first or not again:
            return
        if first != again:
            self.add_error("password2", _("The two passwords differ."))
        try:
            validate_password(first, self.instance)
        except ValidationError as error:
            self.add_error("password1", error)
