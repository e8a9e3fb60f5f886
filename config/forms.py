"""Signing in, and changing one's own password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from district.models import UserAccount


class SignInForm(AuthenticationForm):
    """One message whatever is wrong: it does not tell who has an account, nor in which state."""

    error_messages = {
        "invalid_login": _(
            "Signing in did not work. Check user name and password; both tell capitals from small letters. "
            "If they are right, ask your district’s security administrator whether your account can be used."
        ),
        "inactive": "",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            # After a refusal the focus goes to the summary of what is wrong.
            self.fields["username"].widget.attrs.pop("autofocus", None)


class OwnPasswordForm(PasswordChangeForm):
    """A new password for oneself; it also settles that one was asked to change it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            self.fields["old_password"].widget.attrs.pop("autofocus", None)

    def clean_new_password1(self) -> str:
        password: str = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise ValidationError(_("This is the password you have. Choose a new one."), code="same_password")
        return password

    def save(self, commit: bool = True) -> UserAccount:
        """Both in one save, so that the Audit Log shows them as one change. What it says besides is stamped."""
        account: UserAccount = self.user
        account.set_password(self.cleaned_data["new_password1"])
        account.force_password_change = False
        if commit:
            account.save(update_fields=["password", "force_password_change", "modified"])
        return account
