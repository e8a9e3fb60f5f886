"""What the pages of every app share: the site's frame, a title with screen and state, the way back up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from django.contrib import admin
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic.base import ContextMixin

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

#: Text for people, translated now or when it is shown.
Text: TypeAlias = "str | _StrPromise"


@dataclass(frozen=True)
class HomeLink:
    """A tool that a person may open: how the home page and the sidebar show it.

    An app declares its own through ``home_links(request)`` of its AppConfig, which gives only those that the
    signed-in person's rights let him open. Links of one ``section`` stand together; one that is wanted
    ``everywhere`` stands in the header of every page too.
    """

    section: Text
    label: Text
    url: str
    about: Text
    everywhere: bool = False


@dataclass(frozen=True)
class HomeSection:
    """What an app shows on the home page, above the tools: a template with style sheets of its own, and its content.

    An app declares its own through ``home_sections(request)`` of its AppConfig, only for those who may see it. What
    it asks the database must not grow with what is there.
    """

    template: str
    styles: Sequence[str]
    content: Any


class SitePageMixin(ContextMixin):
    """A page in the site's frame; its template extends ``chalkline/page.html``.

    ``screen`` is the page's one h1. ``get_screen_state`` says in what state it is, for the title of the window
    (“Audit Log, 37 entries”). ``get_breadcrumbs`` gives (label, address) of the pages above it, without Home.
    """

    request: HttpRequest
    screen: Text = ""

    def get_screen(self) -> Text:
        return self.screen

    def get_screen_state(self) -> Text:
        return ""

    def get_breadcrumbs(self) -> Sequence[tuple[Text, str]]:
        return ()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **admin.site.each_context(self.request),
            **{
                "title": self.get_screen(),
                "title_state": self.get_screen_state(),
                "breadcrumbs": self.get_breadcrumbs(),
                **kwargs,
            },
        )


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Where the person came from, if that is a page of this site: its path, since a redirect looks up mere words."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours and wanted.startswith("/") else otherwise
