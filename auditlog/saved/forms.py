"""The form of a saved search."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import SavedSearch
from ..search import fold
from .searches import MOST, is_search, normal_query


class SavedSearchForm(forms.ModelForm):
    """Name and sharing; for a new one also the criteria, as the query of the page that sends them."""

    name = forms.CharField(
        label=gettext_lazy("Name of the search"),
        max_length=100,
        error_messages={"required": gettext_lazy("Give the search a name.")},
    )
    shared = forms.BooleanField(label=gettext_lazy("Share it with everybody who reads this log"), required=False)

    class Meta:
        model = SavedSearch
        fields = ("name", "shared")

    def __init__(self, *args: Any, owner: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner, self.label_suffix = owner, ""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = SavedSearch.objects.filter(owner=self.owner.pk).exclude(pk=self.instance.pk)
        if any(fold(name) == fold(other) for other in others.values_list("name", flat=True)):
            raise ValidationError(_("You have a search of this name already. Choose another name, or remove that one."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.instance.pk and SavedSearch.objects.filter(owner=self.owner.pk).count() >= MOST:
            raise ValidationError(_("You have %d saved searches: remove one of them first.") % MOST)
        return cleaned


#: How long a query can be, as an address writes it.
LONGEST: int = SavedSearch._meta.get_field("query").max_length or 0


class NewSearchForm(SavedSearchForm):
    query = forms.CharField(max_length=LONGEST, required=False, widget=forms.HiddenInput)

    def clean_query(self) -> str:
        query = normal_query(QueryDict(self.cleaned_data["query"]))
        if not query:
            raise ValidationError(_("There is nothing to save: enter search criteria first."))
        if len(query) > LONGEST:
            raise ValidationError(_("The criteria are too long to be saved: take some of them away."))
        if not is_search(query):
            raise ValidationError(_("The criteria have errors: correct them before saving the search."))
        return query

    def save(self, commit: bool = True) -> SavedSearch:
        self.instance.owner_id, self.instance.query = self.owner.pk, self.cleaned_data["query"]
        saved: SavedSearch = super().save(commit)
        return saved
