"""The criteria of the rights report; strict, like those of the logs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from auditlog.export.about import in_words
from auditlog.fields import LARGEST_ID
from auditlog.filters import FormatFilter, LogFilterForm, LogFilterSet, TextFilter
from auditlog.search import fold
from auditlog.texts import visible

from ..choices import Right
from ..models import School, UserAccount, UserGroup
from .held import Account, Held, read_held
from .rows import Criteria, Row, Source, View, rows

VIEWS = (
    (View.PERSON, gettext_lazy("By person")),
    (View.GROUP, gettext_lazy("By group")),
    (View.TOOL, gettext_lazy("By tool")),
    (View.SCHOOL, gettext_lazy("By school")),
)
#: What a view cannot ask for: the right on a tool is not one to a school, and what a group has has no source.
NOT_ASKED = {
    View.PERSON: (),
    View.GROUP: ("source",),
    View.TOOL: ("school",),
    View.SCHOOL: ("tool", "right"),
}
OF_TOOLS = ("tool", "right")


class RightsForm(LogFilterForm):
    """Refuses what no row could meet, and says why."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        view = view_of(cleaned)
        for name in NOT_ASKED[view]:
            if cleaned.get(name):
                self.add_error(name, _("“%(view)s” has no such criterion.") % {"view": dict(VIEWS)[view]})
        if view in (View.PERSON, View.GROUP) and cleaned.get("school") and any(map(cleaned.get, OF_TOOLS)):
            self.add_error("school", _("No right is one on a tool and to a school at once: search for one of them."))
        return cleaned


def view_of(cleaned: dict[str, Any]) -> View:
    return View(cleaned.get("view") or View.PERSON)


def group_choices() -> list[tuple[int, str]]:
    return [(pk, visible(name)) for pk, name in UserGroup.objects.values_list("pk", "name")]


def school_choices() -> list[tuple[int, str]]:
    return [(pk, visible(name)) for pk, name in School.objects.values_list("pk", "name")]


class AccountField(forms.IntegerField):
    """One account, by its id; its name is how the page shows the criterion."""

    def clean(self, value: Any) -> int | None:
        account: int | None = super().clean(value)
        if account is not None and not UserAccount.objects.filter(pk=account).exists():
            raise forms.ValidationError(_("There is no such account any more."))
        return account


class AccountFilter(django_filters.Filter):
    field_class = AccountField


class RightsFilterSet(LogFilterSet):
    """Whose rights, on what, from where. ``newest`` are the first rows of the view, ``rows`` all of them."""

    # The report has no chosen row.
    entry = None  # type: ignore[assignment]
    view = django_filters.ChoiceFilter(label=gettext_lazy("View"), choices=VIEWS, widget=forms.HiddenInput)
    account = AccountFilter(label=gettext_lazy("Account"), min_value=0, max_value=LARGEST_ID, widget=forms.HiddenInput)
    person = TextFilter(label=gettext_lazy("Person"))
    group = django_filters.ChoiceFilter(
        label=gettext_lazy("User group"), empty_label=gettext_lazy("All groups"), choices=group_choices
    )
    tool = TextFilter(label=gettext_lazy("Tool"))
    right = django_filters.ChoiceFilter(
        label=gettext_lazy("Right"), empty_label=gettext_lazy("All rights"), choices=Right.choices
    )
    school = django_filters.ChoiceFilter(
        label=gettext_lazy("School"), empty_label=gettext_lazy("All schools"), choices=school_choices
    )
    source = django_filters.ChoiceFilter(
        label=gettext_lazy("Source"),
        empty_label=gettext_lazy("Any source"),
        choices=[(Source.OWN, gettext_lazy("Own only")), (Source.GROUP, gettext_lazy("Through groups only"))],
    )
    format = FormatFilter()
    accounts = django_filters.ChoiceFilter(
        label=gettext_lazy("Accounts"),
        empty_label=gettext_lazy("All accounts"),
        choices=[("active", gettext_lazy("Active accounts only"))],
    )

    class Meta(LogFilterSet.Meta):
        model = UserAccount
        form = RightsForm

    @cached_property
    def held(self) -> Held:
        """Who holds what, read once for a request."""
        return read_held()

    @property
    def chosen_view(self) -> View:
        """The view that is asked for, also where other criteria have errors."""
        self.is_valid()
        return view_of(self.form.cleaned_data)

    @cached_property
    def criteria(self) -> Criteria:
        """What a valid form asks for."""
        asked = self.form.cleaned_data
        return Criteria(
            view=view_of(asked),
            person=fold(asked["person"].strip()),
            account=asked["account"],
            group=int(asked["group"]) if asked["group"] else None,
            tools=self._tools(fold(asked["tool"].strip())) if asked["tool"].strip() else None,
            right=asked["right"],
            school=int(asked["school"]) if asked["school"] else None,
            source=asked["source"],
            active=asked["accounts"] == "active",
        )

    @property
    def in_words(self) -> list[str]:
        """The criteria of a valid form as people read them."""
        account = self.one_account
        named = [_("Account: %(name)s") % {"name": f"{account.username} ({account.id})"}] if account else []
        return [*named, *in_words(self.form, leave_out=self.shown_how | {"account"})]

    @property
    def one_account(self) -> Account | None:
        """The one account that is asked for, where there is one."""
        asked = self.criteria.account if self.is_valid() else None
        return self.held.accounts.get(asked) if asked is not None else None

    def _tools(self, text: str) -> frozenset[int]:
        """The tools whose path contains the text; a whole path is that tool alone, without its subrights."""
        folded = {tool: fold(path) for tool, path in self.held.tools.items()}
        exactly = frozenset(tool for tool, path in folded.items() if path == text)
        return exactly or frozenset(tool for tool, path in folded.items() if text in path)

    def rows(self) -> Iterator[Row]:
        return rows(self.held, self.criteria) if self.is_valid() else iter(())

    def newest(self, limit: int) -> list[Row]:
        return list(islice(self.rows(), limit))
