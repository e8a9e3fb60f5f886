"""Taking note of marked entries: what the home page and the page of an entry send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import View

from .acknowledging import MOST, Seen, acknowledge
from .pages import way_back
from .permissions import TracedPermissionMixin
from .views import PERMISSION, SUBJECT


class AcknowledgeView(TracedPermissionMixin, View):
    """Keeps that a person has taken note of marked entries, by POST; a second time does no harm."""

    http_method_names = ["post"]
    permission = PERMISSION
    subject = SUBJECT

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        new = acknowledge(seen_in(request.POST.getlist("seen")))
        messages.success(request, acknowledged_text(new))
        return redirect(way_back(request, reverse("home")))


def seen_in(texts: Sequence[str]) -> list[Seen]:
    """What a form sends; ``BadRequest`` for what no form of ours does."""
    if not 0 < len(texts) <= MOST:
        raise BadRequest("seen")
    try:
        return [Seen.of(text) for text in texts]
    except ValueError:
        raise BadRequest("seen") from None


def acknowledged_text(new: int) -> str:
    if not new:
        return _("This was acknowledged already: nothing was added.")
    return ngettext("%(count)d entry is acknowledged.", "%(count)d entries are acknowledged.", new) % {"count": new}
