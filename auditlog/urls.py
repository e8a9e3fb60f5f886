"""The addresses of the Audit Log (contract: Addresses)."""

from __future__ import annotations

from django.urls import path

from . import views
from .acknowledge_views import AcknowledgeView
from .export.views import AuditLogExportView, ExportsView

app_name = "auditlog"

urlpatterns = [
    path("", views.AuditLogView.as_view(), name="list"),
    path("<int:pk>/", views.AuditLogEntryView.as_view(), name="entry"),
    path("acknowledge/", AcknowledgeView.as_view(), name="acknowledge"),
    path("export/", AuditLogExportView.as_view(), name="export"),
    path("exports/", ExportsView.as_view(), name="exports"),
]
