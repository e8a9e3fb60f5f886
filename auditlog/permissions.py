"""Who may open a page: a tool right, and a trace of every try without it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.generic import View

from .access import trace_refused


class TracedPermissionMixin(View):
    """A page for holders of ``permission``; for anybody else a 403, and a trace of it under ``subject``."""

    permission: ClassVar[str]
    subject: ClassVar[str]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(self.permission):
            trace_refused(request, subject=self.subject, tried=f"{request.method} {request.get_full_path()}")
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)
