"""System Preferences: one page of typed controls, by section."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView

from auditlog.pages import SitePageMixin

from ..catalogue import ACCOUNT_SECURITY, AUDIT_USERS, CATALOGUE, Definition, Kind
from ..models import Preference
from ..preferences import check_value, set_value, value_of
from ..rights import PREFERENCES, SECURITY_PREFERENCES, Rights, rights_of
from .base import NoAdminLog

#: What a person is told who has just switched Audit Users off.
NOT_RECORDED = gettext_lazy(
    "From now on changes to accounts, groups, memberships and rights are not recorded, until Audit Users is on again."
)

#: Before the name of a preference: the box that sets it back to its default.
RESET = "default-"


def tool_of(definition: Definition) -> str:
    """The tool whose rights decide about a preference."""
    return SECURITY_PREFERENCES if definition.section == ACCOUNT_SECURITY else PREFERENCES


class ValueField(forms.CharField):
    """The value of one preference, as text, by a control of its kind."""

    def __init__(self, definition: Definition, **kwargs: Any) -> None:
        widgets = {
            Kind.BOOLEAN: forms.Select(choices=[("true", _("On")), ("false", _("Off"))]),
            Kind.CHOICE: forms.Select(choices=list((definition.choices or {}).items())),
            Kind.NUMBER: forms.NumberInput(attrs={"min": definition.minimum, "max": definition.maximum}),
            Kind.TEXT: forms.TextInput(),
            Kind.TIME: forms.TextInput(attrs={"size": 5, "maxlength": 5}),
        }
        self.definition = definition
        super().__init__(
            label=definition.label,
            widget=widgets[definition.kind],
            required=definition.kind is not Kind.TEXT,
            show_hidden_initial=True,
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value) or ""
        # 020 is 20.
        return str(int(text)) if self.definition.kind is Kind.NUMBER and re.fullmatch("[0-9]{1,18}", text) else text

    def validate(self, value: str) -> None:
        super().validate(value)
        check_value(self.definition, value)

    @property
    def default_label(self) -> str:
        """The default as the page shows it."""
        default = self.definition.default
        if self.definition.kind is Kind.BOOLEAN:
            return _("On") if default == "true" else _("Off")
        return str((self.definition.choices or {}).get(default, default))


class PreferencesForm(forms.Form):
    """Every preference that a person may read; what he may not write is disabled.

    Each control carries along what it showed: only what this person changed is written.
    """

    def __init__(self, *args: Any, rights: Rights, **kwargs: Any) -> None:
        self.stored = dict(Preference.objects.values_list("name", "value"))
        kwargs["initial"] = {name: self.stored.get(name, one.default) for name, one in CATALOGUE.items()}
        super().__init__(*args, **kwargs)
        for definition in CATALOGUE.values():
            if rights.sees(tool_of(definition)):
                self.offer(definition, rights.holds(tool_of(definition), "Write"))

    def offer(self, definition: Definition, writes: bool) -> None:
        name = definition.name
        self.fields[name] = ValueField(definition, disabled=not writes)
        if writes and self.initial[name] != definition.default:
            label = _("Set %s to its default") % definition.label
            self.fields[RESET + name] = forms.BooleanField(label=label, required=False, label_suffix="")

    @property
    def writes(self) -> bool:
        return any(not field.disabled for field in self.fields.values())

    def sections(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Each section with its controls."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for name, field in self.fields.items():
            if isinstance(field, ValueField):
                reset = self[RESET + name] if RESET + name in self.fields else None
                row: dict[str, Any] = {"control": self[name], "reset": reset, "field": field}
                rows.setdefault(str(field.definition.section), []).append(row)
        yield from rows.items()

    def changes(self) -> Iterator[tuple[str, str | None]]:
        """(name, new value) of what this person changed; None sets it back."""
        for name, field in self.fields.items():
            if not isinstance(field, ValueField) or field.disabled:
                continue
            if self.cleaned_data.get(RESET + name):
                yield name, None
            elif name in self.changed_data:
                yield name, self.cleaned_data[name]

    @transaction.atomic
    def save(self) -> int:
        """Write what was changed, in one transaction; how many preferences that were."""
        changes = list(self.changes())
        for name, value in changes:
            set_value(name, value)
        return len(changes)


class PreferencesView(SitePageMixin, FormView):
    """One form for all; one save is one change set."""

    template_name = "district/preferences.html"
    form_class = PreferencesForm
    screen = gettext_lazy("System Preferences")
    extra_context = {"opts": Preference._meta}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not rights_of(request.user).sees(PREFERENCES, SECURITY_PREFERENCES):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "rights": rights_of(self.request.user)}

    def get_success_url(self) -> str:
        return reverse("admin:district_preference_changelist")

    def form_valid(self, form: Any) -> HttpResponse:
        if not form.writes:
            raise PermissionDenied
        recorded = value_of(AUDIT_USERS) == "true"
        try:
            changed = form.save()
        except (IntegrityError, ValidationError):
            form.add_error(
                None, _("Someone else changed preferences at the same moment. Nothing was changed. Repeat it.")
            )
            return self.form_invalid(form)
        text = ngettext("%d preference changed.", "%d preferences changed.", changed) % changed
        messages.success(self.request, text if changed else _("Nothing was changed."))
        if recorded and value_of(AUDIT_USERS) != "true":
            messages.warning(self.request, NOT_RECORDED)
        return super().form_valid(form)


@admin.register(Preference)
class PreferenceAdmin(NoAdminLog):
    """Puts the page into the index of the record pages; preferences are neither added nor deleted."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(PreferencesView.as_view())
        return [path("", view, name="district_preference_changelist")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
