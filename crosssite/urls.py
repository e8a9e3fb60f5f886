"""The Data Sync Log's addresses (contract: Addresses)."""

from __future__ import annotations

from django.urls import path

from .entry_views import ReviewShownView, ReviewView, SyncLogEntryView
from .export import SyncLogExportView
from .runs.deciding import ConfirmView, DiscardView
from .runs.views import RunsView, RunView
from .views import SyncLogView

app_name = "crosssite"

urlpatterns = [
    path("sync-log/", SyncLogView.as_view(), name="list"),
    path("sync-log/export/", SyncLogExportView.as_view(), name="export"),
    path("sync-log/<int:pk>/", SyncLogEntryView.as_view(), name="entry"),
    path("sync-log/<int:pk>/review/", ReviewView.as_view(), name="review"),
    path("sync-log/review-shown/", ReviewShownView.as_view(), name="review-shown"),
    path("sync-runs/", RunsView.as_view(), name="runs"),
    path("sync-runs/<int:pk>/", RunView.as_view(), name="run"),
    path("sync-runs/<int:pk>/confirm/", ConfirmView.as_view(), name="confirm"),
    path("sync-runs/<int:pk>/discard/", DiscardView.as_view(), name="discard"),
]
