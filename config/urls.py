"""The addresses (contract: Addresses). Each app keeps its own; what names no app is the frame's."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("login/", views.SignInView.as_view(), name="login"),
    path("logout/", views.SignOutView.as_view(), name="logout"),
    path("session/", views.SessionView.as_view(), name="session"),
    path("password/", views.OwnPasswordView.as_view(), name="password"),
    path("healthz", views.HealthView.as_view(), name="healthz"),
    path("audit-log/", include("auditlog.urls")),
    path("rights-report/", include("district.rights_report.urls")),
    path("", include("crosssite.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
