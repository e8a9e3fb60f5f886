"""Confirming and discarding held runs, after a step that says what it does: Write and all schools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from auditlog.access import trace_refused
from auditlog.pages import Text

from ..models import SyncRun
from ..sync import decide
from .mixins import SUBJECT, RunMixin
from .page import run_page

#: The longest note, in characters.
LONGEST_NOTE = 1000


class DecisionForm(forms.Form):
    """Why it was decided so, for those who read about the run later."""

    note = forms.CharField(
        label=gettext_lazy("Note (optional)"),
        help_text=gettext_lazy("Shown on the page of the run to who sees all schools."),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DecisionView(RunMixin, TemplateView):
    """Says what the decision does, and takes it by POST. Whatever the core refuses is said on the run's page."""

    template_name = "crosssite/decide.html"
    screens: ClassVar[Text]
    tried: ClassVar[str]
    done: ClassVar[Text]
    confirms: ClassVar[bool]
    take: ClassVar[Callable[..., SyncRun]]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.refuse_others()
        if self.run.outcome != SyncRun.Outcome.HELD:
            messages.warning(request, _("This run is not held any more: there is nothing to decide."))
            return self.to_run()
        return self.page(DecisionForm())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.refuse_others()
        form = DecisionForm(request.POST)
        if not form.is_valid():
            return self.page(form)
        try:
            type(self).take(self.run, note=form.cleaned_data["note"])
        except decide.Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, str(self.done))
        return self.to_run()

    def refuse_others(self) -> None:
        """A try by who may not decide: traced, and a 403."""
        if not self.scope.decides:
            trace_refused(self.request, subject=SUBJECT, tried=f"{self.tried} run {self.run.pk}")
            raise PermissionDenied

    def to_run(self) -> HttpResponse:
        return redirect("crosssite:run", self.run.pk)

    def page(self, form: DecisionForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form, page=run_page(self.run, self.scope)))

    def get_screen(self) -> Text:
        return self.screens % {"id": self.run.pk}

    def get_breadcrumbs(self) -> Sequence[tuple[Text, str]]:
        way = (_("Sync run %(id)d") % {"id": self.run.pk}, reverse("crosssite:run", args=[self.run.pk]))
        return [*super().get_breadcrumbs(), way]


class ConfirmView(DecisionView):
    screens = gettext_lazy("Confirm sync run %(id)d")
    tried = "confirm"
    done = gettext_lazy(
        "The run is confirmed and applied. If it was wrong after all, the next correct bundle puts it right."
    )
    confirms = True
    take = staticmethod(decide.confirm)


class DiscardView(DecisionView):
    screens = gettext_lazy("Discard sync run %(id)d")
    tried = "discard"
    done = gettext_lazy("The run is discarded. Nothing of it was applied.")
    confirms = False
    take = staticmethod(decide.discard)
