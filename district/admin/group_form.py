"""The form of one user group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..giving import may_give_group, named, untouchable
from ..models import UserAccount, UserGroup
from ..roles import ROLES
from .forms import LinesField, RecordForm
from .two_lists import TO_ADD, TO_REMOVE, ListField


def person(username: str, first_name: str, last_name: str) -> str:
    """``jdoe (John Doe)``."""
    name = f"{first_name} {last_name}".strip()
    return f"{username} ({name})" if name else username


class GroupForm(RecordForm):
    """A group with its members."""

    blamed = ("members_remove", "members_add", "name")

    description = LinesField(
        label=gettext_lazy("Group description"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    members_add = ListField(of="members", side="available", label=gettext_lazy("Available users"), help_text=TO_ADD)
    members_remove = ListField(of="members", side="current", label=gettext_lazy("Members"), help_text=TO_REMOVE)

    class Meta:
        model = UserGroup
        fields = ("name", "description", "associated_product", "account_automation")
        help_texts = {
            "associated_product": gettext_lazy("Kept for the district’s other systems; without effect here."),
            "account_automation": gettext_lazy(
                "Kept for the district’s other systems: automatic account creation puts new accounts into this group."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "members_add" in self.fields:
            self.offer_members()

    def offer_members(self) -> None:
        everybody = UserAccount.objects.all()
        names = [(pk, person(*who)) for pk, *who in everybody.values_list("pk", "username", "first_name", "last_name")]
        members: set[int] = set()
        if self.instance.pk:
            members = set(self.instance.memberships.values_list("user_id", flat=True))
        self.fields["members_add"].show(everybody, [one for one in names if one[0] not in members])  # type: ignore[attr-defined]
        self.fields["members_remove"].show(everybody, [one for one in names if one[0] in members])  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.initial.get("name") in ROLES and name != self.initial["name"]:
            self.add_error("name", _("A product security role cannot be renamed."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        add, remove = cleaned.get("members_add", ()), cleaned.get("members_remove", ())
        if add and not may_give_group(self.rights, self.instance):
            message = _("You can put users only into groups that you are in yourself.")
            self.refuse("members_add", message, tried=self.tried("put", "into", add))
        for field, accounts, verb, way in (
            ("members_add", add, "put", "into"),
            ("members_remove", remove, "take", "out of"),
        ):
            others = untouchable(self.rights, accounts)
            if others:
                message = _("Only a holder of STUDENT INFORMATION SYSTEM can change the groups of another one: %s.")
                self.refuse(field, message % named(others), tried=self.tried(verb, way, others))
        return cleaned

    def tried(self, verb: str, way: str, accounts: Iterable[UserAccount]) -> str:
        return f"{verb} {named(accounts)} {way} {self.initial.get('name') or self.instance.name}"
