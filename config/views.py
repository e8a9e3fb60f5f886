"""The frame's own pages: home, signing in and out, one's own password, the health check."""

from __future__ import annotations

from django.contrib.auth import views as auth_views
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from auditlog.pages import SitePageMixin


class HomeView(SitePageMixin, TemplateView):
    """The tools that the signed-in person may open."""

    template_name = "chalkline/home.html"
    screen = _("Home")


class SignInView(SitePageMixin, auth_views.LoginView):
    template_name = "chalkline/sign_in.html"
    screen = _("Sign in")
    redirect_authenticated_user = True
