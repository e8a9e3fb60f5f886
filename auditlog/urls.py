"""The addresses of the Audit Log (contract: Addresses)."""

from __future__ import annotations

from django.urls import path

from .export.views import AuditLogExportView

app_name = "auditlog"

urlpatterns = [
    path("export/", AuditLogExportView.as_view(), name="export"),
]
