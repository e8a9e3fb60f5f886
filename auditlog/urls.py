"""The addresses of the Audit Log (contract: Addresses)."""

from __future__ import annotations

from django.urls import path

from . import views
from .acknowledge_views import AcknowledgeView
from .export.views import AuditLogExportView, ExportsView
from .of.views import LastDayView, OfView
from .saved import views as saved

app_name = "auditlog"

urlpatterns = [
    path("", views.AuditLogView.as_view(), name="list"),
    path("<int:pk>/", views.AuditLogEntryView.as_view(), name="entry"),
    path("acknowledge/", AcknowledgeView.as_view(), name="acknowledge"),
    path("of/<str:area>/<int:pk>/", OfView.as_view(), name="of"),
    path("of/<str:area>/<int:pk>/last-day/", LastDayView.as_view(), name="last_day"),
    path("searches/", saved.SavedSearchesView.as_view(), name="searches"),
    path("searches/save/", saved.SaveSearchView.as_view(), name="save_search"),
    path("searches/default/", saved.DefaultSearchView.as_view(), name="no_default_search"),
    path("searches/<int:pk>/", saved.ChangeSearchView.as_view(), name="change_search"),
    path("searches/<int:pk>/remove/", saved.RemoveSearchView.as_view(), name="remove_search"),
    path("searches/<int:pk>/default/", saved.DefaultSearchView.as_view(), name="default_search"),
    path("export/", AuditLogExportView.as_view(), name="export"),
    path("exports/", ExportsView.as_view(), name="exports"),
]
