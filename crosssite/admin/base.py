"""What the record pages of Cross-Site Enrollment share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from district.admin.base import RecordAdmin


class CrossSiteAdmin(RecordAdmin):
    """Base of these pages. The eight areas of the Audit Log do not cover their records: nothing leads there."""

    def object_links(self, request: HttpRequest, record: Any) -> list[tuple[str, str]]:
        return []

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise Http404

    class Media:
        css = {"all": ("district/records.css",)}


class Listing(admin.TabularInline):
    """Records that belong to the one on the page, listed and not edited; who sees the page sees them."""

    template = "crosssite/listing.html"
    extra = 0
    max_num = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def linked(record: Any, text: str) -> str:
    """A link to the page of a record."""
    address = reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])
    return format_html('<a href="{}">{}</a>', address, text)
