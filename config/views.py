"""The frame's own pages: home, signing in and out, one's own password, the health check."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from auditlog.pages import SitePageMixin, Text

from .forms import OwnPasswordForm, SignInForm
from .sessions import outlook


class HomeView(SitePageMixin, TemplateView):
    """The tools that the signed-in person may open."""

    template_name = "chalkline/home.html"
    screen = gettext_lazy("Home")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(sections=admin.site.home_sections(self.request), **kwargs)  # type: ignore[attr-defined]


class FormStateMixin(SitePageMixin):
    """A page with one form; its title says when the form was refused."""

    form_errors = False

    def form_invalid(self, form: Any) -> HttpResponse:
        self.form_errors = True
        return super().form_invalid(form)  # type: ignore[misc, no-any-return]

    def get_screen_state(self) -> Text:
        return _("not accepted") if self.form_errors else ""


class SignInView(FormStateMixin, auth_views.LoginView):
    template_name = "chalkline/sign_in.html"
    authentication_form = SignInForm
    screen = gettext_lazy("Sign in")
    redirect_authenticated_user = True

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Where to go afterwards: never back to this page."""
        address = super().get_redirect_url()
        return "" if address.partition("?")[0] == self.request.path else address


@method_decorator(login_not_required, name="dispatch")
class SignOutView(auth_views.LogoutView):
    """Signs out, by POST; whoever is signed out already just comes to the sign-in page."""


class SessionView(View):
    """How long one's session lasts, for the dialog that asks before it ends; a POST makes it last longer.

    Asking is no activity (``SignInRequiredMiddleware``): a forgotten window keeps nobody signed in.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        return JsonResponse(outlook(request.session))

    def post(self, request: HttpRequest) -> HttpResponse:
        request.session.stay()  # type: ignore[attr-defined]
        return self.get(request)


class OwnPasswordView(FormStateMixin, auth_views.RedirectURLMixin, auth_views.PasswordChangeView):
    """One's own password; where the account says so, every page leads here until it is changed."""

    template_name = "chalkline/password.html"
    form_class = OwnPasswordForm
    screen = title = gettext_lazy("Change your password")
    next_page = "home"

    def form_valid(self, form: Any) -> HttpResponse:
        # The new hash and the session that knows it: never one without the other.
        with transaction.atomic():
            response = super().form_valid(form)
        messages.success(self.request, _("Your password is changed."))
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)


@method_decorator(login_not_required, name="dispatch")
class HealthView(View):
    """Whether the database answers, for whoever watches the server; reads no session and tells nothing else."""

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Error:
            return HttpResponse("unavailable", status=503, content_type="text/plain")
        return HttpResponse("ok", content_type="text/plain")
