"""Where the rights report is."""

from __future__ import annotations

from django.urls import path

from .export import RightsExportView
from .views import RightsReportView

app_name = "rights_report"

urlpatterns = [
    path("", RightsReportView.as_view(), name="list"),
    path("export/", RightsExportView.as_view(), name="export"),
]
