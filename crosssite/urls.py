"""The Data Sync Log's addresses (contract: Addresses)."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "crosssite"

urlpatterns: list[URLPattern] = []
