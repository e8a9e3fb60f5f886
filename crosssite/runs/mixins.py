"""What the pages about runs share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy

from auditlog.pages import SitePageMixin, Text
from auditlog.permissions import TracedPermissionMixin

from ..models import SyncRun
from .scope import Scope

PERMISSION = "crosssite.view_syncrun"
#: What traces of refused tries call these pages.
SUBJECT = "Sync Runs"
SCREEN = gettext_lazy("Sync Runs")


class RunMixin(SitePageMixin, TracedPermissionMixin):
    """A page about one run; one that does not exist and one that is not to be seen are the same 404."""

    permission = PERMISSION
    subject = SUBJECT

    @cached_property
    def scope(self) -> Scope:
        return Scope(self.request.user)

    @cached_property
    def run(self) -> SyncRun:
        run = self.scope.runs().filter(pk=self.kwargs["pk"]).first()
        if run is None:
            raise Http404
        return run

    def get_breadcrumbs(self) -> Sequence[tuple[Text, str]]:
        return [(SCREEN, reverse("crosssite:runs"))]
