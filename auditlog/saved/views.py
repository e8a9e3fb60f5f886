"""The pages of saved searches. Somebody else's that is not shared is the same 404 as one that does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView, View

from ..models import SavedSearch
from ..pages import SitePageMixin, Text
from ..permissions import TracedPermissionMixin
from ..views import PERMISSION, SCREEN, SUBJECT
from .forms import NewSearchForm, SavedSearchForm
from .searches import default_set, shown_searches, visible_searches


class SavedSearchPage(SitePageMixin, TracedPermissionMixin):
    permission = PERMISSION
    subject = SUBJECT

    def get_breadcrumbs(self) -> Sequence[tuple[Text, str]]:
        return [(SCREEN, reverse("auditlog:list"))]


class SavedSearchesView(SavedSearchPage, TemplateView):
    """All that this person can open, with what may be done with them."""

    http_method_names = ["get"]
    template_name = "auditlog/saved_searches.html"
    screen = gettext_lazy("Saved searches")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        searches = shown_searches(self.request.user)
        own = [search for search in searches if not search.owner]
        others = [search for search in searches if search.owner]
        default = any(search.default for search in searches)
        return super().get_context_data(own=own, others=others, default=default, **kwargs)


class SearchFormView(SavedSearchPage, FormView):
    """A form of a search; what the database refuses at the last moment is said like any other fault."""

    template_name = "auditlog/save_search.html"
    form_errors = False

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "owner": self.request.user}

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                self.saved(form.save())
        except IntegrityError:
            form.add_error("name", _("You have a search of this name already. Choose another name."))
            return self.form_invalid(form)
        return redirect(self.get_success_url())

    def saved(self, search: SavedSearch) -> None:
        messages.success(self.request, _("The search “%s” is saved.") % search.name)
        self.success_url = f"{reverse('auditlog:list')}?{search.query}"

    def form_invalid(self, form: Any) -> HttpResponse:
        self.form_errors = True
        return super().form_invalid(form)

    def get_screen_state(self) -> Text:
        return _("not accepted") if self.form_errors else ""


class SaveSearchView(SearchFormView):
    """Saves the criteria of the page that sends them; as a page of its own where something has to be corrected."""

    form_class = NewSearchForm
    screen = gettext_lazy("Save this search")

    def get_initial(self) -> dict[str, Any]:
        return {"query": self.request.GET.urlencode()}


class ChangeSearchView(SearchFormView):
    """Renames, shares or keeps to oneself a search of one's own."""

    form_class = SavedSearchForm
    screen = gettext_lazy("Change a saved search")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "instance": own_search(self.request, self.kwargs["pk"])}

    def get_breadcrumbs(self) -> Sequence[tuple[Text, str]]:
        return [*super().get_breadcrumbs(), (SavedSearchesView.screen, reverse("auditlog:searches"))]

    def saved(self, search: SavedSearch) -> None:
        messages.success(self.request, _("The search “%s” is changed.") % search.name)
        self.success_url = reverse("auditlog:searches")


class RemoveSearchView(SavedSearchPage, TemplateView):
    """Removes a search of one's own, after a page that asks."""

    template_name = "auditlog/remove_search.html"
    screen = gettext_lazy("Remove a saved search")

    def get_breadcrumbs(self) -> Sequence[tuple[Text, str]]:
        return [*super().get_breadcrumbs(), (SavedSearchesView.screen, reverse("auditlog:searches"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        search = own_search(self.request, self.kwargs["pk"])
        return super().get_context_data(search=search, users=search.defaults.exclude(person=search.owner_id).count())

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        search = own_search(request, pk)
        name = search.name
        search.delete()
        messages.success(request, _("The search “%s” is removed.") % name)
        return redirect("auditlog:searches")


class DefaultSearchView(TracedPermissionMixin, View):
    """Makes a search the one that the person's Audit Log opens with, or none."""

    http_method_names = ["post"]
    permission = PERMISSION
    subject = SUBJECT

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        pk = self.kwargs.get("pk")
        search = get_object_or_404(visible_searches(request.user), pk=pk) if pk is not None else None
        default_set(person=request.user, search=search)
        told = (
            _("The Audit Log opens with “%s” from now on.") % search
            if search
            else _("The Audit Log opens whole again.")
        )
        messages.success(request, told)
        return redirect("auditlog:searches")


def own_search(request: HttpRequest, pk: int) -> SavedSearch:
    """A search of this person's own; 404 for any other, shared ones too."""
    return get_object_or_404(SavedSearch, owner=request.user.pk, pk=pk)
