"""The admin site: whoever is signed in and active may enter, and sees what his tool rights show."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from auditlog.pages import HomeLink, HomeSection

from .sessions import outlook

Sections = list[tuple[str, list[HomeLink]]]


class ChalklineSite(AdminSite):
    site_header = "Chalkline"
    site_title = "Chalkline"
    #: What the breadcrumbs of the record pages call Home is the home page.
    index_title = _("Home")
    index_template = "chalkline/home.html"
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.is_active

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one sign-in page."""
        wanted = request.GET.get("next")
        return redirect_to_login(wanted, resolve_url("login")) if wanted else redirect("login")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("password")

    def password_change_done(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("home")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**(extra_context or {}), "sections": self.home_sections(request)})

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The record pages; before them the pages that an app adds, ``admin_urls`` of its AppConfig."""
        declared = (getattr(app, "admin_urls", None) for app in apps.get_app_configs())
        return [*(url for admin_urls in declared if admin_urls for url in admin_urls(self)), *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        tools = self.tools(request)
        here = [link.url for _section, links in tools for link in links if request.path.startswith(link.url)]
        return {
            **super().each_context(request),
            **self.look(),
            "tools": tools,
            "current_tool": max(here, key=len, default=""),
            "session_outlook": outlook(request.session) if self.has_permission(request) else {},
        }

    def look(self) -> dict[str, Any]:
        """What the frame shows on every page, error pages included: nothing that asks the database."""
        return {
            "site_header": self.site_header,
            "site_title": self.site_title,
            "district_name": settings.DISTRICT_NAME,
            "demo": settings.DEMO,
        }

    def home_sections(self, request: HttpRequest) -> list[HomeSection]:
        """What apps show on the home page above the tools, ``home_sections`` of their AppConfigs."""
        declared = (getattr(app, "home_sections", None) for app in apps.get_app_configs())
        return [section for home_sections in declared if home_sections for section in home_sections(request)]

    def tools(self, request: HttpRequest) -> Sections:
        """The tools this person may open, by section, as each app declares them."""
        if not self.has_permission(request):
            return []
        declared = (getattr(app, "home_links", None) for app in apps.get_app_configs())
        links = [link for home_links in declared if home_links for link in home_links(request)]
        order = list(dict.fromkeys(str(link.section) for link in links))
        links.sort(key=lambda link: order.index(str(link.section)))
        return [(section, list(found)) for section, found in groupby(links, key=lambda link: str(link.section))]
