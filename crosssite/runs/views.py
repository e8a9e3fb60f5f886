"""The pages of the runs."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import TemplateView

from auditlog.pages import Text
from auditlog.viewer import LogListView

from ..models import SyncRun
from .filters import RunFilterSet
from .lines import run_lines
from .mixins import PERMISSION, SCREEN, SUBJECT, RunMixin
from .page import run_page
from .scope import Scope


class RunsView(LogListView):
    """Every run, newest first, with what it did to the reader's schools."""

    model = SyncRun
    permission = PERMISSION
    subject = SUBJECT
    filterset_class = RunFilterSet
    template_name = "crosssite/runs.html"
    screen = SCREEN

    def get_filterset(self) -> RunFilterSet:
        return RunFilterSet(self.request.GET, self.scope.runs())

    @cached_property
    def scope(self) -> Scope:
        return Scope(self.request.user)

    def get_screen_state(self) -> str:
        """How the list stands: it holds runs, not entries."""
        if not self.filterset.is_valid():
            return super().get_screen_state()
        shown = len(self.object_list)
        if self.more:
            return _("first %(shown)d runs") % {"shown": shown}
        return ngettext("%(shown)d run", "%(shown)d runs", shown) % {"shown": shown}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lines = run_lines(list(self.object_list), self.scope)
        return super().get_context_data(lines=lines, scope=self.scope, **kwargs)


class RunView(RunMixin, TemplateView):
    """One run: what came of it, what it did to the reader's schools, what was met in its bundle."""

    template_name = "crosssite/run.html"

    def get_screen(self) -> Text:
        return _("Sync run %(id)d") % {"id": self.run.pk}

    def get_screen_state(self) -> Text:
        return self.run.get_outcome_display()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(page=run_page(self.run, self.scope), **kwargs)
        # Its tables need the width; the way to other tools is Home.
        return {**context, "is_nav_sidebar_enabled": False}
